// A live shop over a simulated chain of its own, with explorers that can be set to lie in any way their bytes allow.

import { esplora } from '../../src/adapters/explorers/esplora.ts';
import type { Explorer } from '../../src/adapters/explorers/explorer.ts';
import type { Deps } from '../../src/deps.ts';
import { bindings, type ChainKind, openMerchant, startChain } from './merchant.ts';
import { watcherOf } from './watching.ts';

/** What an explorer says instead of its honest bytes (404's among them); null: the truth. */
export type Lie = (path: string, honest: Uint8Array<ArrayBuffer>) => BodyInit | Response | null | Promise<BodyInit>;

/** Of a simulated chain when it is new. */
const FIRST_HEIGHT = 120;

export type Shop = Awaited<ReturnType<typeof openShop>>;

export type { ChainKind };

export interface ShopOptions {
  views?: number;
  overrides?: Partial<Deps>;
  /** Where the merchant's clock starts; the machine's time if left out. */
  startMs?: number;
  kind?: ChainKind;
  /** The key of the store's wallet, where a test signs for it; a random one if left out. */
  walletKey?: string;
  /** How long each explorer may take to answer. */
  timeoutMs?: (view: number) => number | undefined;
}

export async function openShop({
  views = 2,
  overrides = {},
  kind,
  timeoutMs,
  walletKey,
  startMs = Date.now(),
}: ShopOptions = {}) {
  const chain = await startChain(views, kind);
  // Each test has a chain of its own; the database knows one per network, and watches what earlier tests left.
  await bindings.DB.batch(
    [
      'DELETE FROM chain_state',
      'DELETE FROM headers',
      'DELETE FROM payments',
      'UPDATE invoices SET watch_until = NULL',
    ].map((sql) => bindings.DB.prepare(sql)),
  );
  const explorers = chain.explorers.map((url, view) => liar(url, timeoutMs?.(view)));
  const merchant = await openMerchant({
    mode: 'live',
    startMs,
    ...(walletKey ? { wallet: { key: walletKey } } : {}),
    overrides: { explorers: explorers.map(({ explorer }) => explorer), ...overrides },
  });
  const watcher = watcherOf(merchant);
  await watcher.sweep();
  return {
    chain,
    merchant,
    watcher,
    /** `lie(0, …)` for the explorer that is asked first; null heals. */
    lie: (view: number, lie: Lie | null) => explorers[view]?.tell(lie),
    fault: (view: number, fault: Record<string, unknown> = {}) => chain.control('fault', { view, ...fault }),
    invoiceOf: (sats: number, minutes = 15) =>
      merchant.createInvoice({ amount_sats: String(sats), expires_in_minutes: minutes }),
    pay: (address: string, sats: number) => chain.control<{ txid: string; vout: number }>('pay', { address, sats }),
    mine: (blocks = 1) => chain.control<{ tip: { hash: string; height: number } }>('mine', { blocks }),
    reorg: (depth: number, how: { drop?: boolean; remine?: boolean } = {}) => chain.control('reorg', { depth, ...how }),
    /** One round that reads blocks and looks at no invoice: the sweep's budget grows with the clock, which stands. */
    follow: () => watcher.sweep(),
    read: merchant.readInvoice,
    async look(id: string) {
      await watcher.look(id);
      return merchant.readInvoice(id);
    },
    /** Events of an invoice without those that only say that something moved. */
    async events(id: string) {
      return (await merchant.eventTypes(id)).filter((type) => type !== 'invoice.updated');
    },
    /** The heights and hashes of our own chain, from its tip downwards, to the block that it began with. */
    async headers() {
      const { results } = await bindings.DB.prepare(
        `SELECT height, hash FROM headers WHERE stale = 0 AND height >= ${FIRST_HEIGHT} ORDER BY height DESC`,
      ).all<{ height: number; hash: string }>();
      return results;
    },
    /** What explorers were asked while `work` ran: path → how often, over all of them. */
    async requestsOf(work: () => Promise<unknown>) {
      const before = await counts(chain);
      await work();
      const after = await counts(chain);
      return Object.fromEntries(
        Object.entries(after)
          .map(([path, count]) => [path, count - (before[path] ?? 0)] as const)
          .filter(([, count]) => count > 0),
      );
    },
  };
}

async function counts(chain: Awaited<ReturnType<typeof startChain>>): Promise<Record<string, number>> {
  const { views } = (await chain.state()) as { views: { requests: { byPath: Record<string, number> } }[] };
  const sums: Record<string, number> = {};
  for (const { requests } of views) {
    for (const [path, count] of Object.entries(requests.byPath)) sums[path] = (sums[path] ?? 0) + count;
  }
  return sums;
}

function liar(url: string, timeoutMs?: number): { explorer: Explorer; tell(lie: Lie | null): void } {
  let lie: Lie | null = null;
  const lying: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (!lie) return response;
    const honest = new Uint8Array(await response.arrayBuffer());
    const said = await lie(String(input).slice(url.length), honest);
    if (said instanceof Response) return said;
    return said === null ? new Response(honest, response) : new Response(said);
  };
  return {
    explorer: esplora({ url, fetch: lying, timeoutMs }),
    tell(next) {
      lie = next;
    },
  };
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
