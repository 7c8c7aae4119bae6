// Runs histories, and makes a failing one as short as it gets. Called by worker.ts.

import { type Game, type SoakScript, stepText } from './game.ts';
import { GAMES, type GameName } from './games.ts';
import { randomOf, withSeededChance } from './random.ts';

interface Failed {
  index: number;
  /** Shortened. */
  made: SoakScript;
  error: Error;
}

export interface Options {
  game: GameName;
  seed: string;
  /** Which of the seed's histories: `count` of them from `first` on, each `stride` apart. */
  first: number;
  count: number;
  stride?: number;
  /** false: a failing history is reported as it is. */
  isShortened?: boolean;
  /** Announced after each. */
  onDone?: (index: number) => void;
}

/** Runs histories until one fails; null when none does. */
export async function runHistories(options: Options): Promise<Failed | null> {
  const { game, seed, first, count, stride = 1, isShortened = true, onDone } = options;
  // Which game it is, its place and its histories know.
  const { open, history, play } = GAMES[game] as unknown as Game<unknown, SoakScript>;
  const place = await open();
  const fails = (made: SoakScript) => failureOf(() => play(place, made));
  for (let done = 0; done < count; done++) {
    const index = first + done * stride;
    const made = history(randomOf(`${seed}/${index}`));
    const error = await fails(made);
    if (error) return { index, ...(isShortened ? await shortened(made, error, fails) : { made, error }) };
    onDone?.(index);
  }
  return null;
}

/** What went wrong when it was played; null when nothing did. */
async function failureOf(play: () => Promise<void>): Promise<Error | null> {
  try {
    await withSeededChance(randomOf('the product'), play);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    // Timers that the product has set are let go of.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Leaves out steps, in large groups and then one by one, while the history still fails. */
async function shortened(
  made: SoakScript,
  failure: Error,
  fails: (made: SoakScript) => Promise<Error | null>,
): Promise<Omit<Failed, 'index'>> {
  let { steps } = made;
  let error = failure;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < steps.length; ) {
      const fewer = steps.toSpliced(start, size);
      const still = await fails({ ...made, steps: fewer });
      if (still) [steps, error] = [fewer, still];
      else start += size;
    }
  }
  return { made: { ...made, steps }, error };
}

/** Seed, steps, what went wrong, and how to see it again. */
export function report({ game, seed }: Options, { index, made: { steps, ...begins }, error }: Failed): string {
  const lines = steps.map((step, number) => `  ${number + 1}. ${stepText(step)}`);
  return [
    `History ${index} of seed ${seed} fails: ${error.message}`,
    `With ${JSON.stringify(begins)}, shortened to:`,
    ...lines,
    `Again: npm run soak -- ${game === 'chain' ? '' : `--${game} `}--seed ${seed} --only ${index}`,
    error.stack ?? '',
  ].join('\n');
}
