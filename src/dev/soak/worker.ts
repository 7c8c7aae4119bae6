// One thread's share of the histories. Started by soak.ts.

import { parentPort, workerData } from 'node:worker_threads';
import { breakProduct, type Mutant } from './mutant.ts';
import type { Options } from './run.ts';

export type WorkerShare = Options & { mutant?: Mutant | undefined };
export type WorkerReport = { done: number } | { end: string | null };

/** Between two words to the one who started it. */
const TOLD_EVERY = 50;

const { mutant, ...share } = workerData as WorkerShare;
const tell = (message: WorkerReport) => parentPort?.postMessage(message);

if (mutant) breakProduct(mutant);
const { report, runHistories } = await import('./run.ts');

let untold = 0;
const failed = await runHistories({
  ...share,
  onDone: () => {
    untold += 1;
    if (untold < TOLD_EVERY) return;
    tell({ done: untold });
    untold = 0;
  },
});
tell({ done: untold });
tell({ end: failed && report(share, failed) });
