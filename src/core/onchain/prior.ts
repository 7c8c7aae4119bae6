// Is a payment older than the invoice whose address it pays? An address alone does not make a payment the invoice's: the
// wallet may have been in use before. Pure; called by look.ts for what blocks hold, and by watch/ for what explorers claim.

export interface PayingBlock {
  /** The header's own time; null where an explorer did not give it. */
  timeMs: number | null;
  /** When SatLane first read the block; null for not yet. */
  knownSinceMs: number | null;
}

/** SatLane had read the block when it created the invoice: nothing in it can be for the invoice. */
export function wasKnownBefore({ knownSinceMs }: PayingBlock, createdAtMs: number): boolean {
  return knownSinceMs !== null && knownSinceMs < createdAtMs;
}

/** A miner's clock is seldom wrong by more (the protocol allows two hours). */
const CLOCK_ERROR_MS = 10 * 60_000;

/**
 * The block was read later, but its own time says that it was mined before the invoice.
 * @param wasSeenWaiting while the invoice existed: then only a block that is older by far makes the payment older
 */
export function wasMinedBefore(
  { timeMs }: Pick<PayingBlock, 'timeMs'>,
  createdAtMs: number,
  wasSeenWaiting = false,
): boolean {
  if (timeMs === null) return false;
  // A block's time has no milliseconds.
  return timeMs < Math.floor(createdAtMs / 1_000) * 1_000 - (wasSeenWaiting ? CLOCK_ERROR_MS : 0);
}
