// What can happen to a store that pays over Lightning, as a list of steps that depend on nothing: numbers that stand for payouts are taken
// modulo what there is. Made by `payoutSteps` from a seed, played by play.ts.

import type { Random } from '../random.ts';
import type { PayScript, PayTrouble } from './node.ts';

type PayoutCall = 'alarm' | 'cron' | 'claim' | 'approve' | 'cancel' | 'resolve' | 'pay by hand';

export type PayoutSoakStep =
  | { do: 'claim'; sats: number; to: 'bolt11' | 'address'; isApproved: boolean }
  | { do: 'call'; call: PayoutCall; payout: number; times: number }
  /** `afterTurns`: while the alarm's work is under way, so many turns of the event loop after it began. */
  | { do: 'pause'; on: boolean; afterTurns?: number }
  | { do: 'next'; script: PayScript }
  | { do: 'trouble'; trouble: PayTrouble | null }
  | { do: 'another identity' }
  | { do: 'change credential' }
  | { do: 'restart' }
  | { do: 'second object' }
  | { do: 'crash'; call: PayoutCall; payout: number; inCalls: number; isDone: boolean }
  | { do: 'pass'; seconds: number };

export interface PayoutHistory {
  perDaySats: number;
  /** The node says who it is. */
  hasIdentity: boolean;
  steps: PayoutSoakStep[];
}

const TROUBLES = [
  [3, 'down'],
  [3, 'no answer'],
  [4, 'broken connection'],
  [3, 'weak failures'],
  [1, 'other preimage'],
  [1, 'nameless'],
  [1, 'bad answer'],
  [6, null],
] as const satisfies readonly (readonly [number, PayTrouble | null])[];

const CALLS = [
  [8, 'alarm'],
  [3, 'cron'],
  [1, 'claim'],
  [6, 'approve'],
  [2, 'cancel'],
  [1, 'resolve'],
  [1, 'pay by hand'],
] as const satisfies readonly (readonly [number, PayoutCall])[];

export function payoutSteps(random: Random): PayoutHistory {
  const steps = [claim(random), claim(random)];
  for (let left = random.whole(10, 40); left > 0; left--) {
    if (random.chance(0.1)) steps.push(...worstMoment(random));
    else if (random.chance(0.04)) steps.push(...stopAmid(random));
    else steps.push(oneOf(random));
  }
  return { perDaySats: random.whole(20_000, 200_000), hasIdentity: random.chance(0.6), steps };
}

function claim(random: Random): PayoutSoakStep {
  const to = random.chance(0.7) ? 'bolt11' : 'address';
  return { do: 'claim', sats: random.whole(1_000, 40_000), to, isApproved: random.chance(0.7) };
}

/** A request that is still under way, while its payout is looked up, tried again and cancelled. */
function worstMoment(random: Random): PayoutSoakStep[] {
  const payout = random.whole(0, 11);
  const seconds = random.chance(0.5) ? 0 : wait(random);
  const trouble = random.pick<PayTrouble | null>(TROUBLES);
  return [
    { do: 'trouble', trouble: null },
    { do: 'next', script: { ends: random.chance(0.7) ? 'paid' : 'failed', delay: random.whole(1, 40), seconds } },
    { do: 'trouble', trouble: random.chance(0.7) ? 'broken connection' : trouble },
    { do: 'claim', sats: random.whole(1_000, 10_000), to: 'bolt11', isApproved: true },
    { do: 'call', call: 'alarm', payout, times: random.whole(1, 2) },
    { do: 'trouble', trouble: random.chance(0.7) ? null : trouble },
    { do: 'pass', seconds: random.whole(1, 80) },
    { do: 'call', call: random.chance(0.7) ? 'cancel' : 'alarm', payout: 0, times: 1 },
    { do: 'pass', seconds: random.whole(1, 80) },
  ];
}

/** A payout that is about to be sent while payouts are stopped. */
function stopAmid(random: Random): PayoutSoakStep[] {
  return [
    { do: 'pause', on: false },
    { do: 'trouble', trouble: null },
    { do: 'claim', sats: random.whole(1_000, 10_000), to: 'bolt11', isApproved: true },
    { do: 'pause', on: true, afterTurns: random.whole(0, 150) },
    { do: 'pause', on: false },
  ];
}

function oneOf(random: Random): PayoutSoakStep {
  const payout = random.whole(0, 11);
  const call = () => random.pick(CALLS);
  const crash = () => ({ call: call(), payout, inCalls: random.whole(1, 16), isDone: random.chance(0.5) });
  return random.pick<() => PayoutSoakStep>([
    [4, () => claim(random)],
    [8, () => ({ do: 'call', call: call(), payout, times: random.whole(1, 3) })],
    [2, () => ({ do: 'pause', on: random.chance(0.4) })],
    [6, () => ({ do: 'next', script: scripted(random) })],
    [6, () => ({ do: 'trouble', trouble: random.pick<PayTrouble | null>(TROUBLES) })],
    [1, () => ({ do: 'another identity' })],
    [1, () => ({ do: 'change credential' })],
    [2, () => ({ do: 'restart' })],
    [1, () => ({ do: 'second object' })],
    [6, () => ({ do: 'crash', ...crash() })],
    [12, () => ({ do: 'pass', seconds: wait(random) })],
  ])();
}

function scripted(random: Random): PayScript {
  const ends = random.pick<PayScript['ends']>([
    [4, 'paid'],
    [4, 'failed'],
    [1, 'lost'],
  ]);
  const delay = random.chance(0.4) ? random.whole(1, 40) : 0;
  return { ends, delay, seconds: random.chance(0.5) ? 0 : wait(random) };
}

/** Some outlast the answer's time, an hour, the time of a BOLT11. */
function wait(random: Random): number {
  return random.pick<() => number>([
    [6, () => random.whole(1, 80)],
    [4, () => random.whole(1, 20) * 60],
    [2, () => random.whole(20, 200) * 60],
    [1, () => random.whole(10, 30) * 3_600],
  ])();
}
