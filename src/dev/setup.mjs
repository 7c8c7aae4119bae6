// Runs before `npm run dev`, `npm test` and the like: installs what the lock file names when it is newer than
// what is installed. Built-ins only, because nothing is installed yet when it matters, and any Node ≥ 20 runs it.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

if (modifiedAt('package-lock.json') > modifiedAt('node_modules/.package-lock.json')) {
  console.log('Installing dependencies (npm ci), about half a minute …');
  // No package needs a script of its own to work, and one that had been taken over would run it here.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function modifiedAt(path) {
  try {
    return statSync(root + path).mtimeMs;
  } catch {
    return 0;
  }
}
