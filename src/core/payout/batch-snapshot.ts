// A payout batch as the native API shows it: who gets what, the fee, the change, and what is to be done next. A closed list. Called by the
// native API.

import { isOverdue, type PayoutBatch } from './batch.ts';

/** @param destinations of its payouts, by id */
export function batchSnapshot(batch: PayoutBatch, destinations: ReadonlyMap<string, string>, nowMs: number) {
  const { plan, signers, signatures } = batch;
  const counts = plan.inputs.map((_, at) => (signatures?.[at] ?? []).filter((signature) => signature !== null).length);
  const change = plan.outputs.filter(({ payoutId }) => payoutId === null);
  const paid = plan.outputs.flatMap(({ payoutId, valueSats }) => (payoutId === null ? [] : { payoutId, valueSats }));
  return {
    id: batch.id,
    root_id: batch.rootId,
    kind: batch.id === batch.rootId ? 'payouts' : paid.length > 0 ? 'fee_bump' : 'cancellation',
    state: batch.state,
    wallet_id: batch.walletId,
    txid: batch.txid,
    payouts: paid.map(({ payoutId, valueSats }) => ({
      id: payoutId,
      destination: destinations.get(payoutId) ?? null,
      amount_sats: String(valueSats),
    })),
    total_sats: String(sumOf(paid)),
    change_sats: String(sumOf(change)),
    fee_sats: String(plan.feeSats),
    fee_rate: Math.round((Number(plan.feeSats) * 100) / plan.vsize) / 100,
    vsize: plan.vsize,
    inputs: plan.inputs.length,
    signed_inputs: counts.filter((count) => count >= signers.required).length,
    signatures: {
      required: signers.required,
      present: Math.min(signers.required, ...counts),
      signers: signers.fingerprints.map((fingerprint, key) => ({
        fingerprint,
        signed: signatures?.every((ofInput) => typeof ofInput[key] === 'string') ?? false,
      })),
    },
    reserved_until: iso(batch.reservedUntilMs),
    overdue: isOverdue(batch, nowMs),
    refusal: batch.refusal,
    conflict_txid: batch.conflictTxid,
    block_height: batch.blockHeight,
    created_at: iso(batch.createdAtMs),
    created_by: batch.createdBy,
    downloaded_at: isoOrNull(batch.downloadedAtMs),
    uploaded_at: isoOrNull(batch.uploadedAtMs),
    broadcast_at: isoOrNull(batch.broadcastAtMs),
  };
}

function sumOf(outputs: readonly { valueSats: bigint }[]): bigint {
  return outputs.reduce((sum, { valueSats }) => sum + valueSats, 0n);
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
