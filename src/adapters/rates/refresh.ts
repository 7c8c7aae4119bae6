// One round: asks all price sources concurrently. It stores nothing: the caller writes the agreed rates.
// Called by the cron.
import { type AgreedRate, agree, type PreviousRate, type Reading, type Rejection } from './consensus.ts';
import type { RateSource } from './source.ts';

type RefreshInput = {
  sources: readonly RateSource[];
  /** The rates in use now, by currency. */
  previous: ReadonlyMap<string, PreviousRate>;
  /** When the round starts, Unix milliseconds; becomes the age of what it finds. */
  nowMs: number;
  log?: (event: string, detail: Record<string, unknown>) => void;
};

type RefreshResult = {
  /** Only the currencies agreed on in this round. One that is missing keeps its previous rate until that is too old. */
  rates: Map<string, AgreedRate>;
  rejected: Rejection[];
  failures: { source: string; problem: string }[];
};

/** Asks all sources in parallel and judges their answers. Never throws for a source that fails: it is in `failures`. */
export async function refreshRates({ sources, previous, nowMs, log }: RefreshInput): Promise<RefreshResult> {
  const answers = await Promise.allSettled(sources.map(async (source) => source.fetchRates()));
  const readings: Reading[] = [];
  const failures: RefreshResult['failures'] = [];
  for (const [index, { name }] of sources.entries()) {
    const answer = answers[index];
    if (answer?.status === 'fulfilled') readings.push({ source: name, rates: answer.value });
    else failures.push({ source: name, problem: describe(answer?.reason) });
  }
  const { rates, rejected } = agree({ readings, configured: sources.length, previous, nowMs });
  for (const failure of failures) log?.('rate_source_failed', failure);
  for (const rejection of rejected) log?.('rate_rejected', rejection);
  return { rates, rejected, failures };
}

function describe(reason: unknown): string {
  return reason instanceof Error ? reason.message : 'failed for an unknown reason';
}
