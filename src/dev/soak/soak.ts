// Shares the histories of a seed out among threads. Called by main.ts and by test/soak.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { GameName } from './games.ts';
import type { Mutant } from './mutant.ts';
import type { WorkerReport, WorkerShare } from './worker.ts';

interface SoakOptions {
  game: GameName;
  seed: string;
  /** The number of the first history, and how many there are. */
  first: number;
  count: number;
  workers: number;
  /** What is wrong in the product: a failing history is not shortened then. */
  mutant?: Mutant;
  everyMs?: number;
  onProgress?: (done: number) => void;
}

/** Each thread goes on to its first failure; answers what those were, in words. */
export async function soak({ workers, everyMs, onProgress, ...options }: SoakOptions): Promise<string[]> {
  let done = 0;
  const timer = everyMs === undefined ? undefined : setInterval(() => onProgress?.(done), everyMs);
  const ends = Array.from({ length: workers }, (_, part) => {
    const { first, count } = options;
    const share: WorkerShare = {
      ...{ ...options, isShortened: !options.mutant, first: first + part, stride: workers },
      count: Math.ceil((count - part) / workers),
    };
    return endOf(share, (more) => {
      done += more;
    });
  });
  try {
    const failures = await Promise.all(ends);
    onProgress?.(done);
    return failures.filter((failure) => failure !== null);
  } finally {
    clearInterval(timer);
  }
}

function endOf(share: WorkerShare, onDone: (more: number) => void): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
      workerData: share,
      execArgv: ['--no-warnings'],
    });
    worker.on('error', reject);
    worker.on('message', (message: WorkerReport) => {
      if ('done' in message) onDone(message.done);
      else resolve(message.end);
    });
  });
}
