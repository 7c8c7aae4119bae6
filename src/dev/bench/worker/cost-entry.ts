// The Worker that `npm run bench:cost` measures: the product's own, which counts what Cloudflare charges for. Its objects run in the
// isolate of the Worker here, so one tally has all of it. Built by ../build.ts, never deployed.

import type { Env } from '../../../env.ts';
import product, * as objects from '../../../worker.ts';
import { countedStorage } from './cost-storage.ts';
import { NO_USAGE, type Tally } from './usage.ts';
import { Waits } from './waits.ts';
import { journaled } from './watch-journal.ts';

const tally: Tally = { usage: { ...NO_USAGE }, looks: 0 };
/** One for each object that was started. */
const awake: Waits[] = [];

const realNow = Date.now;
let aheadMs = 0;
// All of the product reads the time here, its objects too.
Date.now = () => realNow() + aheadMs;

const print = console.log;
console.log = (...line: unknown[]) => {
  tally.usage.logEntries += 1;
  print(...line);
};

const counted = new WeakMap<Env, Env>();

/** One for each environment: what the product keeps by it has to be found again. */
function countedEnv(env: Env): Env {
  const known = counted.get(env) ?? { ...env, DB: countedDatabase(env.DB) };
  counted.set(env, known);
  return known;
}

function countedDatabase(d1: D1Database): D1Database {
  const count = ({ rowsRead, rowsWritten }: { rowsRead: number; rowsWritten: number }) => {
    tally.usage.rowsRead += rowsRead;
    tally.usage.rowsWritten += rowsWritten;
  };
  return journaled(d1, count, (ask) => ask());
}

/** The end of a socket costs nothing. */
const FREE = new Set(['constructor', 'webSocketClose', 'webSocketError']);

type ObjectClass = new (ctx: DurableObjectState, env: Env) => object;

/** The same class, whose calls, rows and time are counted. */
function counting<C extends ObjectClass>(Product: C, isWatcher = false): C {
  const waits = new WeakMap<object, Waits>();
  class Counting extends (Product as ObjectClass) {
    constructor(ctx: DurableObjectState, env: Env) {
      const own = new Waits();
      awake.push(own);
      countState(ctx, own);
      super(ctx, countedEnv(env));
      waits.set(this, own);
    }
  }
  for (const [name, method] of calls(Product)) {
    const value = function (this: object, ...args: unknown[]) {
      countCall(name, isWatcher);
      const call = async () => method.apply(this, args);
      return waits.get(this)?.during(call) ?? call();
    };
    Object.defineProperty(Counting.prototype, name, { value });
  }
  return Counting as unknown as C;
}

/** What can be called from outside. The methods of the product's own class are what worker.ts wires into it. */
function calls(Product: ObjectClass): [name: string, method: (...args: unknown[]) => unknown][] {
  const object: object = Object.getPrototypeOf(Product.prototype);
  const methods = Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, { value }]) =>
    typeof value === 'function' && !FREE.has(name) ? [[name, value] as const] : [],
  );
  return methods.map(([name, value]) => [name, value]);
}

function countCall(name: string, isWatcher: boolean): void {
  tally.usage.objectRequests += name === 'webSocketMessage' ? 1 / 20 : 1;
  tally.usage.logEntries += 1;
  if (isWatcher && name === 'alarm') tally.looks += 1;
}

/** The runtime takes no other object in its place. Work that goes on after a call keeps an object awake, too. */
function countState(ctx: DurableObjectState, waits: Waits): void {
  const waitUntil = ctx.waitUntil.bind(ctx);
  Object.defineProperties(ctx, {
    storage: { value: countedStorage(ctx.storage, tally.usage, () => aheadMs) },
    waitUntil: { value: (work: Promise<unknown>) => waitUntil(waits.during(() => work)) },
  });
}

export const Room = counting(objects.Room);
export const Limiter = counting(objects.Limiter);
export const Watcher = counting(objects.Watcher, true);
export const LightningStore = counting(objects.LightningStore);
export const PayoutStore = counting(objects.PayoutStore);
export const Sender = counting(objects.Sender);

function countRequest(): void {
  tally.usage.requests += 1;
  tally.usage.logEntries += 1;
}

// biome-ignore lint/style/noDefaultExport: the runtime takes a Worker's handlers from its default export.
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === '/bench/tally') {
      const objectMs = awake.reduce((sum, { totalMs }) => sum + totalMs, 0);
      return Response.json({ ...tally, usage: { ...tally.usage, objectMs } } satisfies Tally);
    }
    if (url.pathname === '/bench/ahead') {
      aheadMs = Number(url.searchParams.get('ms'));
      return new Response('ok');
    }
    countRequest();
    return product.fetch(request, countedEnv(env), ctx);
  },
  async scheduled(controller, env, ctx) {
    countRequest();
    await product.scheduled(controller, countedEnv(env), ctx);
  },
} satisfies ExportedHandler<Env>;
