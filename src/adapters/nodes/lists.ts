// Many BOLT11s looked up together: by the pages of a node's list, or one by one. Called by the file of each kind.

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
/** A Worker has six connections at one time. */
const BESIDE_EACH_OTHER = 4;

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

/** Those whose look-up failed are absent. @throws NodeError where each of them failed */
export async function oneByOne(
  minted: readonly Minted[],
  lookup: (one: Minted) => Promise<Incoming>,
): Promise<Map<string, Incoming>> {
  const found = new Map<string, Incoming>();
  let failure: unknown;
  const waiting = [...minted];
  const work = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      try {
        found.set(one.paymentHash, await lookup(one));
      } catch (error) {
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: BESIDE_EACH_OTHER }, work));
  if (found.size === 0 && failure) throw failure;
  return found;
}
