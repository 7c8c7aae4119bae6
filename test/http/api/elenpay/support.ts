// A live shop that speaks ElenPAY: its API, a receiver of its events, a chain. Called by the tests beside it.

import { expect } from 'vitest';
import { addEndpoint } from '../../../../src/services/endpoints/endpoints.ts';
import { bindings, type Merchant, startReceiver } from '../../../support/merchant.ts';
import { openShop, type ShopOptions } from '../../../support/shop.ts';

export interface Address {
  id: string;
  address: string;
  checkoutLink: string;
}

export interface Announced {
  type: string;
  pspReferenceId: string;
  metadata: Record<string, unknown>;
  tx: { hash: string; address: string; sats: number; confirmations: number };
  [field: string]: unknown;
}

export async function openElenpay(options: ShopOptions = {}) {
  const shop = await openShop(options);
  const { merchant } = shop;
  // Opening a page has the watcher of this very chain look.
  merchant.deps.watcher = { ...merchant.deps.watcher, hot: shop.watcher.hot };
  const receiver = await startReceiver();
  const { store } = merchant;
  const inUse = { id: store.id, archivedAtMs: null };
  await addEndpoint(merchant.deps, inUse, { url: receiver.url, dialect: 'elenpay', secret: 'opensesame' });
  const ask = async <T>(method: string, path: string, body?: unknown, key = store.apiKey) => {
    const response = await merchant.request(method, `/api/v1${path}`, body, { authorization: `Token ${key}` });
    return { status: response.status, body: (await response.json()) as T };
  };
  return {
    ...shop,
    receiver,
    ask,
    put: async (customer: string, body?: unknown) =>
      (await ask<Address>('PUT', `/stores/${store.id}/onchain/btc/addresses/${customer}`, body)).body,
    /** One round that looks at a customer's address. */
    look: shop.watcher.look,
    /** The invoices of a customer's deposits, the oldest first. */
    async invoicesAt(addressId: string) {
      const { results } = await bindings.DB.prepare(
        'SELECT id FROM invoices WHERE deposit_address_id = ? ORDER BY created_at, seen_sats',
      )
        .bind(addressId)
        .all<{ id: string }>();
      return Promise.all(results.map(({ id }) => merchant.readInvoice(id)));
    },
    payAlso: (address: string, sats: number, also: number) =>
      shop.chain.control<{ txid: string }>('pay', { address, sats, also: [{ address, sats: also }] }),
    /** By one transaction. */
    payMany: (address: string, [sats, ...others]: number[]) =>
      shop.chain.control<{ txid: string }>('pay', {
        ...{ address, sats, also: others.map((other) => ({ address, sats: other })) },
      }),
    /** What the receiver got from its `from`th delivery on, once all that is due has been sent. */
    async announced(from = 0): Promise<Announced[]> {
      await merchant.settled();
      return (await receiver.deliveries()).slice(from).map(({ body }) => JSON.parse(body) as Announced);
    },
  };
}

/** Runs what the guide prints, with the values that a merchant has exported, and expects 200. */
export const printedBy =
  ({ request, store }: Pick<Merchant, 'request' | 'store'>) =>
  async <T = Record<string, unknown>>(printed: string, exported: Record<string, string> = {}): Promise<T> => {
    const values: Record<string, string> = { URL: '', STORE_ID: store.id, API_TOKEN: store.apiKey, ...exported };
    const filled = printed.replaceAll(/\\?\$\{(\w+)\}/g, (_, name: string) => values[name] ?? `no ${name}`);
    const [, method = '', path = ''] = /^curl -X (\w+) "([^"]+)"/m.exec(filled) ?? [];
    const headers = Object.fromEntries(
      [...filled.matchAll(/^-H "([^:]+): ([^"]+)"/gm)].map(([, key = '', value]) => [key.toLowerCase(), value]),
    );
    const body = /^-d '([^']+)'/m.exec(filled)?.[1];
    const response = await request(method, path, body, headers as Record<string, string>);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.any(String)]);
    return JSON.parse(text) as T;
  };

export const brief = (announced: Announced[]): string[] =>
  announced.map(({ type, tx }) => `${type.replace('OnchainDeposit', '')} ${tx.confirmations}`);
