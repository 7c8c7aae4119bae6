// Starts the Worker under `wrangler dev` and waits until it answers. Called by main.ts.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { apiLogReader } from './api-log.ts';

interface ApiOptions {
  port: number;
  host: string;
  stateDir: string;
  logFile: string;
  vars: Record<string, string>;
  onExit: () => void;
}

const GUARDIAN = fileURLToPath(new URL('./guardian.ts', import.meta.url));
const START_MS = 180_000;
const POLL_MS = 100;

export async function startApi(options: ApiOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const args = [
    'dev',
    '--ip',
    options.host,
    '--port',
    String(options.port),
    '--inspector-port',
    String(options.port + 5),
  ];
  args.push('--persist-to', options.stateDir, '--show-interactive-dev-session=false');
  for (const [name, value] of Object.entries(options.vars)) args.push('--var', `${name}:${value}`);
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(process.execPath, [GUARDIAN, 'wrangler', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      NO_COLOR: '1',
      CI: 'true',
      // Else it asks Cloudflare where this machine is.
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  });
  let exited = false;
  let tail = '';
  const read = apiLogReader(
    (line) => {
      log.write(`${line}\n`);
      tail = `${tail}${line}\n`.slice(-2_000);
    },
    // A mistake in the source is said where the developer looks; everything else is in the log.
    (line) => process.stderr.write(`${line}\n`),
  );
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read);
  // Its last lines may come after its end.
  child.on('close', () => log.end());
  const gone = new Promise<void>((resolve) => {
    child.on('exit', () => {
      exited = true;
      resolve();
    });
  });

  const url = `http://${options.host}:${options.port}`;
  const close = async () => {
    child.stdin.end();
    await gone;
  };
  const deadlineMs = Date.now() + START_MS;
  while (!(await answers(`${url}/health`))) {
    if (exited) throw new Error(`the API ended during its start:\n${tail}`);
    if (Date.now() > deadlineMs) {
      await close();
      throw new Error(`the API did not answer within ${START_MS / 1000} s:\n${tail}`);
    }
    await pause(POLL_MS);
  }
  child.on('exit', options.onExit);
  return { url, close };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
