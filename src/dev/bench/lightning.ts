// `npm run bench:lightning`: how soon a payment over Lightning is announced and a payout settled, how often nodes are asked, and what a
// creation with both ways to pay costs. Prints the tables of README.md beside it and ends. `-- --quick` does a little of each, to show that the bench works.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, root } from './build.ts';
import { measureCreation } from './lightning-creation.ts';
import { timesToPaid } from './lightning-payments.ts';
import { timesOfPayouts } from './lightning-payouts.ts';
import { countRequests } from './lightning-requests.ts';
import { lightningMarkdown } from './lightning-table.ts';
import { openScratch } from './scratch.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

const { dir, signal, hold } = openScratch();
console.log(await bench(options));

async function bench({ quick }: { quick: boolean }): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'measured'), signal, join(root, 'src/dev/bench/worker/entry.ts')));
  say('timing creation');
  const creation = await measureCreation(file, quick ? { rounds: 2, roundMs: 250 } : { rounds: 30, roundMs: 600 });
  say('paying');
  const paid = await timesToPaid(file, quick ? { hooked: 3, waves: 1, pages: 4 } : { hooked: 40, waves: 2, pages: 10 });
  say('paying out');
  const payouts = await timesOfPayouts(file, quick ? { each: 2, together: 4 } : { each: 25, together: 50 });
  say('counting requests');
  const requests = await countRequests(
    file,
    quick ? { counts: [1, 8], seconds: 9 } : { counts: [1, 10, 50], seconds: 60 },
  );
  return lightningMarkdown({ creation, paid, payouts, requests });
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
