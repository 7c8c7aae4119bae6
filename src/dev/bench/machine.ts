// On what a benchmark was run. Called by the tables.

import { availableParallelism, cpus, totalmem } from 'node:os';

/** @param script of package.json */
export function machine(script: string): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Measured by \`npm run ${script}\` on ${availableParallelism()} cores of ${model}, ${memory} GiB, Node ${process.versions.node}, ${process.platform} ${process.arch}.`;
}
