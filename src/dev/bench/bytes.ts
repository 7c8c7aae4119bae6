// `npm run bench:bytes`: what D1 keeps of an invoice that was created, seen and paid by the API, table by table. Prints the table of
// README.md beside it and ends. `-- --quick` makes few invoices, to show that the bench itself works.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root } from './build.ts';
import { type Kept, kept } from './bytes-kept.ts';
import { ORDER } from './counts.ts';
import { machine } from './machine.ts';
import { startReceiver } from './receiver.ts';
import { openScratch } from './scratch.ts';
import { createUpkeep } from './upkeep.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const INVOICES = options.quick ? 60 : 1_500;
const AT_ONCE = 8;

const { dir, signal, hold } = openScratch();
const { file } = await hold(build(join(dir, 'measured'), signal, join(root, 'src/dev/bench/worker/entry.ts')));
await payInvoices(join(dir, 'd1'));
console.log(markdown(kept(join(dir, 'd1'), INVOICES)));

async function payInvoices(persist: string): Promise<void> {
  const receiver = await startReceiver();
  const place = await openBenchWorld(file, { RATES: 'fixed:USD=65000,EUR=60000' }, 0, persist);
  try {
    const [merchant] = await seedMerchants(place, 1, INVOICES, receiver.url);
    if (!merchant) throw new Error('no merchant');
    await createUpkeep(place).refresh(1);
    let number = 0;
    const lane = async () => {
      while (number < INVOICES) await payOne(place, merchant, number++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    await receiver.quiet();
  } finally {
    await place.close();
    await receiver.close();
  }
}

async function payOne(place: BenchWorld, { apiKey }: Merchant, number: number): Promise<void> {
  const ask = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const init = {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    };
    const response = await fetch(new URL(path, place.url), init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { invoice: { id: string } };
  };
  const { invoice } = await ask('/v1/invoices', { ...ORDER, order_ref: `order-${number}` });
  for (const event_type of ['invoice.payment_seen', 'invoice.paid']) {
    await ask(`/v1/invoices/${invoice.id}/simulate`, { event_type });
  }
}

function markdown(tables: Kept[]): string {
  const row = ({ name, bytes, payload, overflow }: Kept) =>
    `| ${name} | ${[bytes, payload, overflow].map((value) => Math.round(value).toLocaleString('en').replace(',', ' ')).join(' | ')} |`;
  const sum = (of: 'bytes' | 'payload' | 'overflow') => tables.reduce((all, table) => all + table[of], 0);
  return `${machine('bench:bytes')}

${INVOICES} invoices with an \`order_ref\`, an idempotency key and one webhook endpoint, created, seen and paid by the API in test mode.

| table or index | bytes for each | payload | in pages of their own |
|---|---:|---:|---:|
${tables.map(row).join('\n')}
${row({ name: '**all**', bytes: sum('bytes'), payload: sum('payload'), overflow: sum('overflow') })}`;
}
