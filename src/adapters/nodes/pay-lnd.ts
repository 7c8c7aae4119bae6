// LND as a payer, over its router: one payment for each hash, with a fee limit. Answers are lines of a stream, of which the final one
// counts. Called by nodes.ts.

import { base64url, hex } from '@scure/base';
import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import type { LookUpAnswer, PayAnswer } from '../../core/payout/facts.ts';
import { lndFailure, lndRoad, messageOf } from './lnd.ts';
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
import { amount, hash } from './values.ts';

const update = z.object({
  result: z.object({
    payment_hash: hash,
    status: z.string(),
    payment_preimage: z.string().optional(),
    fee_msat: amount.optional(),
    failure_reason: z.string().optional(),
  }),
});
const info = z.object({ identity_pubkey: z.string() });

/** What it says before it tries: nothing was sent. */
const CHECKED_FIRST = [
  [/invoice expired/i, 'expired'],
  [/self-payments? not allowed/i, 'unsupported'],
  [/amount must|invalid bech32|invoice not for current active network/i, 'refused'],
] as const;
const REASONS: Record<string, readonly [code: Parameters<typeof failedPay>[0], permanent: boolean]> = {
  FAILURE_REASON_NO_ROUTE: ['no_route', false],
  FAILURE_REASON_TIMEOUT: ['no_route', false],
  FAILURE_REASON_INSUFFICIENT_BALANCE: ['insufficient_balance', false],
  FAILURE_REASON_INCORRECT_PAYMENT_DETAILS: ['rejected', true],
};
const ADVICE =
  'Bake one that pays: lncli bakemacaroon uri:/routerrpc.Router/SendPaymentV2 uri:/routerrpc.Router/TrackPaymentV2 uri:/lnrpc.Lightning/GetInfo';
/** Of gRPC. */
const [NOT_FOUND, ALREADY_EXISTS] = [5, 6];
const OF_MACAROON = ['credential', 'forbidden'];
const UNKNOWN_HASH = '0'.repeat(64);

export function lndPayer(credential: Extract<Credential, { kind: 'lnd' }>, outside: Outside): Payer {
  const road = lndRoad(credential, outside);
  const refusalOf = async (request: PayRequest, answer: NodeAnswer): Promise<PayAnswer> => {
    const message = messageOf(answer);
    const words = road.said(answer);
    if (message === '') throw road.failure(answer);
    if (grpcCode(answer) === ALREADY_EXISTS)
      return /already paid/i.test(message) ? paidBefore(payer, request) : unknownPay('in_flight', words);
    const [, code] = CHECKED_FIRST.find(([known]) => known.test(message)) ?? [];
    if (code) return failedPay(code, words, true);
    const isOfMacaroon = answer.status === 500 && OF_MACAROON.includes(lndFailure(road, answer, ADVICE).fault);
    return isOfMacaroon ? failedPay('credential', words) : unknownPay('bad_answer', words);
  };
  const payer: Payer = {
    kind: 'lnd',
    host: road.host,
    ...{ limitsFees: true, paysAmountless: true },
    pay(request) {
      const { bolt11, amountMsat, namesAmount, maxFeeMsat, timeoutSeconds } = request;
      const json = {
        payment_request: bolt11,
        timeout_seconds: timeoutSeconds,
        // Left out it means no fee at all.
        fee_limit_msat: String(maxFeeMsat),
        ...(namesAmount ? { amt_msat: String(amountMsat) } : {}),
        no_inflight_updates: true,
      };
      const question = { json, judges: 'all' as const, endsAt: isFinal, timeoutMs: waitMs(request) };
      return answerOrDoubt(async () => {
        const answer = await road.ask('/v2/router/send', question);
        return isError(answer) ? refusalOf(request, answer) : paymentOf(road, request, answer);
      });
    },
    async lookupPay(request): Promise<LookUpAnswer> {
      const answer = await track(road, request.paymentHash);
      if (!isError(answer)) return paymentOf(road, request, answer);
      if (grpcCode(answer) === NOT_FOUND) return { state: 'never', certain: true };
      throw lndFailure(road, answer, ADVICE);
    },
    async nodeId() {
      const answer = await road.ask('/v1/getinfo', { judges: [500] });
      if (answer.status < 400) return road.read(answer, info).identity_pubkey;
      const failure = lndFailure(road, answer, ADVICE);
      if (failure.fault === 'forbidden') return null;
      throw failure;
    },
    /** The macaroon is checked before what was asked for: a payment to no payee, and one that was never sent. */
    async assertMayPay() {
      const sent = await road.ask('/v2/router/send', { json: {}, judges: 'all', endsAt: isFinal });
      const failure = lndFailure(road, sent, ADVICE);
      if (!isError(sent)) throw road.unexpected('it accepts a payment of nothing');
      if (messageOf(sent) === '' || OF_MACAROON.includes(failure.fault)) throw failure;
      const tracked = await track(road, UNKNOWN_HASH);
      if (grpcCode(tracked) !== NOT_FOUND) throw lndFailure(road, tracked, ADVICE);
    },
    close() {},
  };
  return payer;
}

function track(road: Road, paymentHash: string): Promise<NodeAnswer> {
  const path = `/v2/router/track/${base64url.encode(hex.decode(paymentHash))}`;
  return road.ask(path, { judges: 'all', endsAt: () => true });
}

function paymentOf(road: Road, request: PayRequest, answer: NodeAnswer): PayAnswer {
  const {
    payment_hash,
    status,
    payment_preimage,
    fee_msat = null,
    failure_reason = '',
  } = road.read(answer, update).result;
  if (payment_hash !== request.paymentHash) return unknownPay('bad_answer', 'It shows another payment.');
  if (status === 'SUCCEEDED') return settledPay(request, payment_preimage, fee_msat);
  if (status !== 'FAILED') return unknownPay('in_flight');
  const [code, permanent] = REASONS[failure_reason] ?? ['failed', false];
  return failedPay(code, failure_reason.slice(0, 60), permanent);
}

/** A line that is no update of a payment under way. */
function isFinal(line: string): boolean {
  return !/"status"\s*:\s*"(?:IN_FLIGHT|INITIATED)"/.test(line);
}

const isError = ({ status, data }: NodeAnswer) => status >= 400 || 'error' in Object(data);
const grpcCode = ({ data }: NodeAnswer): unknown => Object(data).code ?? Object(Object(data).error).code;
