// What ElenPAY tells of a withdrawal: over Lightning how it ends, on the chain every confirmation as well. Pure. Called by dialect.ts for
// each step.

import type { Payout, PayoutStep } from '../../payout/payout.ts';
import type { DialectEvent } from '../dialect.ts';
import { amountsOf } from './events.ts';

/** "You will receive a webhook for every confirmation from confirmation 0 until the 6th" (ElenPAY guide, "On-chain (L1) Withdrawals"). */
const SETTLED_CONFIRMATIONS = 6;

/** The events of one step, in order. Blocks may come together: each confirmation is announced all the same, and once. */
export function elenpayPayoutEvents({ before, after, atMs }: PayoutStep): DialectEvent[] {
  const isNow = (state: Payout['state']) => after.state === state && before?.state !== state;
  if (isNow('cancelled')) return [ending(after, 'PullPaymentCancelled', atMs)];
  if (after.method !== 'onchain') return isNow('settled') ? [ending(after, 'PullPaymentSettled', atMs)] : [];
  const known = before?.announcedConfirmations ?? -1;
  const reached = after.announcedConfirmations ?? -1;
  const events: DialectEvent[] = [];
  for (let count = known + 1; count <= Math.min(reached, SETTLED_CONFIRMATIONS - 1); count++)
    events.push(onchain(after, 'OnchainWithdrawalProcessing', count, atMs));
  const isByHand = isNow('settled') && reached < SETTLED_CONFIRMATIONS;
  if (isByHand || (reached >= SETTLED_CONFIRMATIONS && known < SETTLED_CONFIRMATIONS))
    events.push(onchain(after, 'OnchainWithdrawalSettled', Math.max(reached, 0), atMs));
  return events;
}

function ending(payout: Payout, type: 'PullPaymentSettled' | 'PullPaymentCancelled', atMs: number): DialectEvent {
  const body = {
    ...amounts(payout),
    type,
    timestamp: Math.floor(atMs / 1000),
    storeId: payout.storeId,
    pullPaymentId: withdrawalId(payout),
    invoiceId: payout.invoiceId,
    reason: type === 'PullPaymentCancelled' ? payout.reason : null,
    metadata: payout.metadata,
  };
  return { type, body: JSON.stringify(body) };
}

function onchain(
  payout: Payout,
  type: 'OnchainWithdrawalProcessing' | 'OnchainWithdrawalSettled',
  confirmations: number,
  atMs: number,
): DialectEvent {
  const body = {
    type,
    timestamp: Math.floor(atMs / 1000),
    pspReferenceId: withdrawalId(payout),
    storeId: payout.storeId,
    ...amounts(payout),
    metadata: payout.metadata,
    tx: {
      hash: payout.txid,
      address: payout.destination,
      sats: Number(payout.amountSats ?? 0n),
      confirmations,
    },
  };
  return { type, body: JSON.stringify(body) };
}

/** As its requests answer it. */
function withdrawalId({ pullPaymentId, id }: Payout): string {
  return pullPaymentId ?? id;
}

/** Both from the same sats. */
function amounts({ amountSats, currency, rate, usdRate }: Payout): ReturnType<typeof amountsOf> {
  return rate === null ? amountsOf(amountSats ?? 0n, usdRate, 'USD') : amountsOf(amountSats ?? 0n, rate, currency);
}
