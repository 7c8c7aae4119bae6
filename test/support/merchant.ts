// A merchant of a test's own: account, store, key, wallet with an address pool, and Deps with a clock that the test
// turns. Everything else is real: D1, Durable Objects, and the HTTP servers that the hub starts.

import { env } from 'cloudflare:workers';
import { inject } from 'vitest';
import { esplora } from '../../src/adapters/explorers/esplora.ts';
import { createApp } from '../../src/app.ts';
import type { InvoiceSnapshot } from '../../src/core/snapshot/invoice.ts';
import { keepRates } from '../../src/cron.ts';
import type { Deps } from '../../src/deps.ts';
import { type SeedStore, seedStatements } from '../../src/dev/seed.ts';
import type { Env } from '../../src/env.ts';
import { depsFor } from '../../src/wiring.ts';
import { answerOf } from './answer-of.ts';
import { freshKey, openKnownWallet } from './keys.ts';
import type { Answer, ChainKind, Delivery } from './node/hub.ts';
import type {} from './provided.ts';
import { sendersHere } from './senders.ts';

export const bindings = env as unknown as Env;

export class Clock {
  ms = Date.parse('2026-05-16T11:15:00.000Z');
  now = () => this.ms;
  advanceMinutes(minutes: number): void {
    this.ms += minutes * 60_000;
  }
}

export interface MerchantOptions {
  mode?: 'test' | 'live';
  /** Where the clock starts; with a simulated chain its own time, which is the machine's. */
  startMs?: number;
  /** null for a store without a wallet. */
  wallet?: Partial<NonNullable<SeedStore['wallet']>> | null;
  endpointUrl?: string | null;
  explorers?: string[];
  overrides?: Partial<Deps>;
}

export type Merchant = Awaited<ReturnType<typeof openMerchant>>;

export async function openMerchant(options: MerchantOptions = {}) {
  const clock = new Clock();
  if (options.startMs !== undefined) clock.ms = options.startMs;
  const id = crypto.randomUUID();
  const mode = options.mode ?? 'test';
  const store: SeedStore = {
    id,
    name: 'Corner Shop',
    mode,
    apiKey: `sl_${mode}_${id.replaceAll('-', '')}`,
    webhookSecret: `whsec_${btoa(id)}`,
    wallet:
      options.wallet === null
        ? null
        : { id: `wallet-${id}`, key: freshKey(), network: 'regtest', gapLimit: 1000, pool: 25, ...options.wallet },
    endpointUrl: options.endpointUrl ?? null,
    color: '#336699',
  };
  const account = { id: `account-${id}`, name: 'Merchant' };
  const key = (env as unknown as Env).ENCRYPTION_KEY;
  const statements = await seedStatements(account, [store], key, clock.ms, openKnownWallet);
  await bindings.DB.batch(statements.map(({ sql, params }) => bindings.DB.prepare(sql).bind(...params)));

  const background: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => background.push(work) };
  const base = depsFor(bindings, ctx, { now: clock.now });
  const soon: { atMs: number; work: () => Promise<void> }[] = [];
  base.dispatcher.senders = sendersHere((atMs, work) => soon.push({ atMs, work }));
  const explorers = options.explorers?.map((url) => esplora({ url, fetch: (...args) => fetch(...args) }));
  const overrides: Partial<Deps> = {
    now: clock.now,
    allowCreate: async () => true,
    // Its object would go by the machine's clock: support/paying.ts has one on the test's.
    payouts: { wake: async () => {}, check: async () => {} },
    ...(explorers ? { explorers } : {}),
    ...options.overrides,
  };
  const deps: Deps = { ...base, ...overrides };
  // The app works with this very bundle, so that a test can exchange a part of it later on.
  const app = createApp(deps);
  const settled = async () => {
    while (background.length > 0) await Promise.all(background.splice(0));
  };
  await keepRates(deps);

  const request = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init: RequestInit = { method, headers: { authorization: `Bearer ${store.apiKey}`, ...headers } };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    return answerOf(app, new Request(`https://pay.test${path}`, init), ctx);
  };
  return {
    clock,
    store,
    account,
    deps,
    app,
    request,
    /** Waits for what was left running after responses: first delivery attempts, pool refills. */
    settled,
    /** Works in an object's context and waits there for what it leaves running: who waited outside would go on inside. */
    async settledWithin<T>(work: () => Promise<T>): Promise<T> {
      const before = background.length;
      const result = await work();
      while (background.length > before) await Promise.all(background.splice(before));
      return result;
    },
    /** Time passes; what was put off for a moment is done when its time has come. */
    async passSeconds(seconds: number) {
      clock.ms += seconds * 1_000;
      const due = soon.filter(({ atMs }) => atMs <= clock.ms);
      soon.splice(0, soon.length, ...soon.filter(({ atMs }) => atMs > clock.ms));
      for (const { work } of due) await work();
      await settled();
    },
    /** Says that an explorer has just shown this tip. */
    async showTip(height = 120) {
      await bindings.DB.prepare(
        'INSERT OR REPLACE INTO chain_state (network, tip_hash, tip_height, seen_at) VALUES (?, ?, ?, ?)',
      )
        .bind('regtest', 'ab'.repeat(32), height, clock.ms)
        .run();
    },
    async createInvoice(body: Record<string, unknown> = { amount_sats: '100000' }): Promise<InvoiceSnapshot> {
      const response = await request('POST', '/v1/invoices', body);
      const text = await response.text();
      if (response.status !== 201) throw new Error(`create answered ${response.status}: ${text}`);
      return (JSON.parse(text) as { invoice: InvoiceSnapshot }).invoice;
    },
    async readInvoice(invoiceId: string): Promise<InvoiceSnapshot> {
      const response = await request('GET', `/v1/invoices/${invoiceId}`);
      return ((await response.json()) as { invoice: InvoiceSnapshot }).invoice;
    },
    async eventTypes(invoiceId: string): Promise<string[]> {
      const { results } = await bindings.DB.prepare('SELECT type FROM events WHERE subject_id = ? ORDER BY seq')
        .bind(invoiceId)
        .all<{ type: string }>();
      return results.map((row) => row.type);
    },
  };
}

export type { ChainKind };

export async function startChain(views = 2, kind: ChainKind = 'simulated') {
  const { control, clock, explorers } = await post<{ control: string; clock: string; explorers: string[] }>(
    `${inject('hub')}/chains`,
    { views, kind },
  );
  return {
    explorers,
    /** Which time blocks carry that are mined from now on; the machine's until it is said. */
    setClock: (ms: number) => post(clock, { ms }),
    control: <T = Record<string, unknown>>(action: string, body: unknown = {}) =>
      post<T>(`${control}/control/${action}`, body),
    state: async () => (await fetch(`${control}/control/state`)).json() as Promise<Record<string, unknown>>,
  };
}

/** Nodes of a merchant and a customer over real Lightning, and what a merchant pastes to connect each kind of server. */
export async function startLightning() {
  const { control, connections } = await post<{ control: string; connections: Record<string, string> }>(
    `${inject('hub')}/lightning`,
    {},
  );
  return {
    connections,
    control: <T = Record<string, unknown>>(action: string, body: unknown = {}) =>
      post<T>(`${control}/control/${action}`, body),
  };
}

export async function startReceiver() {
  const { url, inspect } = await post<{ url: string; inspect: string }>(`${inject('hub')}/receivers`, {});
  return {
    url,
    answerWith: (answers: Answer[]) => post(`${inspect}/answers`, answers),
    /** Answers the deliveries that were set to `hold`. */
    release: () => post(`${inspect}/release`, {}),
    /** Waits until so many deliveries have arrived. */
    deliveries: async (count = 0) => (await (await fetch(`${inspect}/deliveries?count=${count}`)).json()) as Delivery[],
  };
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
