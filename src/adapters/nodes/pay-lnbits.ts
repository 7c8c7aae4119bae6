// LNbits as a payer: the admin key of a wallet pays. It knows no fee limit and no amount beside the BOLT11's. What it calls failed may have
// been paid: it says so too where its source of funds did not know. Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import type { PayAnswer } from '../../core/payout/facts.ts';
import { type LnbitsPayment, lnbitsPayment, lnbitsPaymentShape, lnbitsRoad } from './lnbits.ts';
import { NodeError } from './node.ts';
import {
  answerOrDoubt,
  doubtedFailure,
  failedPay,
  type Payer,
  type PayRequest,
  paidBefore,
  settledPay,
  unknownPay,
  waitMs,
} from './payer.ts';
import type { NodeAnswer, Outside } from './request.ts';

const refused = z.object({ detail: z.string(), status: z.string().nullish() });
/** Only to the admin key it shows the id. */
const ownWallet = z.object({ name: z.string(), id: z.string().optional() });

export function lnbitsPayer(credential: Extract<Credential, { kind: 'lnbits' }>, outside: Outside): Payer {
  const road = lnbitsRoad(credential, outside);
  const refusalOf = (request: PayRequest, answer: NodeAnswer): PayAnswer | Promise<PayAnswer> => {
    const { data } = refused.safeParse(answer.data);
    if (!data) throw road.failure(answer);
    const words = road.said(answer);
    // The key is read before anything else: 404 is a key of no wallet.
    if ([401, 403, 404].includes(answer.status)) return failedPay('credential', words);
    if (data.status === 'success') return paidBefore(payer, request);
    return data.status === 'failed' ? doubtedFailure(words) : unknownPay('in_flight', words);
  };
  const payer: Payer = {
    kind: 'lnbits',
    host: road.host,
    ...{ limitsFees: false, paysAmountless: false },
    pay(request) {
      if (request.namesAmount)
        return Promise.resolve(failedPay('unsupported', 'LNbits pays no BOLT11 without an amount.', true));
      const json = { out: true, bolt11: request.bolt11 };
      const question = { json, judges: 'all' as const, timeoutMs: waitMs(request) };
      return answerOrDoubt(async () => {
        const answer = await road.ask('/api/v1/payments', question);
        return answer.status >= 400
          ? refusalOf(request, answer)
          : stateOf(request, road.read(answer, lnbitsPaymentShape));
      });
    },
    async lookupPay(request) {
      const found = await lnbitsPayment(road, request.paymentHash);
      if (found && found.amount >= 0n) throw road.unexpected('it shows a payment to this wallet');
      return found ? stateOf(request, found) : { state: 'never', certain: true };
    },
    nodeId: async () => null,
    async assertMayPay() {
      const { id } = road.read(await road.ask('/api/v1/wallet'), ownWallet);
      if (id === undefined)
        throw new NodeError('forbidden', `This key may not pay at ${road.host}. Use the admin key of the wallet.`);
    },
    close() {},
  };
  return payer;
}

function stateOf(request: PayRequest, { payment_hash, status, preimage, fee }: LnbitsPayment): PayAnswer {
  if (payment_hash !== request.paymentHash) return unknownPay('bad_answer', 'It shows another payment.');
  if (status === 'pending') return unknownPay('in_flight');
  if (status === 'failed') return doubtedFailure('');
  // The wallet's balance goes down by it.
  return settledPay(request, preimage, fee === undefined ? null : fee < 0n ? -fee : fee);
}
