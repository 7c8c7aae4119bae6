// Starts the local world as a newcomer does (`npm run dev`'s own program) on ports and in a folder of its own, from a copy of
// the source: `wrangler dev` builds again at each change to what it watches, and answers no request meanwhile.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../../../');
const PORTS_USED = 14;
/** Below those that systems give to outgoing connections: one that was free is free when its part starts, seconds later. */
const PORTS = { first: 20_000, count: 9_000 };
/** For a machine with much else to do; a world that ends is noticed immediately. */
const START_MS = 300_000;
/** What the local world is made of. */
const SOURCE = ['src', 'migrations', 'package.json', 'tsconfig.json', 'wrangler.toml'];

export interface World {
  api: string;
  dashboard: string;
  login: { email: string; password: string };
  shop: string;
  explorers: string[];
  control: string;
  lightning: {
    control: string;
    servers: { name: string; url: string; connection: string; payConnection: string | null }[];
  };
  stores: { id: string; mode: 'test' | 'live'; apiKey: string; webhookSecret: string }[];
}

export class LocalWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'satlane-world-'));
  #port = 0;
  #child: ChildProcess | undefined;
  output = '';

  /** Starts (again) and waits until the world file is there, which says that everything is up. */
  async start(args: string[] = []): Promise<World> {
    if (this.#port === 0) this.#port = await freePorts();
    const source = this.#copySource();
    const worldFile = join(this.dir, 'world.json');
    const child = spawn(process.execPath, ['src/dev/main.ts', ...args], {
      cwd: source,
      env: {
        ...process.env,
        PATH: `${ROOT}node_modules/.bin:${process.env.PATH}`,
        PORT: String(this.#port),
        WORLD: worldFile,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    // A file left by a killed world is removed by the next one before anything else.
    const startedMs = Date.now();
    while (!this.output.includes('SatLane runs') || !existsSync(worldFile)) {
      if (child.exitCode !== null || Date.now() - startedMs > START_MS) throw new Error(`no world:\n${this.output}`);
      await pause(50);
    }
    return JSON.parse(readFileSync(worldFile, 'utf8')) as World;
  }

  /** As it is at the first start. */
  #copySource(): string {
    const to = join(this.dir, 'source');
    if (existsSync(to)) return to;
    mkdirSync(to);
    for (const name of SOURCE) cpSync(join(ROOT, name), join(to, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
    return to;
  }

  /** Ends it as Ctrl-C does, or as a power cut does; returns when its ports are free again. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    this.output = '';
    while (!(await isFree(this.#port))) await pause(50);
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

async function freePorts(): Promise<number> {
  for (;;) {
    const first = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const free = await Promise.all(Array.from({ length: PORTS_USED }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A merchant's server: the native API with a key. */
export function merchantOf(world: World, mode: 'test' | 'live') {
  const store = world.stores.find((candidate) => candidate.mode === mode);
  if (!store) throw new Error(`no ${mode} store`);
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${world.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${store.apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { invoice: Record<string, string> } };
  };
  const invoice = async (id: string) => (await call('GET', `/v1/invoices/${id}`)).body.invoice;
  return {
    store,
    call,
    invoice,
    create: async (order: Record<string, unknown>) =>
      (await call('POST', '/v1/invoices', order)).body.invoice as { id: string; address: string; amount_sats: string },
    /** Asks until the invoice is so. */
    async becomes(id: string, status: string, limitMs = 40_000) {
      for (const startedMs = Date.now(); ; await pause(100)) {
        const now = await invoice(id);
        if (now.status === status) return now;
        if (Date.now() - startedMs > limitMs) throw new Error(`${id} is ${now.status}, not ${status}`);
      }
    },
  };
}

export async function control(world: World, action: string, body: unknown = {}): Promise<Record<string, string>> {
  const response = await fetch(`${world.control}/control/${action}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}
