// One thread's share of the histories. Started by soak.ts.

import { parentPort, workerData } from 'node:worker_threads';
import { type Options, report, runHistories } from './run.ts';

export type WorkerReport = { done: number } | { end: string | null };

/** Between two words to the one who started it. */
const TOLD_EVERY = 50;

const share = workerData as Options;
const tell = (message: WorkerReport) => parentPort?.postMessage(message);

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
