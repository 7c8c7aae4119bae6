// Brings what a look-up at a Lightning node found to an invoice: it was paid, or its time is over. Called by jobs/poll for each look-up;
// the same again, or two concurrently, change nothing more.

import { type StoredBolt11, settleBolt11 } from '../../adapters/db/bolt11-invoices.ts';
import type { Incoming } from '../../adapters/nodes/node.ts';
import { lightningPayment } from '../../core/lightning/payment.ts';
import { isPreimageOf } from '../../core/lightning/preimage.ts';
import { isOpen, MIN_LIGHTNING_SATS, withLightning } from '../../core/lightning/prompt.ts';
import { MAX_SATS } from '../../core/money/sats.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { advance } from './advance.ts';
import { makeDrafted } from './requests.ts';

/**
 * Credits what a BOLT11 was paid with: once, however often it is found.
 * @param found settled
 * @returns false where the node shows a preimage that is not of this BOLT11, or a sum that none can have: nothing is believed of it then
 */
export async function settle(deps: Deps, bolt11: StoredBolt11, found: Incoming): Promise<boolean> {
  const { paymentHash, invoiceId, createdAtMs, amountSats } = bolt11;
  if (found.preimage !== null && !isPreimageOf(found.preimage, paymentHash)) return false;
  const nowMs = deps.now();
  // The node's clock is not ours.
  const settledAtMs = Math.min(nowMs, Math.max(createdAtMs, found.settledAtMs ?? nowMs));
  // What the node kept for liquidity the buyer has paid. Some nodes say that it is settled and no sum: less does not settle it.
  const paidMsat = found.receivedMsat + found.feeMsat;
  const paidSats = paidMsat === 0n ? BigInt(amountSats) : paidMsat / 1000n;
  if (paidSats < MIN_LIGHTNING_SATS || paidSats > MAX_SATS) return false;
  const row = settleBolt11(deps.db, bolt11, {
    settledAtMs,
    receivedMsat: Number(found.receivedMsat),
    preimage: found.preimage,
  });
  if (bolt11.draft !== null) await makeDrafted(deps, bolt11.draft);
  const credited =
    invoiceId !== null &&
    (await advance(deps, invoiceId, ({ payments }) => {
      if (payments.some(({ id }) => id === paymentHash)) return null;
      return { payments: [...payments, lightningPayment(bolt11, paidSats, settledAtMs)], rows: [row] };
    }));
  if (!credited || credited.type === null) await row;
  return true;
}

/**
 * The time of an invoice is over, and all that its BOLT11s can tell is known up to `atMs`. It expires, once the chain was looked at as
 * well where it can be paid there.
 */
export async function lapse(deps: Deps, invoiceId: string, atMs: number): Promise<void> {
  let isOnchain = false;
  await advance(deps, invoiceId, ({ invoice: { prompts, status } }) => {
    if (!isOpen(status)) return null;
    isOnchain = onchainPromptOf({ prompts }) !== undefined;
    return { looks: withLightning(prompts, { lookedAtMs: atMs }), ...(isOnchain ? {} : { lookedAtMs: atMs }) };
  });
  if (isOnchain) await deps.watcher.look(invoiceId);
}
