// A shop whose plugin speaks Greenfield: a merchant, its keys in the forms that plugins send them, and what plugins read.

import { bindings, type MerchantOptions, openMerchant } from '../../../support/merchant.ts';

export type Json = Record<string, unknown>;
export type Answer<T> = { status: number; headers: Headers; text: string; body: T };
export type Plugin = Awaited<ReturnType<typeof openPlugin>>;

export interface InvoiceData extends Json {
  id: string;
  storeId: string;
  amount: string;
  paidAmount: string;
  currency: string;
  type: string;
  status: string;
  additionalStatus: string;
  availableStatusesForManualMarking: string[];
  archived: boolean;
  createdTime: number;
  expirationTime: number;
  monitoringExpiration: number;
  metadata: Json;
  checkout: Json;
  receipt: Json;
  paymentMethods?: MethodData[];
}

export interface MethodData extends Json {
  destination: string;
  rate: string;
  due: string;
  amount: string;
  totalPaid: string;
  payments: { id: string; status: string; value: string }[];
}

export async function openPlugin(options: MerchantOptions = {}) {
  const merchant = await openMerchant(options);
  const { store, request, settled } = merchant;

  /** A path that begins with a slash is under /api/v1. */
  const ask = async <T = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const response = await request(method, `/api/v1${path}`, body, {
      'content-type': 'application/json',
      authorization: `token ${store.apiKey}`,
      ...headers,
    });
    const text = await response.text();
    await settled();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : text) as T };
  };

  const inStore = (path = '') => `/stores/${store.id}${path}`;
  return {
    ...merchant,
    ask,
    inStore,
    /** @throws where the answer is not 200, as do all of these */
    async make(body: unknown = { amount: '10.00', currency: 'USD' }): Promise<InvoiceData> {
      return ok(await ask<InvoiceData>('POST', inStore('/invoices'), body));
    },
    read: async (id: string) => ok(await ask<InvoiceData>('GET', inStore(`/invoices/${id}`))),
    list: async (query = '') => ok(await ask<InvoiceData[]>('GET', inStore(`/invoices${query}`))),
    methods: async (id: string, query = '') =>
      ok(await ask<MethodData[]>('GET', inStore(`/invoices/${id}/payment-methods${query}`))),
    /** What happens to an invoice of test mode. */
    async simulate(id: string, event_type: string, amount_sats?: string): Promise<void> {
      const response = await request('POST', `/v1/invoices/${id}/simulate`, { event_type, amount_sats });
      if (response.status !== 200) throw new Error(`simulate answered ${response.status}: ${await response.text()}`);
      await settled();
    },
    /** Another key of the store. */
    async keyWith(permissions: string[] | null, { oldShapes = false, label = 'A plugin' } = {}): Promise<string> {
      const key = `sl_test_${crypto.randomUUID().replaceAll('-', '')}`;
      await bindings.DB.prepare(
        `INSERT INTO api_keys (hash, store_id, environment, label, id, permissions, old_shapes, created_at)
         VALUES (?, ?, 'test', ?, ?, ?, ?, 1)`,
      )
        .bind(
          await sha256(key),
          store.id,
          label,
          crypto.randomUUID(),
          permissions && JSON.stringify(permissions),
          oldShapes ? 1 : 0,
        )
        .run();
      return key;
    },
  };
}

export const token = (key: string) => ({ authorization: `token ${key}` });

function ok<T>({ status, text, body }: Answer<T>): T {
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
  return body;
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
