// The report of `npm run bench:watch`, in GitHub's markdown. Called by watch.ts.

import { availableParallelism, cpus, totalmem } from 'node:os';
import { median } from './load.ts';
import type { Question } from './watch-explorer.ts';
import type { Asked, Swept } from './worker/watch-costs.ts';

export interface Measured {
  invoices: number;
  /** One sweep for each new block. */
  blocks: { swept: Swept; requests: Record<Question, number> }[];
  minute: { swept: Swept; requests: Record<Question, number> };
  poll: { requests: number; isMeasured: boolean };
  /** Of the workerd process after the blocks; null where the system does not tell. */
  memoryBytes: number | null;
}

/** The block as plain Node reads it. */
export interface BlockFigures {
  bytes: number;
  transactions: number;
  outputs: number;
  paying: number;
  parseMs: number;
  merkleMs: number;
}

export interface WatchReport {
  measured: Measured[];
  block: BlockFigures;
}

/** The questions of src/db, by what only they contain. */
const QUESTIONS: Record<string, RegExp> = {
  'whom the block pays (`holdersOfScripts`)': /JOIN addresses a ON a\.script/,
  'which hopes it may end (`hopedFor`)': /json_each\(p\.inputs\)/,
  'what a new tip moves (`invoicesMovedByTip`)': /block_height >/,
  'our headers and the tip': /"headers"|"chain_state" \(|from "chain_state"/,
  'which are due (`dueInvoices`)': /ORDER BY watch_until LIMIT/,
  'which are open (`openInvoices`)': /ORDER BY watch_until DESC/,
  'those of them that are open, in full (`watchedAmong`)': /from "(invoices|payments)" where .*id IN \(SELECT value/,
};
const RECORDING = 'reading and recording the invoices concerned';

export function watchMarkdown({ measured, block }: WatchReport): string {
  return `${machine()}

One explorer that answers at once. The block has ${figure(block.transactions)} transactions, ${figure(block.outputs)} outputs and ${(block.bytes / 1e6).toFixed(2)} MB; ${block.paying} of its
transactions pay open invoices. An idle minute is one sweep of the cron with no new block and nobody looking.

| open invoices | requests for a new block | requests in an idle minute | asking for each address once a minute |
|---:|---:|---:|---:|
${measured.map(requestsRow).join('\n')}

What that block costs the watcher, in workerd on a local D1, the waiting for the explorer left out.

| open invoices | D1 rows read | D1 rows written | D1 | all of the round | memory of workerd, D1 included | D1 rows read in an idle minute |
|---:|---:|---:|---:|---:|---:|---:|
${measured.map(costsRow).join('\n')}

Of the same, each question to D1 for itself.

| D1 rows read | ${measured.map(({ invoices }) => `${figure(invoices)} open`).join(' | ')} |
|---|${measured.map(() => '---:|').join('')}
${questionRows('block', measured, ({ blocks }) => blocks[0]?.swept.asked ?? [])}
${questionRows('idle minute', measured, ({ minute }) => minute.swept.asked)}

Of a round, reading and hashing the block is the same for any number of invoices: in plain Node ${block.parseMs.toFixed(1)} ms to walk its bytes
and ${block.merkleMs.toFixed(1)} ms for its ids and merkle root (median, warmed up).

- Requests and rows are counted for the first block and do not depend on the machine; times are wall clock, median of
  ${measured[0]?.blocks.length} ${measured[0]?.blocks.length === 1 ? 'block' : 'blocks'}, with everything on one machine. Each explorer that is configured is asked for its tip (two requests); headers and
  blocks are asked of one.
- In an idle minute the watcher looks into the mempool for at most \`LOOKS_PER_MINUTE\` invoices, 20 unless set; with more
  open than that, an unconfirmed payment that nobody watches is shown late or not until its block. Invoices that
  somebody has open are asked for every \`HOT_POLL_SECONDS\`, which is not in the table.
- Nothing is held in memory for a script: the block's scripts go to D1 as one question, and the index answers. Held are
  the round's block, at most 700 invoices of a sweep, and a time for each invoice looked at since the watcher started.
- The invoices wait for their first payment. Deliveries of the block's events are not counted here but in \`npm run bench\`.`;
}

function requestsRow({ invoices, blocks, minute, poll }: Measured): string {
  const perBlock = Math.max(...blocks.map(({ requests }) => sum(Object.values(requests))));
  const perMinute = sum(Object.values(minute.requests));
  const polled = `${figure(poll.requests)}${poll.isMeasured ? '' : ' (computed)'}`;
  return `| ${figure(invoices)} | ${perBlock} | ${perMinute} | ${polled} |`;
}

function costsRow({ invoices, blocks, minute, memoryBytes }: Measured): string {
  const asked = blocks[0]?.swept.asked ?? [];
  const d1Ms = median(blocks.map(({ swept }) => sum(swept.asked.map(({ tookMs }) => tookMs))));
  const roundMs = median(blocks.map(({ swept }) => swept.tookMs - swept.fetchMs));
  const memory = memoryBytes === null ? 'not known here' : `${(memoryBytes / 2 ** 20).toFixed(0)} MiB`;
  return `| ${figure(invoices)} | ${figure(rowsRead(asked))} | ${figure(sum(asked.map((one) => one.rowsWritten)))} | ${d1Ms.toFixed(0)} ms | ${roundMs.toFixed(0)} ms | ${memory} | ${figure(rowsRead(minute.swept.asked))} |`;
}

/** A row for each question that was asked. */
function questionRows(when: string, measured: Measured[], askedIn: (one: Measured) => Asked[]): string {
  return [...Object.keys(QUESTIONS), RECORDING]
    .map((name) => ({
      name,
      asked: measured.map((one) => askedIn(one).filter(({ sql }) => questionOf(sql) === name)),
    }))
    .filter(({ asked }) => asked.flat().length > 0)
    .map(({ name, asked }) => `| ${when}: ${name} | ${asked.map(questionCell).join(' | ')} |`)
    .join('\n');
}

function questionCell(asked: Asked[]): string {
  return `${figure(rowsRead(asked))} in ${sum(asked.map(({ tookMs }) => tookMs)).toFixed(0)} ms`;
}

function questionOf(sql: string): string {
  return Object.entries(QUESTIONS).find(([, marks]) => marks.test(sql))?.[0] ?? RECORDING;
}

function rowsRead(asked: Asked[]): number {
  return sum(asked.map((one) => one.rowsRead));
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function figure(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', ' ');
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Measured by \`npm run bench:watch\` on ${availableParallelism()} cores of ${model}, ${memory} GiB, Node ${process.versions.node}, ${process.platform} ${process.arch}.`;
}
