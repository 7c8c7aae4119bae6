// phoenixd as a payer: the full password pays. It knows no fee limit, waits until the payment is over, and answers 200 where it failed.
// Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import type { PayAnswer } from '../../core/payout/facts.ts';
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
import { isNotFound, phoenixdRoad } from './phoenixd.ts';
import type { NodeAnswer, Outside } from './request.ts';
import { amount, hash } from './values.ts';

const sent = z.object({ paymentHash: hash, paymentPreimage: hash, routingFeeSat: amount });
const notSent = z.object({ reason: z.string() });
const outgoing = z.object({
  paymentHash: hash,
  isPaid: z.boolean(),
  preimage: hash.optional(),
  /** Millisatoshis. */
  fees: amount.optional(),
  completedAt: z.number().optional(),
});
const info = z.object({ nodeId: z.string() });

/** It is or may be under way. "channel creation is in progress" is not that. */
const UNDER_WAY = /another payment is in progress|wallet restarted/i;
/** What its other reasons are; each of them is final (lightning-kmp, OutgoingPaymentFailure). */
const REASONS = [
  [/not enough funds/i, 'insufficient_balance', false],
  [/expired/i, 'expired', true],
  [/features? not supported/i, 'unsupported', true],
  [/offline|liquidity|no route/i, 'no_route', false],
] as const;

export function phoenixdPayer(credential: Extract<Credential, { kind: 'phoenixd' }>, outside: Outside): Payer {
  const road = phoenixdRoad(credential, outside);
  const answerOf = async (request: PayRequest, answer: NodeAnswer): Promise<PayAnswer> => {
    if (isOfParameters(answer)) return failedPay('refused', road.said(answer), true);
    if (isOfPassword(answer)) return failedPay('credential', road.said(answer));
    if (answer.status >= 400) throw road.failure(answer);
    const { data } = notSent.safeParse(answer.data);
    const words = road.said(answer);
    if (data && /already been paid/i.test(data.reason)) return paidBefore(payer, request);
    if (data && UNDER_WAY.test(data.reason)) return unknownPay('in_flight', words);
    if (data) {
      const [, code = 'failed', permanent = false] = REASONS.find(([known]) => known.test(data.reason)) ?? [];
      return failedPay(code, words, permanent);
    }
    const { paymentPreimage, routingFeeSat } = road.read(answer, sent);
    return settledPay(request, paymentPreimage, routingFeeSat * 1000n);
  };
  const payer: Payer = {
    kind: 'phoenixd',
    host: road.host,
    ...{ limitsFees: false, paysAmountless: true },
    pay(request) {
      const { bolt11, amountMsat, namesAmount } = request;
      if (namesAmount && amountMsat % 1000n > 0n)
        return Promise.resolve(failedPay('unsupported', 'phoenixd pays whole satoshis.', true));
      const form = { invoice: bolt11, ...(namesAmount ? { amountSat: String(amountMsat / 1000n) } : {}) };
      const question = { form, judges: 'all' as const, timeoutMs: waitMs(request) };
      return answerOrDoubt(async () => answerOf(request, await road.ask('/payinvoice', question)));
    },
    /** Of several attempts it shows one that succeeded, else one that is under way, else one that failed. */
    async lookupPay(request) {
      const answer = await road.ask(`/payments/outgoingbyhash/${request.paymentHash}`, { judges: [404] });
      if (isNotFound(road, answer)) return { state: 'never', certain: true };
      const { paymentHash, isPaid, preimage, fees = null, completedAt } = road.read(answer, outgoing);
      if (paymentHash !== request.paymentHash) throw road.unexpected('it shows another payment');
      if (isPaid) return settledPay(request, preimage, fees);
      return completedAt === undefined ? unknownPay('in_flight') : failedPay('failed', '');
    },
    nodeId: async () => road.read(await road.ask('/getinfo'), info).nodeId,
    /** A payment of no BOLT11: the password is checked first. */
    async assertMayPay() {
      const answer = await road.ask('/payinvoice', { form: {}, judges: [400, 401] });
      if (isOfParameters(answer)) return;
      if (isOfPassword(answer))
        throw new NodeError(
          'forbidden',
          `This password may not pay at ${road.host}. Use "http-password" of phoenix.conf.`,
        );
      throw answer.status < 400 ? road.unexpected('it accepts a payment of nothing') : road.failure(answer);
    },
    close() {},
  };
  return payer;
}

const isOfPassword = ({ status, text }: NodeAnswer) => status === 401 && /^invalid authentication/i.test(text.trim());
/** "Request parameter invoice is missing", "… couldn't be parsed/converted to bolt11invoice". */
const isOfParameters = ({ status, text }: NodeAnswer) => status === 400 && /^request parameter /i.test(text.trim());
