// What Greenfield's clients send and get of money out: amounts, ways to be paid, pull payments and payouts in BTCPay Server's shape,
// and refusals in its words. Called by pull-payments.ts, payouts.ts, refunds.ts and ElenPAY.

import * as z from 'zod';
import { methodId, methodNamed } from '../../../core/dialects/greenfield/method-ids.ts';
import { greenfieldPayoutState } from '../../../core/dialects/greenfield/payouts.ts';
import { amountOf } from '../../../core/money/amounts.ts';
import { formatDecimal } from '../../../core/money/fiat.ts';
import { claimLink } from '../../../core/payout/links.ts';
import type { Payout, PayoutMethod, PullPayment } from '../../../core/payout/payout.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError, blamed, type ErrorCode } from '../../../errors.ts';
import { amountIn } from '../../../services/payouts/destinations.ts';
import { priceOf } from '../price.ts';
import { numeric } from './body.ts';
import { GreenfieldError, invalid, missing } from './errors.ts';
import { wrongMoney } from './order.ts';

const DAY_SECONDS = 24 * 3600;
const MAX_DAYS = 366;
/** As BTCPay Server has it where claims wait for an approval; one that is paid when it comes may end as soon as it was paid. */
const USUAL_DAYS = 30;
const AUTO_PAID_SECONDS = 600;

const method = z.string('has to be a text').transform((text, ctx): PayoutMethod => {
  const name = methodNamed(text);
  if (name === 'onchain' || name === 'lightning') return name;
  ctx.addIssue({ code: 'custom', message: 'Invalid payout method' });
  return z.NEVER;
});

/** As 2.x names it, and as 1.x did. */
export const oneMethod = { payoutMethodId: method.optional(), paymentMethod: method.optional() };
const methods = z.array(method, 'has to be a list').min(1, 'names no payout method');
export const manyMethods = { payoutMethods: methods.optional(), paymentMethods: methods.optional() };
export const anyAmount = z.union([z.number(), z.string()], 'has to be a decimal number');
export const days = numeric(0, MAX_DAYS);

const ALL: PayoutMethod[] = ['onchain', 'lightning'];

/** Each once; all of them where none is named. */
export function methodsOf(named: readonly PayoutMethod[] | undefined): PayoutMethod[] {
  return named ? [...new Set(named)] : ALL;
}

/** @param days that a client asks for */
export function bolt11Seconds(days: number | undefined, isAutoApproved: boolean): number {
  if (days !== undefined) return Math.floor(days * DAY_SECONDS);
  return isAutoApproved ? AUTO_PAID_SECONDS : USUAL_DAYS * DAY_SECONDS;
}

/**
 * More than zero, in bitcoin or fiat: sats are an amount of bitcoin.
 * @param at the fields' names in this dialect
 * @throws GreenfieldError 422
 */
export function moneyOf(amount: number | string, code: string, at = { amount: 'Amount', currency: 'Currency' }) {
  const price = priceIn(amount, code.trim().toUpperCase(), at);
  const units = 'sats' in price ? price.sats : 'fiat' in price ? price.fiat.units : 0n;
  if (units === 0n) throw invalid({ path: at.amount, message: 'has to be more than zero' });
  const currency = 'fiat' in price ? price.currency : 'BTC';
  return { amount: 'fiat' in price ? amountIn(currency, formatDecimal(price.fiat)) : amountOf(units, 'BTC'), currency };
}

function priceIn(amount: number | string, code: string, at: { amount: string; currency: string }) {
  try {
    return priceOf(amount, code);
  } catch (error) {
    if (!(error instanceof ApiError) || !wrongMoney(error)) throw error;
    const { words } = blamed(error.message);
    throw invalid({ path: error.code === 'invalid_amount' ? at.amount : at.currency, message: words });
  }
}

export function pullPaymentData({ config }: Pick<Deps, 'config'>, pullPayment: PullPayment) {
  const { id, name, description, currency, amount, minBolt11Seconds, autoApprove } = pullPayment;
  return {
    ...{ id, name, description, currency, amount, autoApproveClaims: autoApprove },
    BOLT11Expiration: Math.floor(minBolt11Seconds / DAY_SECONDS),
    archived: pullPayment.archivedAtMs !== null,
    viewLink: claimLink(config.ORIGIN, pullPayment),
    startsAt: seconds(pullPayment.startsAtMs ?? pullPayment.createdAtMs),
    expiresAt: pullPayment.expiresAtMs === null ? null : seconds(pullPayment.expiresAtMs),
    // Of version 1.x.
    period: null,
  };
}

/**
 * With the names of 2.x and of 1.x.
 * @param isWhole what only the store and the person who is paid may see is in it
 * @throws GreenfieldError 404 for one that has no destination: BTCPay Server knows no such payout
 */
export function payoutData(payout: Payout, isWhole: boolean) {
  const state = greenfieldPayoutState(payout);
  if (state === null) throw missing('payout');
  const { id, revision, pullPaymentId, amount, currency, amountSats, destination } = payout;
  const payoutAmount = amountSats === null ? null : amountOf(amountSats, 'BTC');
  const payoutMethodId = methodId(payout.method ?? '');
  return {
    ...{ id, revision, pullPaymentId, date: seconds(payout.createdAtMs) },
    destination: isWhole ? destination : '',
    ...{ originalCurrency: currency, originalAmount: amount, payoutCurrency: 'BTC', payoutAmount, payoutMethodId },
    ...{ amount, paymentMethodAmount: payoutAmount, paymentMethod: payoutMethodId, cryptoCode: 'BTC' },
    state,
    paymentProof: isWhole ? proofOf(payout) : null,
    metadata: isWhole ? payout.metadata : {},
  };
}

/** null for what BTCPay Server does not call a payout. */
export const stateName = greenfieldPayoutState;

function proofOf({ method, state, txid, paymentHash, preimage }: Payout) {
  if (method === 'onchain')
    return txid && { proofType: 'PayoutTransactionOnChainBlob', link: null, id: txid, transactionId: txid };
  return state === 'settled' && paymentHash
    ? { proofType: 'PayoutLightningBlob', link: null, id: paymentHash, paymentHash, preimage }
    : null;
}

/** For `catch`: the spine's refusals under BTCPay Server's codes, 400. */
export const refusing = (codes: Partial<Record<ErrorCode, string>>) => (error: unknown) => {
  const code = error instanceof ApiError ? codes[error.code] : undefined;
  if (code === undefined) throw error;
  throw new GreenfieldError(400, { code, message: blamed((error as ApiError).message).words });
};

/**
 * For `catch`: what the spine says of a field, at the field's name in this dialect.
 * @param names by the spine's
 */
export const namingFields = (names: Record<string, string>) => (error: unknown) => {
  if (!(error instanceof ApiError)) throw error;
  const { field, words } = blamed(error.message);
  const path = field === null ? undefined : names[field];
  if (path === undefined) throw error;
  if (error.status === 400) throw invalid({ path, message: words });
  throw new GreenfieldError(error.status, { code: error.code.replaceAll('_', '-'), message: `${path}: ${words}` });
};

const seconds = (ms: number): number => Math.floor(ms / 1000);
