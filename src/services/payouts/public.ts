// What the person who is paid may see: the pull payment, and a claim of it that they know the id of. A closed list: no metadata, no
// other claim. Called by the pages of claims.

import { payoutOf } from '../../adapters/db/payouts.ts';
import { allRates } from '../../adapters/db/rates.ts';
import { storeById } from '../../adapters/db/stores.ts';
import { amountOf, unitsOf } from '../../core/money/amounts.ts';
import { linkProblem } from '../../core/payout/claim.ts';
import { withdrawLinks } from '../../core/payout/links.ts';
import type { Payout, PayoutMethod, PayoutState, PullPayment } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { fixedAt, freshRate } from './draft.ts';
import { readPayouts } from './payouts.ts';
import { readAnyPullPayment } from './pull-payments.ts';

export interface PublicPullPayment {
  id: string;
  isTest: boolean;
  isRefund: boolean;
  name: string;
  description: string;
  /** Decimal texts in `currency`: `BTC`, or a fiat currency. */
  amount: string;
  leftAmount: string;
  currency: string;
  /** What is left in bitcoin; null where no rate is known. */
  leftSats: bigint | null;
  /** False where the sats are fixed by the rate of an approval. */
  isRateFixed: boolean;
  isSingleUse: boolean;
  methods: PayoutMethod[];
  startsAtMs: number | null;
  expiresAtMs: number | null;
  problem: ReturnType<typeof linkProblem>;
  redirectUrl: string | null;
  redirectAutomatically: boolean;
  /** What a Lightning wallet scans to claim all of it (LUD-03); null where it cannot. */
  lnurl: string | null;
  store: { name: string; color: string | null; logoUrl: string | null; supportUrl: string | null };
  /** null where there is none, or it is not known which. */
  claim: PublicClaim | null;
}

interface PublicClaim {
  id: string;
  state: PayoutState;
  amount: string;
  amountSats: bigint | null;
  /** null where the asker does not know the claim by its id: they may be another person. */
  destination: string | null;
  method: PayoutMethod | null;
  txid: string | null;
  confirmations: number | null;
  paymentHash: string | null;
  preimage: string | null;
  reason: string | null;
}

/**
 * @param payoutId of a claim that the asker knows; null for none: of one for a single use its state is shown, for there is one alone
 * @throws ApiError not_found
 */
export async function readClaimPage(deps: Deps, id: string, payoutId: string | null): Promise<PublicPullPayment> {
  const pullPayment = await readAnyPullPayment(deps, id);
  const { storeId, currency, isSingleUse, ...shown } = pullPayment;
  const [store, claim, rates] = await Promise.all([
    storeById(deps.db, storeId),
    claimOf(deps, pullPayment, payoutId),
    currency === 'BTC' || pullPayment.fixedRate !== null ? {} : allRates(deps.db),
  ]);
  if (!store) throw new ApiError('not_found');
  const left = unitsOf(shown.amount, currency) - unitsOf(shown.claimedAmount, currency);
  const leftAmount = amountOf(left, currency);
  const rate = pullPayment.fixedRate ?? freshRate(rates, currency, deps.now());
  const { name, color, logoUrl, supportUrl } = store;
  return {
    ...{ id, isTest: shown.environment === 'test', isRefund: shown.origin === 'refund', name: shown.name },
    ...{ description: shown.description, amount: shown.amount, leftAmount, currency, isSingleUse },
    leftSats:
      currency === 'BTC' ? left : rate === null ? null : fixedAt({ amount: leftAmount, currency }, rate).amountSats,
    isRateFixed: currency === 'BTC' || pullPayment.fixedRate !== null,
    ...{ methods: shown.methods, startsAtMs: shown.startsAtMs, expiresAtMs: shown.expiresAtMs },
    problem: linkProblem(pullPayment, deps.now()),
    ...{ redirectUrl: shown.redirectUrl, redirectAutomatically: shown.redirectAutomatically },
    lnurl: mayScan(pullPayment, claim, deps.now()) ? withdrawLinks(deps.config.ORIGIN, { id }).lnurl : null,
    store: { name, color, logoUrl, supportUrl },
    claim: claim && publicClaim(claim, payoutId !== null),
  };
}

/** As withdrawRequest of lnurl-withdraw.ts answers. */
function mayScan({ isSingleUse, methods, ...link }: PullPayment, payout: Payout | null, nowMs: number): boolean {
  const isOpen = payout?.state === 'awaiting_claim' && payout.amountSats !== null && linkProblem(link, nowMs) === null;
  return isOpen && isSingleUse && methods.includes('lightning');
}

/** @throws ApiError not_found for a claim of another pull payment */
async function claimOf(deps: Deps, { storeId, id, isSingleUse }: PullPayment, payoutId: string | null) {
  if (payoutId !== null) {
    const payout = await payoutOf(deps.db, storeId, payoutId);
    if (payout?.pullPaymentId !== id || payout.destination === null) throw new ApiError('not_found');
    return payout;
  }
  if (!isSingleUse) return null;
  const { payouts } = await readPayouts(deps, { storeId, pullPaymentId: id, limit: 1 });
  return payouts[0] ?? null;
}

/** @param isKnown the asker knows its id */
function publicClaim(payout: Payout, isKnown: boolean): PublicClaim {
  const { id, state, amount, amountSats, method, reason } = payout;
  const seen = isKnown
    ? {
        ...{ destination: payout.destination, txid: payout.txid, paymentHash: payout.paymentHash },
        preimage: state === 'settled' ? payout.preimage : null,
      }
    : { destination: null, txid: null, paymentHash: null, preimage: null };
  return { id, state, amount, amountSats, method, reason, confirmations: payout.announcedConfirmations, ...seen };
}
