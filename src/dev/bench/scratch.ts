// A folder for one run of a bench that is gone after it, however the run ends. Called by the benches.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Scratch {
  dir: string;
  /** Aborted when the run has to end. */
  signal: AbortSignal;
  /** Work that has to be over before the folder goes: the builds, which run programs of their own. */
  hold<T>(work: Promise<T>): Promise<T>;
}

export function openScratch(): Scratch {
  const stop = new AbortController();
  let held: Promise<unknown> = Promise.resolve();
  const dir = mkdtempSync(join(tmpdir(), 'satlane-bench-'));
  // Temporary files of wrangler and Miniflare go there too; however this process ends, nothing of it stays.
  process.env.TMPDIR = dir;
  process.on('exit', () => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
      void held.catch(() => {}).finally(() => process.exit(130));
    });
  }
  return {
    dir,
    signal: stop.signal,
    hold(work) {
      held = work;
      return work;
    },
  };
}
