// Times sides against each other in alternating rounds: a machine that grows slower or faster meanwhile does so for all
// of them, and only their ratio is worth comparing. Called by main.ts and many.ts.

import { type Call, median, p95, timesMs } from './load.ts';

export interface Side {
  name: string;
  next: () => Call;
}

export interface Timed {
  name: string;
  connections: number;
  pauseMs: number;
  /** Median of the rounds' medians. */
  p50Ms: number;
  /** Median of what nineteen of twenty answers of a round stay within. */
  p95Ms: number;
  /** Answers a second, of all connections: the median of the rounds. */
  perSecond: number;
  /** Each to the first side's, round by round: the median and the extremes. */
  ratio: Ratio;
  rateRatio: Ratio;
}

export interface Ratio {
  median: number;
  lowest: number;
  highest: number;
}

export interface RoundOptions {
  url: URL;
  connections: number;
  /** Between an answer and the next request, for what the request before left running: its webhook, mostly. */
  pauseMs: number;
  rounds: number;
  roundMs: number;
  /** Before each side of each round, untimed: nothing left over from the side before, everything there that it needs. */
  prepare: () => Promise<void>;
}

/** @param sides the first is what the others are compared with */
export async function race(sides: Side[], options: RoundOptions): Promise<Timed[]> {
  const { url, connections, pauseMs, rounds, roundMs, prepare } = options;
  const times = new Map(
    sides.map((side) => [side, { p50: [] as number[], p95: [] as number[], perSecond: [] as number[] }]),
  );
  for (let round = -1; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await prepare();
      const startMs = performance.now();
      const durationMs = round < 0 ? roundMs / 2 : roundMs;
      const answers = await timesMs(url, side.next, { connections, pauseMs, durationMs });
      const tookMs = performance.now() - startMs;
      // The first round warms up.
      if (round < 0) continue;
      times.get(side)?.p50.push(median(answers));
      times.get(side)?.p95.push(p95(answers));
      times.get(side)?.perSecond.push((answers.length * 1_000) / tookMs);
    }
  }
  const [first] = sides;
  const none = { p50: [], p95: [], perSecond: [] };
  const base = (first && times.get(first)) ?? none;
  return sides.map((side) => {
    const own = times.get(side) ?? none;
    return {
      name: side.name,
      connections,
      pauseMs,
      p50Ms: median(own.p50),
      p95Ms: median(own.p95),
      perSecond: median(own.perSecond),
      ratio: ratioOf(own.p50, base.p50),
      rateRatio: ratioOf(own.perSecond, base.perSecond),
    };
  });
}

function ratioOf(own: number[], base: number[]): Ratio {
  const ratios = own.map((value, round) => value / (base[round] ?? Number.NaN));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
