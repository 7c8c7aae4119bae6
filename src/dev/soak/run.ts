// Runs histories, and makes a failing one as short as it gets. Called by main.ts and by test/soak.

import { history, type SoakHistory, type SoakStep, stepText } from './history.ts';
import { Oracle } from './oracle.ts';
import { checkOutcome } from './outcome.ts';
import { play, settleDown } from './play.ts';
import { randomOf, withSeededChance } from './random.ts';
import { openSoakWorld, type SoakWorld, World } from './world.ts';

interface Failed {
  index: number;
  explorers: number;
  steps: SoakStep[];
  /** Of the shortened history. */
  error: Error;
}

export interface Options {
  seed: string;
  /** Which of the seed's histories: `count` of them from `first` on, each `stride` apart. */
  first: number;
  count: number;
  stride?: number;
  /** Announced after each. */
  onDone?: (index: number) => void;
}

/** Runs histories until one fails; null when none does. */
export async function runHistories({ seed, first, count, stride = 1, onDone }: Options): Promise<Failed | null> {
  const place = await openSoakWorld();
  for (let done = 0; done < count; done++) {
    const index = first + done * stride;
    const made = history(randomOf(`${seed}/${index}`));
    const error = await failureOf(place, made);
    if (error) return { index, ...(await shortened(place, made, error)) };
    onDone?.(index);
  }
  return null;
}

/** What went wrong when it was played; null when nothing did. */
async function failureOf(place: SoakWorld, { explorers, steps }: SoakHistory): Promise<Error | null> {
  const world = new World(place, explorers);
  const oracle = new Oracle(world);
  try {
    await withSeededChance(randomOf('the product'), async () => {
      for (const step of steps) {
        await play(world, step);
        oracle.check({ crashed: step.do === 'crash', listed: step.do !== 'rescan' });
      }
      const isDeep = steps.some((step) => step.do === 'reorg' && step.depth > 5);
      await settleDown(world, isDeep ? 14 : 8, () => oracle.check({ crashed: false, listed: true }));
      checkOutcome(world);
    });
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    // Timers that the product has set are let go of.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Leaves out steps, in large groups and then one by one, while the history still fails. */
async function shortened(place: SoakWorld, made: SoakHistory, failure: Error): Promise<Omit<Failed, 'index'>> {
  let { steps } = made;
  let error = failure;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < steps.length; ) {
      const fewer = steps.toSpliced(start, size);
      const still = await failureOf(place, { explorers: made.explorers, steps: fewer });
      if (still) [steps, error] = [fewer, still];
      else start += size;
    }
  }
  return { explorers: made.explorers, steps, error };
}

/** Seed, steps, what went wrong, and how to see it again. */
export function report(seed: string, { index, explorers, steps, error }: Failed): string {
  const lines = steps.map((step, number) => `  ${number + 1}. ${stepText(step)}`);
  return [
    `History ${index} of seed ${seed} fails: ${error.message}`,
    `With ${explorers} explorer${explorers === 1 ? '' : 's'}, shortened to:`,
    ...lines,
    `Again: npm run soak -- --seed ${seed} --only ${index}`,
    error.stack ?? '',
  ].join('\n');
}
