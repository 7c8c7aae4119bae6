// Chance that can be had again: everything a history does comes from its seed. Called by history.ts and run.ts.

import { createHash } from 'node:crypto';

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  chance(probability: number): boolean;
  /** One of them, each as likely as its weight says. */
  pick<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
}

/** sfc32, seeded by a hash of the text: neighbouring seeds have nothing in common. */
export function randomOf(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [number, number, number, number];
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick(choices) {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      throw new RangeError('nothing to pick from');
    },
  };
}

/** The product's own chance (ids of invoices, jitter of pauses) out of the same seed while `work` runs. */
export async function withSeededChance<T>(random: Random, work: () => Promise<T>): Promise<T> {
  const { random: usual } = Math;
  const hex = () => Math.floor(random.next() * 16).toString(16);
  Math.random = random.next;
  Object.defineProperty(crypto, 'randomUUID', {
    value: () => 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', hex),
    configurable: true,
  });
  try {
    return await work();
  } finally {
    Math.random = usual;
    Reflect.deleteProperty(crypto, 'randomUUID');
  }
}
