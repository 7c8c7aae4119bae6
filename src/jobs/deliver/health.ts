// How a line does, and what may be sent to it. One that fails again and again is probed: one delivery at a time, a few of them, then
// none for a while that grows. What waits meanwhile stays due and loses no attempt. Pure; used by sender.ts.

/** So many failures in a row make a line a failing one. */
const FAILING_AFTER = 5;
/** Probes in a row, if they fail fast; so long, if they are slow. */
const PROBES = 10;
const PROBING_MS = 15_000;
/** From the first of these probes to the next ones: doubled each time, and no longer than what a schedule can bear. */
const FIRST_WAIT_MS = 60_000;
const MAX_WAIT_MS = 5 * 60_000;

export interface Health {
  /** In a row. */
  failures: number;
  /** When the probes began, and how many there were. */
  probingSinceMs: number;
  probes: number;
  waitMs: number;
}

export const HEALTHY: Health = { failures: 0, probingSinceMs: 0, probes: 0, waitMs: 0 };

export function isFailing({ failures }: Health): boolean {
  return failures >= FAILING_AFTER;
}

/** Until when nothing may be sent there; 0 for now. */
export function restsUntilMs(health: Health, nowMs: number): number {
  if (!isFailing(health)) return 0;
  const { probingSinceMs, probes, waitMs } = health;
  if (probes < PROBES && nowMs < probingSinceMs + PROBING_MS) return 0;
  return nowMs < probingSinceMs + waitMs ? probingSinceMs + waitMs : 0;
}

/** An attempt begins, when it may. */
export function begun(health: Health, nowMs: number): Health {
  if (!isFailing(health)) return health;
  const { probingSinceMs, probes, waitMs } = health;
  if (nowMs < probingSinceMs + waitMs) return { ...health, probes: probes + 1 };
  return { ...health, probingSinceMs: nowMs, probes: 1, waitMs: Math.min(2 * waitMs, MAX_WAIT_MS) };
}

/** An attempt came to nothing that another one may mend. */
export function afterFailure(health: Health, nowMs: number): Health {
  const failures = health.failures + 1;
  if (failures !== FAILING_AFTER) return { ...health, failures };
  return { failures, probingSinceMs: nowMs, probes: 0, waitMs: FIRST_WAIT_MS };
}
