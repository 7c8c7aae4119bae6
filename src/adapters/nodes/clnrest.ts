// Core Lightning over CLNRest (docs.corelightning.org): each command is a POST, each success a 201. A rune that is restricted to
// `invoice` and `listinvoices` is enough. Called by nodes.ts and pay-clnrest.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { foundIn, MISSING, oneByOne } from './lists.ts';
import { type KindNode, type LookedUp, NodeError } from './node.ts';
import { MAX_LIST_BYTES, type NodeAnswer, type Outside, Road } from './request.ts';
import { amount, cutToBytes, hash, jsonNumber } from './values.ts';

const LABEL_IS_USED = 900;
const PAGE = 100;
/** Of those whose place in the list is not known, in one call. */
const MAX_UNPLACED = 10;
/** Labels that are tried for one BOLT11: a node keeps a label after the BOLT11 under it has run out. */
const MAX_LABELS = 5;

/** `created_index`: its place in the node's list, since 23.08. */
const placed = z.object({ payment_hash: hash, created_index: amount.optional() });
const created = placed.extend({ bolt11: z.string() });
const invoice = placed.extend({
  // One of BOLT12 has none.
  bolt11: z.string().optional(),
  status: z.enum(['unpaid', 'paid', 'expired']),
  amount_received_msat: amount.optional(),
  paid_at: amount.optional(),
  payment_preimage: hash.optional(),
});
const list = z.object({ invoices: z.array(invoice) });
/** Builds before 23.08 have it below `error`. */
const rpcError = z
  .union([z.object({ code: z.number() }), z.object({ error: z.object({ code: z.number() }) })])
  .transform((one) => ('error' in one ? one.error.code : one.code));

type ClnCredential = Extract<Credential, { kind: 'clnrest' }>;

export function clnrest(credential: ClnCredential, outside: Outside): KindNode {
  const road = clnRoad(credential, outside);
  /** By payment hash. */
  const indexes = new Map<string, bigint>();
  const note = <T extends z.infer<typeof placed>>(one: T): T => {
    if (one.created_index !== undefined) indexes.set(one.payment_hash, one.created_index);
    return one;
  };
  const listed = async (json: object) => {
    const { answer, code } = await call(road, 'listinvoices', json);
    if (code !== undefined) throw refusal(road, answer);
    return road.read(answer, list).invoices;
  };
  const lookup = async ({ paymentHash }: { paymentHash: string }) => {
    const [one] = await listed({ payment_hash: paymentHash });
    return one ? incomingOf(note(one)) : MISSING;
  };
  /** What it made under this label before and can still be paid; where that has run out, one under the label that follows from it. */
  const mintUnder = async (label: string, json: object, nth = 1): Promise<z.infer<typeof created>> => {
    const ofThisTry = nth === 1 ? label : `${label}-${nth}`;
    const { answer, code } = await call(road, 'invoice', { ...json, label: ofThisTry });
    if (code === undefined) return road.read(answer, created);
    if (code !== LABEL_IS_USED) throw refusal(road, answer);
    const [made] = await listed({ label: ofThisTry });
    if (!made?.bolt11) throw road.unexpected('it does not list an invoice whose label it knows');
    if (made.status === 'unpaid') return { ...made, bolt11: made.bolt11 };
    if (nth === MAX_LABELS) throw new NodeError('refused', `${road.host} has ${nth} earlier invoices of this label.`);
    return mintUnder(label, json, nth + 1);
  };
  return {
    kind: 'clnrest',
    host: road.host,
    ...{ cancels: false, hooks: false, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds, label, privateHints }) {
      const text = typeof description === 'string' ? cutToBytes(description) : description.text;
      const json = {
        amount_msat: jsonNumber(amountMsat),
        description: text,
        expiry: expirySeconds,
        // It takes no hash: it makes it of the text.
        ...(typeof description === 'string' ? {} : { deschashonly: true }),
        // Without it the node decides.
        ...(privateHints ? { exposeprivatechannels: true } : {}),
      };
      const { payment_hash: paymentHash, bolt11 } = note(await mintUnder(label, json));
      const sent = typeof description === 'string' ? text : { hash: description.hash };
      return { bolt11, paymentHash, verifyUrl: null, description: sent };
    },
    lookup,
    /** A look-up of its own tells the place of one: after that the list has it. */
    async lookupMany(minted) {
      const unplaced = minted.filter(({ paymentHash }) => !indexes.has(paymentHash)).slice(0, MAX_UNPLACED);
      const places = minted.flatMap(({ paymentHash }) => indexes.get(paymentHash) ?? []);
      const found = await foundIn(minted, pages(places, listed));
      return new Map([...found, ...(await oneByOne(unplaced, lookup))]);
    },
    cancel: async () => {},
    close() {},
  };
}

/** The answer, or the code of its error. */
async function call(road: Road, command: string, json: object) {
  const answer = await road.ask(`/v1/${command}`, { json, judges: [400, 500], maxBytes: MAX_LIST_BYTES });
  return { answer, code: codeOf(road, answer) };
}

/** From the oldest of them on: from its beginning the list of an old node would be thousands. */
async function* pages(places: readonly bigint[], listed: (json: object) => Promise<z.infer<typeof invoice>[]>) {
  let start = places.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
  while (start !== undefined) {
    const page = await listed({ index: 'created', start: jsonNumber(start), limit: PAGE });
    yield page.map(incomingOf);
    const last = page.at(-1)?.created_index;
    start = page.length < PAGE || last === undefined ? undefined : last + 1n;
  }
}

export function clnRoad({ server, rune, headers }: ClnCredential, outside: Outside): Road {
  return new Road(outside, server, { ...headers, rune });
}

/** The code of an error; undefined where it went well. @throws NodeError for an error without one */
export function codeOf(road: Road, answer: NodeAnswer): number | undefined {
  if (answer.status < 400) return undefined;
  const code = rpcError.safeParse(answer.data).data;
  if (code === undefined) throw road.failure(answer);
  return code;
}

function incomingOf(one: z.infer<typeof invoice>): LookedUp {
  return {
    state: ({ unpaid: 'open', paid: 'settled', expired: 'expired' } as const)[one.status],
    receivedMsat: one.amount_received_msat ?? 0n,
    feeMsat: 0n,
    preimage: one.payment_preimage ?? null,
    settledAtMs: one.paid_at === undefined ? null : Number(one.paid_at) * 1000,
    paymentHash: one.payment_hash,
    bolt11: one.bolt11 || null,
  };
}

function refusal(road: Road, answer: NodeAnswer): NodeError {
  return new NodeError('refused', `${road.host} refused.${road.words(answer)}`);
}
