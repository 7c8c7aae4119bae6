// How old a rate may be and still price an invoice. Pure. Called where an invoice is created, and by the health report.

/** Refreshed each minute, a rate survives a dozen failed rounds; after that no quote is better than an old one. */
export const MAX_RATE_AGE_MS = 15 * 60_000;

// Machines disagree by seconds. A rate from further ahead was stored by a broken clock and would look fresh forever.
const MAX_CLOCK_SKEW_MS = 60_000;

/** Whether a rate agreed on at `asOfMs` may still be used at `nowMs` (both Unix milliseconds). */
export function isFresh(asOfMs: number, nowMs: number): boolean {
  const ageMs = nowMs - asOfMs;
  return ageMs >= -MAX_CLOCK_SKEW_MS && ageMs <= MAX_RATE_AGE_MS;
}
