// Many BOLT11s looked up together, by the pages of a node's list. Called by the file of each kind.

import type { Incoming, Minted } from './node.ts';

export const MISSING: Incoming = {
  state: 'missing',
  receivedMsat: 0n,
  feeMsat: 0n,
  preimage: null,
  settledAtMs: null,
};

/** A busy node has many payments beside ours: what stands further back is looked up by itself. */
const MAX_PAGES = 5;

/** Those of a payment hash that is asked for; reads on until all are found, and MAX_PAGES pages at most. */
export async function foundIn(
  minted: readonly Minted[],
  pages: AsyncIterable<[paymentHash: string, Incoming][]>,
): Promise<Map<string, Incoming>> {
  const wanted = new Set(minted.map(({ paymentHash }) => paymentHash));
  const found = new Map<string, Incoming>();
  let read = 0;
  for await (const page of pages) {
    for (const [paymentHash, incoming] of page) if (wanted.has(paymentHash)) found.set(paymentHash, incoming);
    read += 1;
    if (found.size === wanted.size || read === MAX_PAGES) break;
  }
  return found;
}
