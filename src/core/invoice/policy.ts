// The numbers that a deployment or a store may argue about, each in one place. Used by payments/ and the checkout.

import { compareDecimals, type Decimal, parseDecimal } from '../money/fiat.ts';
import type { SpeedPolicy } from './invoice.ts';

export const DEFAULT_EXPIRY_MINUTES = 15;
export const MIN_EXPIRY_MINUTES = 5;
export const MAX_EXPIRY_MINUTES = 120;
export const DEFAULT_LATE_GRACE_MINUTES = 60;

/** The last few indexes before a wallet's gap limit are not issued. */
export const GAP_RESERVE = 5;

/** After the late deadline the address is still looked at for this long, to open a review for money that strays in. */
const MONITOR_AFTER_DEADLINE_MS = 24 * 60 * 60_000;

/** When an invoice without an unfinished payment is looked at for the last time. */
export function endOfWatchMs({ lateDeadlineMs }: { lateDeadlineMs: number }): number {
  return lateDeadlineMs + MONITOR_AFTER_DEADLINE_MS;
}

/** A deposit to a permanent address waits for so many, at any amount. */
export const DEPOSIT_CONFIRMATIONS = 6;

/** After a request for a permanent address the mempool is looked at for this long; blocks are read without end. */
export const DEPOSIT_WATCH_MS = 24 * 60 * 60_000;

/** A buyer's page can be opened for so long after the end of the watch; then the shop alone has the details. */
export const PUBLIC_AFTER_WATCH_MS = 30 * 24 * 60 * 60_000;

/** An Idempotency-Key answers with what it made for this long (integration guide §12). */
export const IDEMPOTENCY_MS = 24 * 60 * 60_000;

/** No fresh tip for this long: nothing settles or expires, and no new address could be watched. */
const CHAIN_STALE_MS = 5 * 60_000;

/** @param seenAtMs when an explorer last showed a fresh tip; null before any */
export function isChainStale(seenAtMs: number | null, nowMs: number): boolean {
  return seenAtMs === null || nowMs - seenAtMs > CHAIN_STALE_MS;
}

/** What a client of another system may ask for by name. */
export const SPEED_CONFIRMATIONS: Record<SpeedPolicy, number> = {
  HighSpeed: 0,
  MediumSpeed: 1,
  LowMediumSpeed: 2,
  LowSpeed: 6,
};

/** From a worth on, in US dollars, so many confirmations. */
export interface ConfirmationStep {
  /** Decimal. */
  fromUsd: string;
  confirmations: number;
}

/** Invoices of at least 100 US dollars wait for a second confirmation (integration guide §5). */
const USUAL_STEPS: readonly ConfirmationStep[] = [{ fromUsd: '100', confirmations: 2 }];

/** What a store says about confirmations. */
interface ConfirmationRules {
  /** The usual ones where null. */
  steps: readonly ConfirmationStep[] | null;
  /** Up to this amount the mempool is enough; 0 for never. */
  zeroConfCapSats: bigint;
}

const USUAL_CONFIRMATIONS: ConfirmationRules = { steps: null, zeroConfCapSats: 0n };

/** Confirmations asked of an invoice by its worth; one below the first step, and an unknown worth is treated as a large one. */
export function confirmationsFor(
  amountSats: bigint,
  usdValue: string | null,
  { steps, zeroConfCapSats }: ConfirmationRules = USUAL_CONFIRMATIONS,
): number {
  // The cap is in sats: a wrong rate cannot stretch it.
  if (amountSats <= zeroConfCapSats) return 0;
  const value = usdValue === null ? null : parseDecimal(usdValue);
  const reached = (steps ?? USUAL_STEPS).filter(
    ({ fromUsd }) => value === null || compareDecimals(value, worth(fromUsd)) >= 0,
  );
  return Math.max(1, ...reached.map(({ confirmations }) => confirmations));
}

/** A step that cannot be read is always reached: rather one block too many. */
function worth(fromUsd: string): Decimal {
  return parseDecimal(fromUsd) ?? { units: 0n, scale: 0 };
}
