// A shop beside a stand-in for SatLane: delivers signed webhooks, presses buttons, reads pages. Used by the tests in
// this folder.
import { createHmac } from 'node:crypto';
import { type Shop, startShop } from '../../../src/dev/shop/server.ts';
import { API_KEY, type StubApi, type StubInvoice, startStubApi } from './stub-api.ts';

export const SECRET = 'whsec_c2hvcC10ZXN0LXNlY3JldA==';

export interface Delivery {
  type: string;
  id?: string;
  /** Minutes after the invoice was made. */
  minute?: number;
  paidSats?: number;
  secret?: string;
  /** How long ago it was signed. */
  ageSeconds?: number;
  /** Replaces the body after signing. */
  forged?: string;
}

/** Where the status has another name than the event. */
const STATUS: Record<string, string> = {
  'invoice.created': 'pending',
  'invoice.payment_seen': 'seen',
  'invoice.payment_reverted': 'reverted',
};

let deliveries = 0;

/** Delivers an event as SatLane would, signed by hand and not by the code under test. Resolves to the HTTP status. */
export async function deliver(invoice: StubInvoice, event: Delivery): Promise<number> {
  const { type, minute = 1, paidSats = 0, secret = SECRET, ageSeconds = 0 } = event;
  deliveries += 1;
  const id = event.id ?? `evt_${deliveries}`;
  const body = JSON.stringify({
    event_id: id,
    event_type: type,
    created_at: new Date(Date.UTC(2026, 4, 16, 11, 15 + minute)).toISOString(),
    livemode: true,
    data: {
      invoice: { ...invoice, status: STATUS[type] ?? type.replace('invoice.', ''), amount_paid_sats: String(paidSats) },
    },
  });
  const time = Math.floor(Date.now() / 1000) - ageSeconds;
  const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  const response = await fetch(invoice.callback_url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'X-SatLane-Signature': `t=${time},v1=${mac}`,
      'X-SatLane-Event-Id': id,
      'X-SatLane-Event-Type': type,
    },
    body: event.forged ?? body,
  });
  return response.status;
}

/** Presses a button: posts a form and follows nothing. */
export async function press(shop: Shop, path: string, fields: Record<string, string> = {}, site = 'same-origin') {
  const response = await fetch(shop.url + path, {
    method: 'POST',
    headers: { 'sec-fetch-site': site },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  return { status: response.status, location: response.headers.get('location') ?? '' };
}

/** A page's text as a visitor reads it, without markup. */
export async function read(shop: Shop, path: string): Promise<string> {
  const text = await (await fetch(shop.url + path)).text();
  return text
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

type Extra = { control?: string; lightning?: string; file?: string };

/** A shop and its SatLane; close both by `close`. */
export async function startTogether(extra: Extra = {}) {
  const api = await startStubApi();
  const shop = await openShop(api, extra);
  /** Buys the sticker sheet and gives back its invoice. */
  const buy = async (product = 'sticker-sheet'): Promise<StubInvoice> => {
    await press(shop, '/buy', { product });
    const invoice = api.invoices.at(-1);
    if (!invoice) throw new Error('no invoice was made');
    return invoice;
  };
  const close = async () => {
    await shop.close();
    await api.close();
  };
  return { api, shop, buy, close };
}

export function openShop(api: StubApi, extra: Extra = {}): Promise<Shop> {
  return startShop({ port: 0, api: api.url, apiKey: API_KEY, webhookSecret: SECRET, ...extra });
}
