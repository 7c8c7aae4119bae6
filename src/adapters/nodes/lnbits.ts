// LNbits (and the some twenty sources of funds behind it) over its HTTP API. The invoice key of a wallet is enough. Called by nodes.ts and
// pay-lnbits.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { foundIn, MISSING } from './lists.ts';
import { type KindNode, type LookedUp, NodeError } from './node.ts';
import { MAX_LIST_BYTES, type Outside, Road } from './request.ts';
import { cutToBytes, hash, hexOfText, integer, jsonNumber } from './values.ts';

/** It refuses longer ones. */
const MAX_MEMO = 640;
const PAGE = 100;

const created = z.object({ payment_hash: hash, bolt11: z.string().optional(), payment_request: z.string().optional() });
export const lnbitsPaymentShape = z.object({
  payment_hash: hash,
  /** Millisatoshis; below zero for what was paid out. */
  amount: integer,
  /** Millisatoshis; below zero for what was paid out. */
  fee: integer.optional(),
  status: z.enum(['pending', 'success', 'failed']),
  preimage: z.string().nullish(),
  bolt11: z.string().nullish(),
});
export type LnbitsPayment = z.infer<typeof lnbitsPaymentShape>;
/** To a key of another wallet, or none, it answers without details. */
const found = z.object({ paid: z.boolean(), details: lnbitsPaymentShape.optional() });

type LnbitsCredential = Extract<Credential, { kind: 'lnbits' }>;

export function lnbits(credential: LnbitsCredential, outside: Outside): KindNode {
  const road = lnbitsRoad(credential, outside);
  async function* pages() {
    for (let offset = 0; ; offset += PAGE) {
      const query = `?limit=${PAGE}&offset=${offset}&sortby=time&direction=desc`;
      const page = road.read(
        await road.ask(`/api/v1/payments${query}`, { maxBytes: MAX_LIST_BYTES }),
        z.array(lnbitsPaymentShape),
      );
      yield page.filter((one) => one.amount >= 0n).map(incomingOf);
      if (page.length < PAGE) return;
    }
  }
  return {
    kind: 'lnbits',
    host: road.host,
    ...{ cancels: false, hooks: true, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds, label, hookUrl }) {
      const sent = typeof description === 'string' ? cutToBytes(shortened(description, MAX_MEMO)) : description;
      const json = {
        out: false,
        unit: 'sat',
        amount: jsonNumber(amountMsat / 1000n),
        // Of a text, every source of funds makes the hash; not each takes a hash.
        ...(typeof sent === 'string' ? { memo: sent } : { unhashed_description: hexOfText(sent.text) }),
        expiry: expirySeconds,
        extra: { label },
        ...(hookUrl === null ? {} : { webhook: hookUrl }),
      };
      const answer = road.read(await road.ask('/api/v1/payments', { json }), created);
      const bolt11 = answer.bolt11 ?? answer.payment_request;
      if (!bolt11) throw road.unexpected('its answer has no bolt11');
      // It writes its own name in place of no text.
      return { bolt11, paymentHash: answer.payment_hash, verifyUrl: null, description: sent === '' ? null : sent };
    },
    async lookup({ paymentHash }) {
      const details = await lnbitsPayment(road, paymentHash);
      return details ? incomingOf(details) : MISSING;
    },
    lookupMany: (minted) => foundIn(minted, pages()),
    cancel: async () => {},
    close() {},
  };
}

export function lnbitsRoad({ server, apiKey, headers }: LnbitsCredential, outside: Outside): Road {
  return new Road(outside, server, { ...headers, 'x-api-key': apiKey });
}

/** A payment of the wallet, in or out; null where it has none. @throws NodeError */
export async function lnbitsPayment(road: Road, paymentHash: string): Promise<LnbitsPayment | null> {
  const answer = await road.ask(`/api/v1/payments/${paymentHash}`, { judges: [404] });
  if (answer.status === 404 && typeof Object(answer.data).detail === 'string') return null;
  if (answer.status === 404) throw road.failure(answer);
  const { details } = road.read(answer, found);
  if (details) return details;
  throw new NodeError('credential', `${road.host} does not accept this key: use a key of the same wallet.`);
}

function incomingOf({ payment_hash, bolt11, status, amount, preimage }: LnbitsPayment): LookedUp {
  const isSettled = status === 'success';
  return {
    state: ({ pending: 'open', success: 'settled', failed: 'expired' } as const)[status],
    receivedMsat: isSettled ? amount : 0n,
    feeMsat: 0n,
    // Some sources of funds show zeros, or none.
    preimage: isSettled && /^(?=.*[^0])[\da-f]{64}$/i.test(preimage ?? '') ? (preimage ?? null) : null,
    settledAtMs: null,
    paymentHash: payment_hash,
    bolt11: bolt11 || null,
  };
}
