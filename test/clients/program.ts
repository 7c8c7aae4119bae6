// A shop in another language, as a child process that prints one line of JSON for each thing that happens to it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const hasPython = spawnSync('python3', ['--version']).status === 0;
export const hasPhp = spawnSync('php', ['-r', 'exit(extension_loaded("curl") ? 0 : 1);']).status === 0;

export type Line = Record<string, unknown>;

export function run(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.pipe(process.stderr, { end: false });
  const complaints = createInterface({ input: child.stderr });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** The next line; of one that ends instead, an error. */
    async says<T = Line>(): Promise<T> {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ${args[0]} has ended (${child.exitCode})`);
      return JSON.parse(value) as T;
    },
    /** What the pattern finds in a line of its standard error; asked for before it is printed. */
    prints(pattern: RegExp): Promise<string> {
      return new Promise((resolve, reject) => {
        complaints.on('line', (line) => {
          const found = pattern.exec(line);
          if (found) resolve(found[1] ?? found[0]);
        });
        complaints.on('close', () => reject(new Error(`${command} ${args[0]} has ended (${child.exitCode})`)));
      });
    },
    /** Tells it something. */
    async hears(text: string): Promise<void> {
      child.stdin.write(`${text}\n`);
    },
    async ends(): Promise<number | null> {
      if (child.exitCode === null) await once(child, 'close');
      return child.exitCode;
    },
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'close');
      child.kill();
      await ended;
    },
  };
}
