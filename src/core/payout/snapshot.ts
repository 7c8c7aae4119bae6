// A payout, a pull payment and a store's limits as the native API and their events show them: closed lists. What opens anything, a
// node's identity or an attempt's own words, is not among it; the preimage is, once it proves the payment. Called by services/payouts
// and the native API.

import type { PayoutLimits } from './limits.ts';
import type { Payout, PullPayment } from './payout.ts';

export function payoutSnapshot(payout: Payout) {
  const { state, approvals, attempts } = payout;
  return {
    id: payout.id,
    pull_payment_id: payout.pullPaymentId,
    invoice_id: payout.invoiceId,
    environment: payout.environment,
    state,
    reason: payout.reason,
    method: payout.method,
    destination: payout.destination,
    amount: payout.amount,
    currency: payout.currency,
    amount_sats: satsOrNull(payout.amountSats),
    rate: payout.rate,
    btc_usd_rate: payout.usdRate,
    payment_hash: payout.paymentHash,
    preimage: state === 'settled' ? payout.preimage : null,
    fee_msat: satsOrNull(payout.feeMsat),
    attempts: attempts.length,
    batch_id: payout.batchId,
    txid: payout.txid,
    vout: payout.vout,
    confirmations: payout.announcedConfirmations,
    revision: payout.revision,
    approvals: approvals.map(({ by, atMs }) => ({ by, at: iso(atMs) })),
    metadata: payout.metadata,
    created_at: iso(payout.createdAtMs),
    created_by: payout.createdBy,
    settled_at: isoOrNull(payout.settledAtMs),
  };
}

export function pullPaymentSnapshot(pullPayment: PullPayment) {
  return {
    id: pullPayment.id,
    origin: pullPayment.origin,
    invoice_id: pullPayment.invoiceId,
    environment: pullPayment.environment,
    name: pullPayment.name,
    description: pullPayment.description,
    amount: pullPayment.amount,
    currency: pullPayment.currency,
    rate: pullPayment.fixedRate,
    single_use: pullPayment.isSingleUse,
    auto_approve: pullPayment.autoApprove,
    payment_methods: pullPayment.methods,
    min_bolt11_seconds: pullPayment.minBolt11Seconds,
    starts_at: isoOrNull(pullPayment.startsAtMs),
    expires_at: isoOrNull(pullPayment.expiresAtMs),
    archived_at: isoOrNull(pullPayment.archivedAtMs),
    redirect_url: pullPayment.redirectUrl,
    redirect_automatically: pullPayment.redirectAutomatically,
    metadata: pullPayment.metadata,
    created_at: iso(pullPayment.createdAtMs),
    created_by: pullPayment.createdBy,
  };
}

export function limitsSnapshot(limits: PayoutLimits) {
  return {
    paused: limits.isPaused,
    per_payout_sats: satsOrNull(limits.perPayoutSats),
    per_day_sats: satsOrNull(limits.perDaySats),
    max_fee_ppm: limits.maxFeePpm,
    min_fee_sats: String(limits.minFeeSats),
    approval_above_sats: satsOrNull(limits.approvalAboveSats),
    second_approval_above_sats: satsOrNull(limits.secondApprovalAboveSats),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
const satsOrNull = (sats: bigint | null): string | null => (sats === null ? null : String(sats));
