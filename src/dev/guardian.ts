// Runs a command for as long as the process that started it lives: its standard input is a pipe that closes when that dies, however
// they die. So a killed `npm run dev` leaves nothing behind that would hold its ports. Called by api.ts.

import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;

const [command, ...args] = process.argv.slice(2);
if (!command) throw new Error('guardian: which command?');

// A group of its own: the command starts processes that must end with it.
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
child.on('exit', (code) => process.exit(code ?? 1));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

// Ctrl-C reaches the whole group of the terminal; main.ts decides when we stop.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('SIGTERM', end);
process.stdin.on('end', end).on('close', end).resume();

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS).unref();
}

function signalGroup(signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
