// What can happen to a shop that is paid over Lightning, as a list of steps that depend on nothing: numbers that stand for invoices,
// BOLT11s and nodes are taken modulo what there is. Made by `lightningHistory` from a seed, played by play.ts.

import type { Random } from '../random.ts';

/** What a node does to all that it is asked. */
export type NodeTrouble =
  | 'down'
  | 'timeout after'
  | 'refuses'
  | 'bad answer'
  | 'hides'
  | 'amount'
  | 'hash'
  | 'reuse'
  | 'short life'
  | 'no sum'
  | 'dust sum'
  | 'huge sum'
  | 'lies settled'
  | 'other preimage';

/** What reaches the product in a moment. */
export type SoakCall =
  | 'look'
  | 'page'
  | 'hook'
  | 'nameless hook'
  | 'forged hook'
  | 'alarm'
  | 'cron'
  | 'cancel'
  | 'create'
  | 'create again';

export type LightningStep =
  | { do: 'create'; sats: number; minutes: number; rails: 'both' | 'lightning'; key: number | null }
  | { do: 'call'; call: SoakCall; invoice: number; times: number }
  | { do: 'pay'; bolt11: number; over: number }
  | { do: 'hold'; bolt11: number; release: boolean }
  | { do: 'chain'; invoice: number; part: 'all' | 'part' }
  | { do: 'mine' }
  | { do: 'trouble'; node: number; trouble: NodeTrouble }
  /** A node that fails at one BOLT11 alone. */
  | { do: 'stumble'; bolt11: number }
  | { do: 'heal'; node: number }
  | { do: 'another identity'; node: number }
  | { do: 'remove'; node: number; during: SoakCall | null; invoice: number }
  | { do: 'connect'; node: number }
  | { do: 'restart' }
  | { do: 'second object' }
  | { do: 'crash'; call: SoakCall; invoice: number; inCalls: number; isDone: boolean }
  | { do: 'pass'; seconds: number };

export interface LightningHistory {
  /** What the nodes can do. */
  lists: boolean;
  cancels: boolean;
  /** A label that they know gets the BOLT11 that it got before, as Core Lightning does. */
  labels: boolean;
  steps: LightningStep[];
}

const TROUBLES = [
  [4, 'down'],
  [4, 'timeout after'],
  [2, 'refuses'],
  [2, 'bad answer'],
  [2, 'hides'],
  [1, 'amount'],
  [1, 'hash'],
  [1, 'reuse'],
  [2, 'short life'],
  [1, 'no sum'],
  [1, 'dust sum'],
  [1, 'huge sum'],
  [1, 'lies settled'],
  [1, 'other preimage'],
] as const satisfies readonly (readonly [number, NodeTrouble])[];

const CALLS = [
  [5, 'look'],
  [3, 'page'],
  [5, 'hook'],
  [1, 'nameless hook'],
  [1, 'forged hook'],
  [3, 'alarm'],
  [2, 'cron'],
  [1, 'cancel'],
  [1, 'create'],
  [2, 'create again'],
] as const satisfies readonly (readonly [number, SoakCall])[];

export function lightningHistory(random: Random): LightningHistory {
  const [lists, cancels, labels] = [random.chance(0.5), random.chance(0.5), random.chance(0.3)];
  const steps = [create(random)];
  for (let left = random.whole(6, 30); left > 0; left--) steps.push(...oneOf(random));
  return { lists, cancels, labels, steps };
}

function create(random: Random): LightningStep {
  return {
    do: 'create',
    sats: random.whole(1_000, 200_000),
    minutes: random.whole(5, 40),
    rails: random.chance(0.6) ? 'both' : 'lightning',
    key: random.chance(0.5) ? random.whole(0, 2) : null,
  };
}

function oneOf(random: Random): LightningStep[] {
  const any = () => random.whole(0, 11);
  const call = () => random.pick(CALLS);
  const looked = (step: LightningStep): LightningStep[] =>
    random.chance(0.6) ? [step, { do: 'call', call: 'hook', invoice: any(), times: 1 }] : [step];
  return random.pick<() => LightningStep[]>([
    [3, () => [create(random)]],
    [2, () => Array.from({ length: random.whole(3, 6) }, () => create(random))],
    [10, () => [{ do: 'call', call: call(), invoice: any(), times: random.whole(1, 3) }]],
    [8, () => looked({ do: 'pay', bolt11: any(), over: random.chance(0.2) ? random.whole(1, 50_000) : 0 })],
    [2, () => [{ do: 'hold', bolt11: any(), release: random.chance(0.5) }]],
    [4, () => [{ do: 'chain', invoice: any(), part: random.chance(0.5) ? 'all' : 'part' }]],
    [3, () => [{ do: 'mine' }]],
    [5, () => [{ do: 'trouble', node: any(), trouble: random.pick(TROUBLES) }]],
    [2, () => [{ do: 'stumble', bolt11: any() }]],
    [4, () => [{ do: 'heal', node: any() }]],
    [1, () => [{ do: 'another identity', node: any() }]],
    [1, () => [{ do: 'remove', node: any(), during: random.chance(0.5) ? call() : null, invoice: any() }]],
    [1, () => [{ do: 'connect', node: any() }]],
    [2, () => [{ do: 'restart' }]],
    [1, () => [{ do: 'second object' }]],
    [
      5,
      () => [{ do: 'crash', call: call(), invoice: any(), inCalls: random.whole(1, 14), isDone: random.chance(0.5) }],
    ],
    [9, () => [{ do: 'pass', seconds: wait(random) }]],
  ])();
}

/** Some outlast an expiry, the grace, a day. */
function wait(random: Random): number {
  return random.pick<() => number>([
    [6, () => random.whole(1, 20)],
    [4, () => random.whole(1, 15) * 60],
    [2, () => random.whole(20, 120) * 60],
    [1, () => random.whole(20, 30) * 3_600],
  ])();
}
