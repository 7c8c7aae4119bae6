// A wallet over Nostr Wallet Connect as a payer, within the budget of the connection. It knows no fee limit. Wallets call payments failed
// that were paid later, and some list none that went out: neither proves anything. Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import type { LookUpAnswer, PayAnswer } from '../../core/payout/facts.ts';
import { NodeError } from './node.ts';
import { NwcWallet, WalletRefusal } from './nostr/wallet.ts';
import {
  answerOrDoubt,
  doubtedFailure,
  failedPay,
  type Payer,
  type PayRequest,
  settledPay,
  unknownPay,
  waitMs,
} from './payer.ts';
import type { Outside } from './request.ts';
import { amount, hash, jsonNumber } from './values.ts';

const paid = z.object({ preimage: z.string().nullish(), fees_paid: amount.nullish() });
const transaction = paid.extend({
  payment_hash: hash,
  type: z.string().nullish(),
  state: z.string().nullish(),
  settled_at: amount.nullish(),
});
const info = z.object({ pubkey: z.string().nullish(), methods: z.array(z.string()) });

/** What NIP-47 refuses before it tries. */
const FAILURES: Record<string, readonly [code: Parameters<typeof failedPay>[0], permanent: boolean]> = {
  QUOTA_EXCEEDED: ['budget', false],
  INSUFFICIENT_BALANCE: ['insufficient_balance', false],
  RATE_LIMITED: ['refused', false],
  RESTRICTED: ['credential', false],
  UNAUTHORIZED: ['credential', false],
  NOT_IMPLEMENTED: ['unsupported', true],
  UNSUPPORTED_ENCRYPTION: ['unsupported', true],
};

export function nwcPayer({ uri }: Extract<Credential, { kind: 'nwc' }>, outside: Outside): Payer {
  const wallet = new NwcWallet(uri, outside);
  const infoOf = async () => {
    const answer = await wallet.ask('get_info', {}, info);
    return answer === 'NOT_FOUND' ? null : answer;
  };
  const lookupPay = async (request: PayRequest): Promise<LookUpAnswer> => {
    const found = await wallet.ask('lookup_invoice', { payment_hash: request.paymentHash }, transaction);
    if (found === 'NOT_FOUND') return { state: 'never', certain: false };
    if (found.type === 'incoming' || found.payment_hash !== request.paymentHash)
      throw new NodeError('bad_answer', 'The wallet shows another payment.');
    if (found.state ? found.state === 'settled' : (found.settled_at ?? 0n) > 0n)
      return settledPay(request, found.preimage, found.fees_paid ?? null);
    return found.state === 'failed' || found.state === 'expired' ? doubtedFailure('') : unknownPay('in_flight');
  };
  const refusalOf = async (request: PayRequest, error: unknown): Promise<PayAnswer> => {
    if (!(error instanceof WalletRefusal)) throw error;
    const [code, permanent] = FAILURES[error.code] ?? [];
    if (code) return failedPay(code, error.words, permanent);
    // NIP-47 has no code for what was paid before.
    const found = await lookupPay(request).catch(() => null);
    if (found?.state === 'settled') return found;
    return error.code === 'PAYMENT_FAILED' ? doubtedFailure(error.words) : unknownPay('no_answer', error.words);
  };
  return {
    kind: 'nwc',
    host: wallet.host,
    ...{ limitsFees: false, paysAmountless: true },
    pay: (request) =>
      answerOrDoubt(async () => {
        const { bolt11, amountMsat, namesAmount } = request;
        const params = { invoice: bolt11, ...(namesAmount ? { amount: jsonNumber(amountMsat) } : {}) };
        try {
          const result = await wallet.ask('pay_invoice', params, paid, waitMs(request));
          if (result === 'NOT_FOUND') return unknownPay('bad_answer');
          return settledPay(request, result.preimage, result.fees_paid ?? null);
        } catch (error) {
          return refusalOf(request, error);
        }
      }),
    lookupPay,
    nodeId: async () => (await infoOf())?.pubkey ?? null,
    async assertMayPay() {
      const methods = (await infoOf())?.methods ?? [];
      const lacking = ['pay_invoice', 'lookup_invoice'].find((method) => !methods.includes(method));
      if (lacking)
        throw new NodeError(
          'forbidden',
          `This connection of the wallet lacks the right to ${lacking}. Create one that may pay and look up payments, with a budget.`,
        );
    },
    close: () => wallet.close(),
  };
}
