// Runs before `npm run dev`, `npm test` and the like: installs what the lock file names when it is newer than
// what is installed. Built-ins only, because nothing is installed yet when it matters, and any Node ≥ 20 runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { step } from './step.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

if (modifiedAt('package-lock.json') > modifiedAt('node_modules/.package-lock.json')) {
  // No package needs a script of its own to work, and one that had been taken over would run it here.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress'];
  const [status] = await step('Installing dependencies (npm ci), about half a minute', () =>
    once(spawn('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }), 'exit'),
  );
  if (status !== 0) process.exit(status ?? 1);
}

function modifiedAt(path) {
  try {
    return statSync(root + path).mtimeMs;
  } catch {
    return 0;
  }
}
