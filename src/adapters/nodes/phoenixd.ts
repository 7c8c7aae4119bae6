// phoenixd over its HTTP API (phoenix.acinq.co/server/api): forms in, JSON or plain text out, null fields left out. The limited-access
// password is enough. Called by nodes.ts and pay-phoenixd.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { foundIn, MISSING } from './lists.ts';
import type { KindNode, LookedUp } from './node.ts';
import { MAX_LIST_BYTES, type NodeAnswer, type Outside, Road } from './request.ts';
import { amount, hash } from './values.ts';

/** It refuses longer ones. */
const MAX_DESCRIPTION = 128;
const PAGE = 100;
/** The node's clock may differ from ours. */
const CLOCK_SKEW_MS = 10 * 60_000;

const created = z.object({ serialized: z.string(), paymentHash: hash });
const payment = z.object({
  paymentHash: hash,
  externalId: z.string().optional(),
  /** The BOLT11 invoice; none for a payment of another kind. */
  invoice: z.string().optional(),
  /** Known from the start: it proves nothing before `isPaid`. */
  preimage: hash.optional(),
  isPaid: z.boolean(),
  isExpired: z.boolean().optional(),
  receivedSat: amount.optional(),
  /** Millisatoshis. */
  fees: amount.optional(),
  /** Milliseconds. */
  completedAt: amount.optional(),
});

type PhoenixdCredential = Extract<Credential, { kind: 'phoenixd' }>;

export function phoenixd(credential: PhoenixdCredential, outside: Outside): KindNode {
  const road = phoenixdRoad(credential, outside);
  async function* pages(sinceMs: number) {
    const from = Math.max(0, sinceMs - CLOCK_SKEW_MS);
    for (let offset = 0; ; offset += PAGE) {
      const query = `?all=true&from=${from}&limit=${PAGE}&offset=${offset}`;
      const answer = await road.ask(`/payments/incoming${query}`, { maxBytes: MAX_LIST_BYTES });
      const page = road.read(answer, z.array(payment));
      yield page.map(incomingOf);
      if (page.length < PAGE) return;
    }
  }
  /** What it made for an earlier request of this label, whose answer may have been lost: it would make another one each time. */
  const madeFor = async (label: string) => {
    const query = new URLSearchParams({ all: 'true', externalId: label });
    const made = road.read(await road.ask(`/payments/incoming?${query}`), z.array(payment));
    // Builds before 0.3 list all that they made.
    const own = made.filter(({ externalId, isPaid, isExpired }) => externalId === label && !isPaid && !isExpired);
    const one = own.find(({ invoice }) => invoice);
    return one && { serialized: one.invoice ?? '', paymentHash: one.paymentHash };
  };
  return {
    kind: 'phoenixd',
    host: road.host,
    ...{ cancels: false, hooks: true, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds, label, hookUrl }) {
      const sent = typeof description === 'string' ? shortened(description, MAX_DESCRIPTION) : description;
      const form = {
        amountSat: String(amountMsat / 1000n),
        ...(typeof sent === 'string' ? { description: sent } : { descriptionHash: sent.hash }),
        expirySeconds: String(expirySeconds),
        externalId: label,
        ...(hookUrl === null ? {} : { webhookUrl: hookUrl }),
      };
      const { serialized, paymentHash } =
        (await madeFor(label)) ?? road.read(await road.ask('/createinvoice', { form }), created);
      return { bolt11: serialized, paymentHash, verifyUrl: null, description: sent };
    },
    async lookup({ paymentHash }) {
      const answer = await road.ask(`/payments/incoming/${paymentHash}`, { judges: [404] });
      return isNotFound(road, answer) ? MISSING : incomingOf(road.read(answer, payment));
    },
    lookupMany: (minted, sinceMs) => foundIn(minted, pages(sinceMs)),
    cancel: async () => {},
    close() {},
  };
}

export function phoenixdRoad({ server, password, headers }: PhoenixdCredential, outside: Outside): Road {
  const basic = btoa(String.fromCharCode(...new TextEncoder().encode(`:${password}`)));
  return new Road(outside, server, { ...headers, authorization: `Basic ${basic}` }, [password, basic]);
}

/** @throws NodeError for a 404 that says something else: "Unknown endpoint (check api doc)", or another server */
export function isNotFound(road: Road, answer: NodeAnswer): boolean {
  if (answer.status !== 404) return false;
  if (/^not found$/i.test(answer.text.trim())) return true;
  throw road.failure(answer);
}

function incomingOf(one: z.infer<typeof payment>): LookedUp {
  return {
    state: one.isPaid ? 'settled' : one.isExpired ? 'expired' : 'open',
    receivedMsat: (one.receivedSat ?? 0n) * 1000n,
    feeMsat: one.fees ?? 0n,
    preimage: one.isPaid ? (one.preimage ?? null) : null,
    settledAtMs: one.isPaid && one.completedAt !== undefined ? Number(one.completedAt) : null,
    paymentHash: one.paymentHash,
    bolt11: one.invoice || null,
  };
}
