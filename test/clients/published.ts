// Clients that others have published, where `npm run test:clients` has put them: used as they are.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../.dev/clients');

/** @param file of the package, where it is not its main one */
export function published<T>(name: string, file?: string): { isInstalled: boolean; title: string; load: () => T } {
  const isInstalled = existsSync(join(FOLDER, 'node_modules', name, 'package.json'));
  const load = createRequire(join(FOLDER, 'package.json'));
  return {
    isInstalled,
    title: isInstalled ? name : `${name} (skipped: \`npm run test:clients\` installs it)`,
    load: () => load(file === undefined ? name : join(FOLDER, 'node_modules', name, file)) as T,
  };
}
