// From a payment at the payer's node to `invoice.paid`, in real time and over real Lightning: at the merchant's webhook where the node
// says that it was paid, and on the buyer's page where SatLane polls the node. Called by lightning.ts.

import { setTimeout as pause } from 'node:timers/promises';
import { type LightningBench, type LightningShop, openLightningBench } from './lightning-world.ts';
import { inTime, openPage } from './page.ts';

export interface PaidTimes {
  /** The server in front of the node. */
  node: string;
  /** How SatLane learns of the payment. */
  how: 'hook' | 'polling';
  /** One for each payment, in ms. */
  webhookMs: number[];
  /** The event on the page; none where no page is open. */
  pageMs: number[];
}

interface Amounts {
  /** Payments at each node that has hooks. */
  hooked: number;
  /** How often pages are opened and paid, and how many of each node together. */
  waves: number;
  pages: number;
}

/** Servers that call a hook for each invoice; a wallet of Nostr Wallet Connect says it over its socket. */
const SAY_IT = new Set(['phoenixd', 'lnbits', 'nwc']);
/** Those that are asked over HTTP. */
const POLLED = new Set(['phoenixd', 'lnd', 'clnrest', 'lnbits', 'address']);
const EVENT = 'invoice.paid';
/** Payments fall anywhere in so long a time, and so into any phase of the polling. */
const SPREAD_MS = 12_000;

export async function timesToPaid(file: string, { hooked, waves, pages }: Amounts): Promise<PaidTimes[]> {
  const times: PaidTimes[] = [];
  const saying = await openLightningBench(file, 1, (name) => SAY_IT.has(name));
  try {
    for (const shop of saying.shops) times.push(await byHook(saying, shop, hooked));
  } finally {
    await saying.close();
  }
  const polled = await openLightningBench(file, 1, (name) => POLLED.has(name));
  try {
    for (const { node } of polled.shops) node.faults.set({ hooks: 'none' });
    times.push(...(await Promise.all(polled.shops.map((shop) => byPolling(polled, shop, waves, pages)))));
  } finally {
    await polled.close();
  }
  return times;
}

/** One after the other, without a page. */
async function byHook(bench: LightningBench, shop: LightningShop, payments: number): Promise<PaidTimes> {
  const webhookMs: number[] = [];
  for (let i = 0; i < payments; i++) {
    const { id, bolt11 } = await bench.create(shop);
    const webhook = paidAt(bench, id);
    const startMs = performance.now();
    await bench.pay(bolt11);
    webhookMs.push((await inTime(webhook)) - startMs);
  }
  return { node: shop.node.name, how: 'hook', webhookMs, pageMs: [] };
}

/** All pages of a wave are open together, and are paid at random moments. */
async function byPolling(bench: LightningBench, shop: LightningShop, waves: number, pages: number): Promise<PaidTimes> {
  const times: { webhookMs: number; pageMs: number }[] = [];
  for (let wave = 0; wave < waves; wave++) {
    const open = await Promise.all(Array.from({ length: pages }, () => openInvoice(bench, shop)));
    times.push(...(await Promise.all(open.map((invoice) => paidTimes(bench, invoice)))));
  }
  return {
    ...{ node: shop.node.name, how: 'polling' },
    webhookMs: times.map(({ webhookMs }) => webhookMs),
    pageMs: times.map(({ pageMs }) => pageMs),
  };
}

async function openInvoice(bench: LightningBench, shop: LightningShop) {
  const { id, bolt11 } = await bench.create(shop);
  const page = await openPage(bench.place, id, EVENT);
  return { id, bolt11, page };
}

async function paidTimes(bench: LightningBench, { id, bolt11, page }: Awaited<ReturnType<typeof openInvoice>>) {
  const webhook = paidAt(bench, id);
  await pause(Math.random() * SPREAD_MS);
  const startMs = performance.now();
  await bench.pay(bolt11);
  const [pageAtMs, webhookAtMs] = await inTime(Promise.all([page.event, webhook]));
  page.close();
  return { pageMs: pageAtMs - startMs, webhookMs: webhookAtMs - startMs };
}

function paidAt({ receiver }: LightningBench, id: string): Promise<number> {
  return receiver.received(({ type, invoiceId }) => type === EVENT && invoiceId === id);
}
