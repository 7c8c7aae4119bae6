// `npm run styles`: makes the stylesheets of src/assets from those beside the pages, each after what all pages share (src/http/ui). A
// page asks for one file, because a second costs a round trip. A test fails where it was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const SRC = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
/** The one that builds the Worker: wrangler brings it. */
const esbuild = createRequire(require.resolve('wrangler/package.json'))('esbuild') as {
  transformSync(code: string, options: Record<string, unknown>): { code: string };
};

/** The sheets of each file, in the order in which they apply. */
export const SHEETS: Record<string, string[]> = {
  'checkout.css': ['http/ui/base.css', 'http/ui/copy.css', 'http/ui/parts.css', 'http/checkout/checkout.css'],
  'top-up.css': ['http/checkout/top-up.css'],
  'dashboard.css': ['http/ui/base.css', 'http/ui/copy.css', 'http/ui/parts.css', 'http/dashboard/dashboard.css'],
  'docs.css': ['http/ui/base.css', 'http/ui/copy.css', 'http/docs/docs.css'],
};

/** Without comments and blanks; one rule a line, so that a change shows as one. */
export function styleText(file: string): string {
  const sheets = SHEETS[file] ?? [];
  const note = `/* Made of ${sheets.join(', ')} by \`npm run styles\`. */\n`;
  return note + sheets.map((sheet) => small(readFileSync(join(SRC, sheet), 'utf8'))).join('');
}

function small(css: string): string {
  const { code } = esbuild.transformSync(css, { loader: 'css', minifyWhitespace: true });
  return code.replaceAll(/\}(?=[^}\s])/g, '}\n');
}

if (import.meta.main) {
  for (const file of Object.keys(SHEETS)) writeFileSync(join(SRC, 'assets', file), styleText(file));
}
