// `npm run soak`: random histories until one fails or all have passed. `-- --lightning --payouts --histories N --seed S --only I --workers W`.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    /** Of nodes and their hooks in the place of the chain's. */
    lightning: { type: 'boolean', default: false },
    /** Of payouts over Lightning. */
    payouts: { type: 'boolean', default: false },
    histories: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now()) },
    /** One history of the seed, by its number. */
    only: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

const isOne = values.only !== undefined;
const count = isOne ? 1 : Number(values.histories);
console.log(`Seed ${values.seed}, ${isOne ? `history ${values.only}` : `${count} histories`}`);
const startedMs = Date.now();
const failures = await soak({
  game: values.payouts ? 'payouts' : values.lightning ? 'lightning' : 'chain',
  seed: values.seed,
  first: Number(values.only ?? 0),
  count,
  workers: Math.min(Number(values.workers), count),
  everyMs: 10_000,
  onProgress: (done) => {
    const seconds = (Date.now() - startedMs) / 1_000;
    console.log(`${done} histories in ${seconds.toFixed(0)} s, ${(done / seconds).toFixed(1)} a second`);
  },
});
console.log(failures.join('\n\n') || 'All as they should be.');
process.exitCode = failures.length === 0 ? 0 : 1;
