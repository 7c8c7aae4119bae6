// Many BOLT11s looked up together: by the pages of a node's list, or one by one. Called by the file of each kind.

import type { LookedUp, Minted } from './node.ts';

export const MISSING: LookedUp = {
  state: 'missing',
  receivedMsat: 0n,
  feeMsat: 0n,
  preimage: null,
  settledAtMs: null,
  paymentHash: null,
  bolt11: null,
};

/** A busy node has many payments beside ours: what stands further back is looked up by itself. */
const MAX_PAGES = 5;
/** A Worker has six connections at one time. */
const BESIDE_EACH_OTHER = 4;

/** Those of a payment hash that is asked for; reads on until all are found, and MAX_PAGES pages at most. */
export async function foundIn(
  minted: readonly Minted[],
  pages: AsyncIterable<LookedUp[]>,
): Promise<Map<string, LookedUp>> {
  const wanted = new Set(minted.map(({ paymentHash }) => paymentHash));
  const found = new Map<string, LookedUp>();
  let read = 0;
  for await (const page of pages) {
    for (const shown of page) if (wanted.has(shown.paymentHash ?? '')) found.set(shown.paymentHash ?? '', shown);
    read += 1;
    if (found.size === wanted.size || read === MAX_PAGES) break;
  }
  return found;
}

/** Those whose look-up failed are absent. @throws NodeError where each of them failed */
export async function oneByOne(
  minted: readonly Minted[],
  lookup: (one: Minted) => Promise<LookedUp>,
): Promise<Map<string, LookedUp>> {
  const found = new Map<string, LookedUp>();
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
