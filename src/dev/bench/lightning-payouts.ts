// From the request of a payout to `payout.settled` at the merchant's webhook, over real Lightning: one after the other at each kind of
// node, and many in one moment. Called by lightning.ts.

import { type LightningBench, type LightningShop, openLightningBench } from './lightning-world.ts';
import { inTime } from './page.ts';

export interface PayoutTimes {
  /** The server in front of the node. */
  node: string;
  /** Requested in one moment. */
  together: number;
  /** One for each payout, in ms. */
  webhookMs: number[];
}

/** Those that pay. */
const PAYING = new Set(['phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc']);
const SATS = 2_100;

/** @param each payouts of each node, one after the other @param together then so many in one moment, of the first */
export async function timesOfPayouts(file: string, of: { each: number; together: number }): Promise<PayoutTimes[]> {
  const bench = await openLightningBench(file, 1, (name) => PAYING.has(name));
  try {
    const times: PayoutTimes[] = [];
    for (const shop of bench.shops) {
      const webhookMs: number[] = [];
      for (let i = 0; i < of.each; i++) webhookMs.push(await payOut(bench, shop, await bench.mint(SATS)));
      times.push({ node: shop.node.name, together: 1, webhookMs });
    }
    const [first] = bench.shops;
    if (!first) throw new Error('no node pays');
    const minted = await Promise.all(Array.from({ length: of.together }, () => bench.mint(SATS)));
    const webhookMs = await Promise.all(minted.map((bolt11) => payOut(bench, first, bolt11)));
    return [...times, { node: first.node.name, together: of.together, webhookMs }];
  } finally {
    await bench.close();
  }
}

/** The webhook may arrive before the answer. */
async function payOut({ place, receiver }: LightningBench, { apiKey }: LightningShop, bolt11: string): Promise<number> {
  const settled = receiver.received(({ type, destination }) => type === 'payout.settled' && destination === bolt11);
  const startMs = performance.now();
  const response = await fetch(new URL('/v1/payouts', place.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ destination: bolt11, amount_sats: String(SATS), approved: true }),
  });
  if (response.status !== 201) throw new Error(`no payout was created: ${await response.text()}`);
  return (await inTime(settled)) - startMs;
}
