// A shop that speaks Greenfield: its key, its webhook, and its server, for the tests of this folder.

import { type Merchant, type MerchantOptions, openMerchant, startReceiver } from '../../../support/merchant.ts';
import type { Delivery } from '../../../support/node/hub.ts';

export interface WebhookBody {
  id: string;
  enabled: boolean;
  automaticRedelivery: boolean;
  url: string;
  authorizedEvents: { everything: boolean; specificEvents: string[] };
  secret: string;
}

export interface DeliveryBody {
  id: string;
  timestamp: number;
  deliveryTime: number;
  httpCode: number | null;
  errorMessage: string | null;
  status: string;
}

export interface EventBody {
  type: string;
  deliveryId: string;
  webhookId: string;
  originalDeliveryId: string;
  isRedelivery: boolean;
  timestamp: number;
  storeId: string;
  invoiceId: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export async function openGreenfieldShop(options: MerchantOptions = {}) {
  return speakGreenfield(await openMerchant(options));
}

/** The same for a merchant who is there already. */
export async function speakGreenfield(merchant: Merchant) {
  const receiver = await startReceiver();
  const path = `/api/v1/stores/${merchant.store.id}/webhooks`;
  const ask = async <T = WebhookBody>(method: string, target: string, body?: unknown, key = merchant.store.apiKey) => {
    const headers = { authorization: `token ${key}`, 'content-type': 'application/json' };
    const response = await merchant.request(method, target, body, headers);
    const text = await response.text();
    return { status: response.status, text, body: (text ? JSON.parse(text) : null) as T };
  };
  return {
    merchant,
    receiver,
    path,
    ask,
    async addWebhook(settings: Record<string, unknown> = {}): Promise<WebhookBody> {
      const { status, body, text } = await ask('POST', path, { url: receiver.url, ...settings });
      if (status !== 200) throw new Error(text);
      return body;
    },
    log: async (id: string, query = '') => (await ask<DeliveryBody[]>('GET', `${path}/${id}/deliveries${query}`)).body,
    /** An order whose webhooks have been answered. */
    async order() {
      const { id } = await merchant.createInvoice({ amount_sats: '1000' });
      await merchant.settled();
      return id;
    },
    async simulate(invoiceId: string, eventType: string) {
      await merchant.request('POST', `/v1/invoices/${invoiceId}/simulate`, { event_type: eventType });
      await merchant.settled();
    },
    events: async (count = 0) => (await receiver.deliveries(count)).map(eventOf),
    types: async () => (await receiver.deliveries()).map((delivery) => eventOf(delivery).type),
  };
}

export function eventOf(delivery: Delivery | undefined): EventBody {
  if (!delivery) throw new Error('nothing came');
  return JSON.parse(delivery.body) as EventBody;
}

/** What a receiver computes to know the sender: by the platform's own HMAC. */
export async function signatureOf(body: string, secret: string): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), algorithm, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(body)));
  return `sha256=${Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
