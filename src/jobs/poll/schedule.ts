// When a node is asked about a BOLT11. Pure; used by poller.ts.

const SECOND_MS = 1_000;
/** Between two ticks. */
export const MIN_TICK_MS = 2.5 * SECOND_MS;
const MINUTE_MS = 60 * SECOND_MS;

/** Just after its time: what was on its way has arrived, or never will. */
const AFTER_EXPIRY_MS = 5 * SECOND_MS;
const LATE_MS = 10 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A payment goes back to its payer after 2016 blocks at most, the longest lock that nodes route: until then it is looked up. */
export const MAX_LOCK_MS = 14 * DAY_MS;

export interface Lifetime {
  /** When the BOLT11 was minted. */
  createdAtMs: number;
  /** When its invoice's time ends. */
  endsAtMs: number;
  /** Whether its invoice waits for a look-up after its end: none has shown yet what came of it. */
  isUnseen: boolean;
}

/**
 * The look-up after one at `atMs`. Buyers pay in the first minutes; a node whose hooks reach us is asked for safety alone.
 * Unpaid for 15 minutes that makes 98 look-ups, 30 with hooks, and 34 in the day after; an open page has its buyer wait 3 seconds at most, the answer included.
 */
export function nextLookMs(
  { createdAtMs, endsAtMs, isUnseen }: Lifetime,
  atMs: number,
  { hasHooks, isWatched }: { hasHooks: boolean; isWatched: boolean },
): number {
  if (atMs >= endsAtMs) return atMs + lateStepMs(atMs - endsAtMs, isUnseen);
  const ageMs = atMs - createdAtMs;
  const seconds = hasHooks ? 30 : isWatched ? 2.5 : ageMs >= 10 * MINUTE_MS ? 30 : ageMs >= 2 * MINUTE_MS ? 10 : 3;
  const nextMs = atMs + seconds * SECOND_MS;
  return nextMs < endsAtMs ? nextMs : endsAtMs + AFTER_EXPIRY_MS;
}

/**
 * The turn of one whose time was over before this object can remember a look-up: on the same marks after its end whenever the object
 * started, and for a minute after each.
 */
export function lateTurnMs({ endsAtMs, isUnseen }: Lifetime, nowMs: number): number {
  const everyMs = lateStepMs(nowMs - endsAtMs, isUnseen);
  const markMs = nowMs - ((nowMs - endsAtMs) % everyMs);
  return nowMs - markMs < MINUTE_MS ? markMs : markMs + everyMs;
}

/** True for one that the node is no longer asked about, though it never gave an answer that can be believed. */
export function isGivenUp(watchUntilMs: number | null, nowMs: number): boolean {
  return watchUntilMs !== null && nowMs >= watchUntilMs + MAX_LOCK_MS;
}

function lateStepMs(lateMs: number, isUnseen: boolean): number {
  if (lateMs < LATE_MS) return MINUTE_MS;
  return isUnseen && lateMs < DAY_MS ? 5 * MINUTE_MS : 60 * MINUTE_MS;
}

/** How long a node that failed is left alone. @param failures in a row, from 1 */
export function pauseMs(failures: number): number {
  return Math.min(MINUTE_MS, 3 * SECOND_MS * 2 ** (failures - 1));
}
