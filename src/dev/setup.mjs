// What `npm run dev`, `npm test` and the like begin with: installs what the lock file names when it is newer than what is
// installed, then runs the command that stands behind it, `node` being the project's own from here on. Not a `pre` script: those
// are off in .npmrc, with the scripts of packages. Built-ins only, because nothing is installed yet when it matters, and any
// Node ≥ 20 runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { step } from './step.mjs';

const isWindows = process.platform === 'win32';
const root = fileURLToPath(new URL('../../', import.meta.url));

if (modifiedAt('package-lock.json') > modifiedAt('node_modules/.package-lock.json')) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress'];
  const [status] = await step('Installing dependencies (npm ci), about half a minute', () =>
    once(spawn('npm', args, { cwd: root, stdio: 'inherit', shell: isWindows }), 'exit'),
  );
  if (status !== 0) process.exit(status ?? 1);
}

const [command, ...args] = process.argv.slice(2);
if (command !== undefined) {
  const child = spawn(command, args, { stdio: 'inherit', shell: isWindows });
  // A terminal tells both of Ctrl-C; what is sent to this process alone goes on to the command, which decides when to end.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  const [code, signal] = await once(child, 'exit');
  process.exitCode = code ?? 128 + constants.signals[signal];
}

function modifiedAt(path) {
  try {
    return statSync(root + path).mtimeMs;
  } catch {
    return 0;
  }
}
