// LND over REST (lightning.engineering/api-docs): numbers of 64 bits are strings, bytes are base64. `invoice.macaroon` is enough: it
// may not ask for the node's info. Called by nodes.ts and pay-lnd.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { foundIn, MISSING } from './lists.ts';
import { type KindNode, type LookedUp, NodeError } from './node.ts';
import { MAX_LIST_BYTES, type NodeAnswer, type Outside, Road } from './request.ts';
import { amount, cutToBytes, hash64, toBase64 } from './values.ts';

const PAGE = 100;
/** The node's clock may differ from ours. */
const CLOCK_SKEW_MS = 10 * 60_000;
/** gRPC's code 5 is 404; a refused macaroon, and all that has no code of its own, is code 2 and 500. */
const JUDGED = [404, 500];
const NOT_THERE = /unable to locate invoice|no existing invoices/i;

const created = z.object({ r_hash: hash64, payment_request: z.string() });
const invoice = z.object({
  r_hash: hash64,
  /** Known from the start: it proves nothing before it is settled. Empty for a hold invoice. */
  r_preimage: z.string(),
  /** Empty for a payment that came without one. */
  payment_request: z.string().nullish(),
  // `settled` is deprecated, and false where a payment is only held.
  state: z.enum(['OPEN', 'SETTLED', 'CANCELED', 'ACCEPTED']),
  amt_paid_msat: amount,
  settle_date: amount,
  creation_date: amount,
  expiry: amount,
});
type Invoice = z.infer<typeof invoice>;
const list = z.object({ invoices: z.array(invoice), first_index_offset: amount });

type LndCredential = Extract<Credential, { kind: 'lnd' }>;

export function lnd(credential: LndCredential, outside: Outside): KindNode {
  const road = lndRoad(credential, outside);
  const read = <T>(answer: NodeAnswer, shape: z.ZodType<T>): T => {
    if (answer.status >= 400) throw lndFailure(road, answer, 'Use invoice.macaroon.');
    return road.read(answer, shape);
  };
  const found = (one: Invoice) => incomingOf(one, outside.now());
  /** From the youngest back. */
  async function* pages(sinceMs: number) {
    let offset = 0n;
    do {
      const query = `?reversed=true&num_max_invoices=${PAGE}&index_offset=${offset}`;
      const answer = await road.ask(`/v1/invoices${query}`, { judges: JUDGED, maxBytes: MAX_LIST_BYTES });
      const { invoices, first_index_offset } = read(answer, list);
      yield invoices.map(found);
      const oldest = invoices[0]?.creation_date ?? 0n;
      if (invoices.length < PAGE || oldest * 1000n < BigInt(sinceMs - CLOCK_SKEW_MS)) return;
      offset = first_index_offset;
    } while (offset > 0n);
  }
  return {
    kind: 'lnd',
    host: road.host,
    ...{ cancels: true, hooks: false, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds, privateHints }) {
      const sent = typeof description === 'string' ? cutToBytes(description) : description;
      const json = {
        value_msat: String(amountMsat),
        ...(typeof sent === 'string' ? { memo: sent } : { description_hash: toBase64(sent.hash) }),
        expiry: String(expirySeconds),
        private: privateHints,
      };
      const { r_hash, payment_request } = read(await road.ask('/v1/invoices', { json, judges: JUDGED }), created);
      return { bolt11: payment_request, paymentHash: r_hash, verifyUrl: null, description: sent };
    },
    async lookup({ paymentHash }) {
      const answer = await road.ask(`/v1/invoice/${paymentHash}`, { judges: JUDGED });
      return isMissing(answer) ? MISSING : found(read(answer, invoice));
    },
    lookupMany: (minted, sinceMs) => foundIn(minted, pages(sinceMs)),
    async cancel({ paymentHash }) {
      const json = { payment_hash: toBase64(paymentHash) };
      const answer = await road.ask('/v2/invoices/cancel', { json, judges: JUDGED });
      if (isMissing(answer) || /already (settled|canceled)/.test(messageOf(answer))) return;
      read(answer, z.object({}));
    },
    close() {},
  };
}

export function lndRoad({ server, macaroon, headers }: LndCredential, outside: Outside): Road {
  return new Road(outside, server, { ...headers, 'grpc-metadata-macaroon': macaroon });
}

/** What LND says of an error: in a stream it is one level below. */
export function messageOf({ data }: Pick<NodeAnswer, 'data'>): string {
  const { message, error } = Object(data) as Record<string, unknown>;
  return String(message ?? Object(error).message ?? error ?? '');
}

/** LND answers a macaroon that it refuses with HTTP 500. @param advice which macaroon has the right */
export function lndFailure(road: Road, answer: NodeAnswer, advice: string): NodeError {
  const message = messageOf(answer);
  if (/permission denied/i.test(message))
    return new NodeError('forbidden', `The macaroon lacks the right to this at ${road.host}. ${advice}`);
  if (/macaroon|verification failed|root key/i.test(message))
    return new NodeError('credential', `${road.host} does not accept this macaroon.${road.words(answer)}`);
  return road.failure(answer);
}

function incomingOf(one: Invoice, nowMs: number): LookedUp {
  const isSettled = one.state === 'SETTLED';
  const expiresAtMs = Number(one.creation_date + one.expiry) * 1000;
  const ended = expiresAtMs <= nowMs ? 'expired' : 'cancelled';
  return {
    state: ({ OPEN: 'open', ACCEPTED: 'held', SETTLED: 'settled', CANCELED: ended } as const)[one.state],
    receivedMsat: isSettled ? one.amt_paid_msat : 0n,
    feeMsat: 0n,
    preimage: isSettled ? (hash64.safeParse(one.r_preimage).data ?? null) : null,
    settledAtMs: isSettled && one.settle_date > 0n ? Number(one.settle_date) * 1000 : null,
    paymentHash: one.r_hash,
    bolt11: one.payment_request || null,
  };
}

function isMissing(answer: NodeAnswer): boolean {
  return answer.status >= 400 && (Object(answer.data).code === 5 || NOT_THERE.test(messageOf(answer)));
}
