// When a node is asked about a BOLT11. Pure; used by poller.ts.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Just after its time: what was on its way has arrived, or never will. */
const AFTER_EXPIRY_MS = 5 * SECOND_MS;
const LATE_MS = 10 * MINUTE_MS;

/** Of a BOLT11: when it was minted, and when its invoice's time ends. */
interface Lifetime {
  createdAtMs: number;
  endsAtMs: number;
}

/**
 * The look-up after one at `atMs`. Buyers pay in the first minutes; a node whose hooks reach us is asked for safety alone.
 * Unpaid for 15 minutes that makes 98 look-ups, 30 with hooks, and 34 in the day after; an open page has its buyer wait 3 seconds at most.
 */
export function nextLookMs(
  { createdAtMs, endsAtMs }: Lifetime,
  atMs: number,
  { hasHooks, isWatched }: { hasHooks: boolean; isWatched: boolean },
): number {
  if (atMs >= endsAtMs) return atMs + (atMs < endsAtMs + LATE_MS ? MINUTE_MS : 60 * MINUTE_MS);
  const ageMs = atMs - createdAtMs;
  const seconds = hasHooks ? 30 : isWatched ? 3 : ageMs >= 10 * MINUTE_MS ? 30 : ageMs >= 2 * MINUTE_MS ? 10 : 3;
  const nextMs = atMs + seconds * SECOND_MS;
  return nextMs < endsAtMs ? nextMs : endsAtMs + AFTER_EXPIRY_MS;
}

/**
 * The turn of one whose time was over before this object can remember a look-up: on the same marks after its end whenever the object
 * started, and for a minute after each.
 */
export function lateTurnMs(endsAtMs: number, nowMs: number): number {
  const everyMs = nowMs < endsAtMs + LATE_MS ? MINUTE_MS : 60 * MINUTE_MS;
  const markMs = nowMs - ((nowMs - endsAtMs) % everyMs);
  return nowMs - markMs < MINUTE_MS ? markMs : markMs + everyMs;
}

/** How long a node that failed is left alone. @param failures in a row, from 1 */
export function pauseMs(failures: number): number {
  return Math.min(MINUTE_MS, 3 * SECOND_MS * 2 ** (failures - 1));
}
