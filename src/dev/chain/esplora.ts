// One explorer: an Esplora-shaped view of the simulated chain, with faults that can be switched.
// Called by server.ts over HTTP, or directly in tests: `new ExplorerView(…).fetch(request)`.
import type { SimulatedChain } from './chain.ts';
import { type Fault, FaultSwitch } from './faults.ts';
import { type Ask, RefusedRequest, type Route, type Routes } from './reply.ts';
import { mempoolAddressRoutes, scriptRoutes } from './routes-addresses.ts';
import { blockRoutes } from './routes-blocks.ts';
import { mempoolTxRoutes, txRoutes } from './routes-txs.ts';
import type { Flavour } from './shapes.ts';
import { ViewSocket } from './socket.ts';

interface ViewOptions {
  chain: SimulatedChain;
  name: string;
  flavour: Flavour;
  sleep?: ((ms: number) => Promise<void>) | undefined;
}

interface Match {
  pattern: string;
  params: Record<string, string>;
  route: Route;
}

const HTML =
  '<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Please try again later</h1></body></html>';

export class ExplorerView {
  readonly name: string;
  readonly flavour: Flavour;
  /** What its WebSocket tells, in every flavour. */
  readonly socket: ViewSocket;
  readonly #chain: SimulatedChain;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #routes: [string[], string, Route][];
  readonly #faults = new FaultSwitch();
  readonly #counts = new Map<string, number>();

  constructor({ chain, name, flavour, sleep }: ViewOptions) {
    this.#chain = chain;
    this.name = name;
    this.flavour = flavour;
    this.#sleep = sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    const routes: Routes = { ...blockRoutes, ...txRoutes, ...scriptRoutes };
    if (flavour === 'mempool') Object.assign(routes, mempoolTxRoutes, mempoolAddressRoutes);
    this.#routes = Object.entries(routes).map(([pattern, route]) => [pattern.split(/[ /]+/), pattern, route]);
    this.socket = new ViewSocket({
      chain,
      fault: () => this.fault,
      frames: () => this.#faults.frames(chain.frame()),
      style: (frame) => ({ flavour, frame, alterSats: this.fault.alterSats ?? 0 }),
    });
  }

  get fault(): Fault {
    return this.#faults.current;
  }

  /** Replaces the current fault; `{}` or null heals. */
  setFault(fault: Fault | null): void {
    this.#faults.set(fault ?? {}, this.#chain.frame());
    this.socket.push();
  }

  /** How often each path was asked for, answered or not. */
  requestCounts(): { total: number; byPath: Record<string, number> } {
    const byPath = Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
    return { total: [...this.#counts.values()].reduce((sum, n) => sum + n, 0), byPath };
  }

  /** Answers with or without `/api` before the path. Rejects as fetch does while the fault is `down`. */
  fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const match = this.#match(request.method, url.pathname);
    this.#count(match?.pattern ?? `${request.method} (unknown)`);
    const body = request.method === 'POST' ? await request.text() : '';
    const refused = await this.#refusal();
    if (refused) return refused;
    const answer = this.#answer(match, url, body);
    return this.fault.garbage ? cutOff(answer) : answer;
  };

  /** Null lets a WebSocket in; otherwise the answer that it gets instead. Rejects as `fetch` does. */
  admit(): Promise<Response | null> {
    this.#count('GET /v1/ws');
    return this.#refusal();
  }

  #count(pattern: string): void {
    this.#counts.set(pattern, (this.#counts.get(pattern) ?? 0) + 1);
  }

  async #refusal(): Promise<Response | null> {
    if (this.fault.delayMs) await this.#sleep(this.fault.delayMs);
    await this.#faults.whileHanging();
    const { down, status, html } = this.fault;
    if (down) throw new TypeError('fetch failed');
    return status !== undefined || html ? page(status ?? 200) : null;
  }

  #answer(match: Match | undefined, url: URL, body: string): Response {
    const { params = {}, route = unknownPath } = match ?? {};
    const { tip, index } = this.#faults.frames(this.#chain.frame());
    const { alterSats = 0, duplicates = false } = this.fault;
    const style = { flavour: this.flavour, frame: index, alterSats };
    const query = url.searchParams;
    try {
      return route({ chain: this.#chain, flavour: this.flavour, tip, index, style, duplicates, params, query, body });
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      return new Response(error.message, { status: error.status, headers: { 'content-type': 'text/plain' } });
    }
  }

  #match(method: string, pathname: string): Match | undefined {
    const asked = [
      method,
      ...pathname
        .replace(/^\/api(?=\/)/, '')
        .split('/')
        .slice(1),
    ];
    for (const [words, pattern, route] of this.#routes) {
      if (words.length !== asked.length) continue;
      if (!words.every((word, i) => word.startsWith(':') || word === asked[i])) continue;
      const params: Record<string, string> = {};
      words.forEach((word, i) => {
        if (word.startsWith(':')) params[word.slice(1)] = asked[i] ?? '';
      });
      return { pattern, params, route };
    }
    return undefined;
  }
}

function unknownPath(_: Ask): Response {
  throw new RefusedRequest(404, 'endpoint does not exist');
}

function page(status: number): Response {
  return new Response(HTML, { status, headers: { 'content-type': 'text/html' } });
}

async function cutOff(answer: Response): Promise<Response> {
  const body = new Uint8Array(await answer.arrayBuffer());
  return new Response(body.slice(0, body.length >> 1), { status: answer.status, headers: answer.headers });
}
