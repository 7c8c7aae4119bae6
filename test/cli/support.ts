// What `satlane` meets in its tests: a SatLane that can break, a merchant's server that notes what comes, and the program
// itself as a child process, in whichever Node.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const API_KEY = 'sl_test_0123456789abcdefHUSH';
const INVOICE = '22872e14-4216-4c78-8fe1-088ea649f3c2';

export interface Entry {
  id: string;
  sequence: number;
  type: string;
  created_at: string;
  livemode: boolean;
  data: { invoice: Record<string, unknown> };
}

/** What becomes of a request instead of an answer. */
export type Fault = 'hang_up' | { status: number; headers?: Record<string, string>; body?: string };

/** GET /v1/events and simulate, as src/http/api/native answers them; world.test.ts holds the two together. */
export class FakeSatLane {
  readonly log: Entry[] = [];
  /** Taken by the next requests, one each. */
  readonly faults: Fault[] = [];
  readonly requests: {
    method: string;
    path: string;
    query: Record<string, string>;
    authorization: string;
    body: string;
  }[] = [];
  /** Off: answers immediately, as behind a proxy that allows no waiting. */
  canWait = true;
  /** Called with each request. */
  onRequest: () => void = () => {};
  #server: Server | undefined;
  #port = 0;
  #waiting = new Set<() => void>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Gone, with every connection cut. */
  async down(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  happen(...types: string[]): void {
    for (const type of types) {
      const sequence = this.log.length + 1;
      this.log.push({
        id: `evt_${INVOICE.replaceAll('-', '')}_${sequence}`,
        sequence,
        type,
        created_at: '2026-05-16T11:15:00.000Z',
        livemode: false,
        data: { invoice: { id: INVOICE, order_ref: 'Käse №5 – 東京 🍕', metadata: { 'a"b': '</script>' } } },
      });
    }
    for (const wake of this.#waiting) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://satlane');
    const query = Object.fromEntries(url.searchParams);
    const { method = '', headers } = request;
    const body = await textOf(request);
    this.requests.push({ method, path: url.pathname, query, authorization: headers.authorization ?? '', body });
    this.onRequest();
    const fault = this.faults.shift();
    if (fault === 'hang_up') return void request.socket.destroy();
    if (fault) return void response.writeHead(fault.status, fault.headers).end(fault.body);
    const { limit = '25', type, wait = '0' } = query;
    let after = query.after === 'end' ? this.log.length : Number(query.after ?? 0);
    for (;;) {
      const read = this.log.slice(after, after + Number(limit));
      const events = read.filter((entry) => type === undefined || type.split(',').includes(entry.type));
      after = read.at(-1)?.sequence ?? after;
      const hasMore = after < this.log.length;
      if (events.length > 0 || hasMore || wait === '0' || !this.canWait) {
        const page = { events, next_after: String(after), has_more: hasMore };
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
      }
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        response.on('close', resolve);
      });
      if (response.destroyed) return;
    }
  }
}

export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

export interface Merchant {
  url: string;
  deliveries: Delivery[];
  /** What the next deliveries are answered with; 200 after them. */
  answers: Fault[];
  close(): Promise<void>;
}

export async function openMerchant(): Promise<Merchant> {
  const deliveries: Delivery[] = [];
  const answers: Fault[] = [];
  const server = createServer(async (request, response) => {
    deliveries.push({ body: await textOf(request), headers: request.headers as Record<string, string> });
    const answer = answers.shift() ?? { status: 200 };
    if (answer === 'hang_up') return request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body ?? 'ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    deliveries,
    answers,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `satlane …` as a developer runs it. */
export class Program {
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #watchers = new Set<() => void>();

  constructor(command: string[], env: Record<string, string>) {
    const [file = '', ...args] = command;
    const { SATLANE_API: _, SATLANE_API_KEY: __, ...own } = process.env;
    this.#child = spawn(file, args, { env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const watcher of this.#watchers) watcher();
      });
    }
    this.#child.on('close', () => {
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Waits until it has said this, so many times. */
  async says(what: string | RegExp, times = 1): Promise<string> {
    const pattern = new RegExp(what instanceof RegExp ? what.source : what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'g');
    for (;;) {
      const found = this.output.match(pattern) ?? [];
      if (found.length >= times) return found[times - 1] ?? '';
      if (this.#child.exitCode !== null) throw new Error(`it ended (${this.#child.exitCode}):\n${this.output}`);
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  /** Ctrl-C, or what is asked for; or just waits for the end. @returns the exit code */
  async end(signal: NodeJS.Signals | null = 'SIGINT'): Promise<number | null> {
    if (signal && this.#child.exitCode === null) this.#child.kill(signal);
    await this.#ended;
    return this.#child.exitCode;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
