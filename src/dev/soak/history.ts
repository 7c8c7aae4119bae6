// What can happen in a history, as a list of steps that depend on nothing: numbers that stand for invoices, transactions
// and explorers are taken modulo what there is, so that a list stays playable when steps are left out. Made by `history`
// from a seed, played by play.ts.

import type { Random } from './random.ts';

export type Amount = 'exact' | 'within' | 'short' | 'half' | 'over' | 'double' | 'dust';
export type Rival = 'same' | 'less' | 'more' | 'elsewhere' | 'other invoice';
export type Trouble =
  | 'down'
  | 'status'
  | 'html'
  | 'garbage'
  | 'lag 1'
  | 'lag 3'
  | 'freeze'
  | 'freeze and lag 1'
  | 'hide mempool'
  | 'forge'
  | 'forge another'
  | 'alter sats'
  | 'duplicates'
  | 'slow index'
  | 'no index';

export type SoakStep =
  | { do: 'create'; sats: number; minutes: number }
  | { do: 'pay'; invoice: number; amount: Amount; how: 'one' | 'two outputs' | 'two invoices' }
  /** A customer asks for the permanent address, several times in one moment. */
  | { do: 'ask address'; customer: number; times: number }
  /** To a customer's address, and with the same transaction to an invoice. */
  | { do: 'deposit'; customer: number; sats: number[]; alsoInvoice: number | null }
  | { do: 'pay somebody else' }
  /** An address that no invoice has yet: the wallet is in use elsewhere. */
  | { do: 'pay ahead'; ahead: number; sats: number }
  | { do: 'replace'; tx: number; rival: Rival }
  /** What was sent last pays the same again, at a higher fee. */
  | { do: 'raise fee' }
  | { do: 'evict'; tx: number }
  | { do: 'rebroadcast'; tx: number }
  | { do: 'mine'; blocks: number }
  | { do: 'reorg'; depth: number; drop: 'none' | 'all' | 'one'; remine: boolean; rival: Rival | null }
  | { do: 'trouble'; explorer: number; trouble: Trouble; invoice: number }
  | { do: 'heal'; explorer: number }
  | { do: 'tick'; times: number }
  | { do: 'look'; invoice: number }
  | { do: 'rescan'; invoice: number }
  | { do: 'cancel'; invoice: number; duringTick: boolean }
  | { do: 'restart' }
  | { do: 'crash'; inCalls: number; isDone: boolean; restart: boolean }
  | { do: 'wait'; seconds: number };

export interface SoakHistory {
  explorers: number;
  steps: SoakStep[];
}

/** From 100 US dollars on two confirmations are required; for a large amount, two explorers. */
const AMOUNTS = [
  [4, 100_000],
  [1, 3_000],
  [4, 400_000],
  [2, 25_000_000],
] as const;

const TROUBLES = [
  [4, 'down'],
  [1, 'status'],
  [1, 'html'],
  [1, 'garbage'],
  [3, 'lag 1'],
  [2, 'lag 3'],
  [6, 'freeze'],
  [2, 'freeze and lag 1'],
  [3, 'hide mempool'],
  [3, 'forge'],
  [2, 'forge another'],
  [3, 'alter sats'],
  [2, 'duplicates'],
  [2, 'slow index'],
  [2, 'no index'],
] as const satisfies readonly (readonly [number, Trouble])[];

const RIVALS = [
  [2, 'same'],
  [1, 'less'],
  [1, 'more'],
  [3, 'elsewhere'],
  [2, 'other invoice'],
] as const satisfies readonly (readonly [number, Rival])[];

/** How much of the tolerance, the amount or the dust: decided in play.ts. */
const PAID = [
  [8, 'exact'],
  [2, 'within'],
  [3, 'short'],
  [3, 'half'],
  [2, 'over'],
  [2, 'double'],
  [2, 'dust'],
] as const satisfies readonly (readonly [number, Amount])[];

export function history(random: Random): SoakHistory {
  const explorers = random.pick([
    [1, 1],
    [4, 2],
    [2, 3],
  ]);
  const steps = [create(random)];
  if (random.chance(0.5)) steps.push({ do: 'ask address', customer: 0, times: 1 }, deposit(random));
  for (let left = random.whole(8, 36); left > 0; left--) steps.push(...oneOf(random));
  return { explorers, steps };
}

function create(random: Random): SoakStep {
  return { do: 'create', sats: random.pick(AMOUNTS) + random.whole(0, 999), minutes: random.whole(5, 60) };
}

function deposit(random: Random): SoakStep {
  const sats = Array.from({ length: random.whole(1, 3) }, () => random.pick(AMOUNTS) + random.whole(0, 999));
  const alsoInvoice = random.chance(0.2) ? random.whole(0, 3) : null;
  return { do: 'deposit', customer: random.whole(0, 1), sats, alsoInvoice };
}

/** A step; after what changes the chain, often a tick, so that a history gets somewhere. */
function oneOf(random: Random): SoakStep[] {
  const any = () => random.whole(0, 11);
  const tick: SoakStep = { do: 'tick', times: 1 };
  const followed = (step: SoakStep): SoakStep[] => (random.chance(0.6) ? [step, tick] : [step]);
  return random.pick<() => SoakStep[]>([
    [2, () => [create(random)]],
    [7, () => followed({ do: 'pay', invoice: any(), amount: random.pick(PAID), how: howPaid(random) })],
    [2, () => [{ do: 'ask address', customer: random.whole(0, 1), times: random.whole(1, 2) }]],
    [4, () => followed(deposit(random))],
    [1, () => [{ do: 'pay somebody else' }]],
    [
      2,
      () => followed({ do: 'pay ahead', ahead: random.whole(0, 1), sats: random.pick(AMOUNTS) + random.whole(0, 999) }),
    ],
    [3, () => followed({ do: 'replace', tx: any(), rival: random.pick(RIVALS) })],
    [2, () => Array.from({ length: random.whole(1, 4) }, () => raise(random)).flat()],
    [1, () => followed({ do: 'evict', tx: any() })],
    [1, () => [{ do: 'rebroadcast', tx: any() }]],
    [9, () => followed({ do: 'mine', blocks: random.whole(1, 3) })],
    [4, () => followed(reorg(random))],
    [6, () => [{ do: 'trouble', explorer: any(), trouble: random.pick(TROUBLES), invoice: any() }]],
    [4, () => [{ do: 'heal', explorer: any() }]],
    [6, () => [tick]],
    [1, () => [{ do: 'tick', times: random.whole(2, 3) }]],
    [3, () => [{ do: 'look', invoice: any() }]],
    [2, () => [{ do: 'rescan', invoice: any() }]],
    [1, () => [{ do: 'cancel', invoice: any(), duringTick: random.chance(0.3) }]],
    [1, () => [{ do: 'restart' }]],
    [3, () => [crash(random), ...(random.chance(0.5) ? [tick] : [])]],
    [6, () => [{ do: 'wait', seconds: wait(random) }]],
  ])();
}

/** Again and again, over expiry and deadline: a chain of replacements. */
function raise(random: Random): SoakStep[] {
  const pause: SoakStep = { do: 'wait', seconds: random.whole(5, 1_800) };
  return random.chance(0.5) ? [{ do: 'raise fee' }, { do: 'tick', times: 1 }, pause] : [{ do: 'raise fee' }, pause];
}

function howPaid(random: Random): 'one' | 'two outputs' | 'two invoices' {
  return random.pick([
    [6, 'one'],
    [1, 'two outputs'],
    [1, 'two invoices'],
  ]);
}

function reorg(random: Random): SoakStep {
  return {
    do: 'reorg',
    depth: random.chance(0.7) ? random.whole(1, 3) : random.whole(4, 8),
    drop: random.pick([
      [3, 'none'],
      [1, 'all'],
      [2, 'one'],
    ]),
    remine: random.chance(0.6),
    rival: random.chance(0.4) ? random.pick(RIVALS) : null,
  };
}

function crash(random: Random): SoakStep {
  return { do: 'crash', inCalls: random.whole(1, 30), isDone: random.chance(0.5), restart: random.chance(0.5) };
}

/** Ticks come each minute; some waits outlast an expiry, a late deadline, the watch. */
function wait(random: Random): number {
  return random.pick<() => number>([
    [6, () => random.whole(5, 90)],
    [4, () => random.whole(2, 20) * 60],
    [2, () => random.whole(30, 150) * 60],
    [1, () => random.whole(20, 40) * 3_600],
  ])();
}
