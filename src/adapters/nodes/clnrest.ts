// Core Lightning over CLNRest (docs.corelightning.org): each command is a POST, each success a 201. A rune that is restricted to
// `invoice` and `listinvoices` is enough. Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { MISSING, oneByOne } from './lists.ts';
import { type Incoming, type Node, NodeError } from './node.ts';
import { type Outside, Road } from './request.ts';
import { amount, cutToBytes, hash, jsonNumber } from './values.ts';

const LABEL_IS_USED = 900;

const created = z.object({ bolt11: z.string(), payment_hash: hash });
const invoice = created.extend({
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

export function clnrest(credential: Extract<Credential, { kind: 'clnrest' }>, outside: Outside): Node {
  const { server, rune, headers } = credential;
  const road = new Road(outside, server, { ...headers, rune });
  /** The answer, or the code of its error. */
  const call = async (command: string, json: object) => {
    const answer = await road.ask(`/v1/${command}`, { json, judges: [400, 500] });
    const code = answer.status >= 400 ? rpcError.safeParse(answer.data).data : undefined;
    if (code === undefined && answer.status >= 400) throw road.failure(answer);
    return { answer, code };
  };
  const listed = async (json: object) => {
    const { answer, code } = await call('listinvoices', json);
    if (code !== undefined) throw refusal(road, answer);
    return road.read(answer, list).invoices[0];
  };
  const lookup = async ({ paymentHash }: { paymentHash: string }) => {
    const one = await listed({ payment_hash: paymentHash });
    return one ? incomingOf(one) : MISSING;
  };
  return {
    kind: 'clnrest',
    host: road.host,
    // Its list begins with the oldest: on an old node it would be thousands.
    ...{ cancels: false, hooks: false, lists: false, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds, label, privateHints }) {
      const text = typeof description === 'string' ? cutToBytes(description) : description.text;
      const json = {
        amount_msat: jsonNumber(amountMsat),
        label,
        description: text,
        expiry: expirySeconds,
        // It takes no hash: it makes it of the text.
        ...(typeof description === 'string' ? {} : { deschashonly: true }),
        // Without it the node decides.
        ...(privateHints ? { exposeprivatechannels: true } : {}),
      };
      const { answer, code } = await call('invoice', json);
      if (code !== undefined && code !== LABEL_IS_USED) throw refusal(road, answer);
      const made = code === undefined ? road.read(answer, created) : await listed({ label });
      if (!made) throw road.unexpected('it does not list an invoice whose label it knows');
      const sent = typeof description === 'string' ? text : { hash: description.hash };
      return { bolt11: made.bolt11, paymentHash: made.payment_hash, verifyUrl: null, description: sent };
    },
    lookup,
    lookupMany: (minted) => oneByOne(minted, lookup),
    cancel: async () => {},
    close() {},
  };
}

function incomingOf(one: z.infer<typeof invoice>): Incoming {
  return {
    state: ({ unpaid: 'open', paid: 'settled', expired: 'expired' } as const)[one.status],
    receivedMsat: one.amount_received_msat ?? 0n,
    feeMsat: 0n,
    preimage: one.payment_preimage ?? null,
    settledAtMs: one.paid_at === undefined ? null : Number(one.paid_at) * 1000,
  };
}

function refusal(road: Road, answer: Parameters<Road['words']>[0]): NodeError {
  return new NodeError('refused', `${road.host} refused.${road.words(answer)}`);
}
