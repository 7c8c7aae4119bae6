// Core Lightning as a payer: `xpay`, or `pay` on a node from before it, with a fee limit. `listpays` is the truth. Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import type { LookUpAnswer, PayAnswer } from '../../core/payout/facts.ts';
import { clnRoad, codeOf } from './clnrest.ts';
import { NodeError } from './node.ts';
import {
  answerOrDoubt,
  failedPay,
  type Payer,
  type PayRequest,
  paidBefore,
  settledPay,
  unknownPay,
  waitMs,
} from './payer.ts';
import type { NodeAnswer, Outside, Road } from './request.ts';
import { amount, hash, jsonNumber } from './values.ts';

const INVALID_PARAMETERS = -32_602;
const UNKNOWN_COMMAND = -32_601;
/** The rune is wrong, or restricted (docs.corelightning.org, checkrune). */
const RUNE_REFUSED = [1501, 1502];
/** 219 of xpay; 201 of pay. */
const PAID_BEFORE = [201, 219];
const FAILURES: Record<number, readonly [code: Parameters<typeof failedPay>[0], permanent: boolean]> = {
  203: ['rejected', true],
  205: ['no_route', false],
  207: ['expired', true],
  [INVALID_PARAMETERS]: ['refused', true],
};

const paid = z.object({
  payment_preimage: hash,
  /** Of `pay` alone. */
  status: z.string().optional(),
  amount_msat: amount,
  amount_sent_msat: amount,
});
const pays = z.object({
  pays: z.array(
    z.object({
      payment_hash: hash,
      status: z.enum(['pending', 'complete', 'failed']),
      preimage: hash.optional(),
      amount_msat: amount.optional(),
      amount_sent_msat: amount.optional(),
    }),
  ),
});
const info = z.object({ id: z.string() });

export function clnrestPayer(credential: Extract<Credential, { kind: 'clnrest' }>, outside: Outside): Payer {
  const road = clnRoad(credential, outside);
  const answerOf = (request: PayRequest, answer: NodeAnswer): PayAnswer | Promise<PayAnswer> => {
    const code = codeOf(road, answer);
    const words = road.said(answer);
    if (code === undefined) {
      const { payment_preimage, status = 'complete', amount_msat, amount_sent_msat } = road.read(answer, paid);
      if (status !== 'complete') return unknownPay('in_flight', words);
      return settledPay(request, payment_preimage, amount_sent_msat - amount_msat);
    }
    if (PAID_BEFORE.includes(code)) return paidBefore(payer, request);
    if (RUNE_REFUSED.includes(code)) return failedPay('credential', words);
    const [failure, permanent] = FAILURES[code] ?? [];
    return failure ? failedPay(failure, words, permanent) : unknownPay('in_flight', words);
  };
  const payer: Payer = {
    kind: 'clnrest',
    host: road.host,
    ...{ limitsFees: true, paysAmountless: true },
    pay: (request) =>
      answerOrDoubt(async () => {
        const { bolt11, amountMsat, namesAmount, maxFeeMsat, timeoutSeconds } = request;
        const json = {
          maxfee: jsonNumber(maxFeeMsat),
          retry_for: timeoutSeconds,
          ...(namesAmount ? { amount_msat: jsonNumber(amountMsat) } : {}),
        };
        return answerOf(request, await payBy(road, json, bolt11, waitMs(request)));
      }),
    async lookupPay(request): Promise<LookUpAnswer> {
      const answer = await road.ask('/v1/listpays', { json: { payment_hash: request.paymentHash }, judges: 'all' });
      if (codeOf(road, answer) !== undefined) throw refusal(road, answer);
      const found = road.read(answer, pays).pays.filter((one) => one.payment_hash === request.paymentHash);
      // Each attempt is one of them.
      const one = (status: string) => found.find((any) => any.status === status);
      const complete = one('complete');
      if (complete) return settledPay(request, complete.preimage, feeOf(complete));
      if (one('pending')) return unknownPay('in_flight');
      return found.length === 0 ? { state: 'never', certain: true } : failedPay('failed', '');
    },
    async nodeId() {
      const answer = await road.ask('/v1/getinfo', { json: {}, judges: [401] });
      return answer.status === 401 && RUNE_REFUSED.includes(codeOf(road, answer) ?? 0)
        ? null
        : road.read(answer, info).id;
    },
    /** A payment of no BOLT11, and the list of those to an unknown hash: the rune is checked first. */
    async assertMayPay() {
      const answer = await payBy(road, {}, undefined);
      const code = codeOf(road, answer);
      if (code === undefined) throw road.unexpected('it accepts a payment of nothing');
      if (code !== INVALID_PARAMETERS) throw refusal(road, answer);
      await payer.lookupPay({ paymentHash: '0'.repeat(64) } as PayRequest);
    },
    close() {},
  };
  return payer;
}

/** By xpay where the node has it: one that knows no such command has done nothing. */
async function payBy(road: Road, json: object, bolt11: string | undefined, timeoutMs?: number): Promise<NodeAnswer> {
  const question = { judges: 'all' as const, ...(timeoutMs ? { timeoutMs } : {}) };
  const answer = await road.ask('/v1/xpay', { ...question, json: { ...json, invstring: bolt11 } });
  if (codeOf(road, answer) !== UNKNOWN_COMMAND) return answer;
  return road.ask('/v1/pay', { ...question, json: { ...json, bolt11 } });
}

function feeOf({
  amount_msat,
  amount_sent_msat,
}: {
  amount_msat?: bigint | undefined;
  amount_sent_msat?: bigint | undefined;
}) {
  return amount_msat === undefined || amount_sent_msat === undefined ? null : amount_sent_msat - amount_msat;
}

function refusal(road: Road, answer: NodeAnswer): NodeError {
  if (!RUNE_REFUSED.includes(codeOf(road, answer) ?? 0)) return road.failure(answer);
  const advice = `Create one that pays: lightning-cli createrune restrictions='[["method=xpay","method=listpays","method=getinfo"]]'`;
  return new NodeError('forbidden', `The rune lacks the right to pay at ${road.host}. ${advice}${road.words(answer)}`);
}
