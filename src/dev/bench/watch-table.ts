// The report of `npm run bench:watch`, in GitHub's markdown. Called by watch.ts.

import { median } from './load.ts';
import { machine } from './machine.ts';
import type { Told } from './watch-events.ts';
import { requestsOf } from './watch-explorer.ts';
import { figure, msText, rowsRead, seconds, sum } from './watch-figures.ts';
import type { Looked, Minute } from './watch-looks.ts';
import { questionRows } from './watch-questions.ts';
import type { CountedRound } from './watch-round.ts';

export interface MeasuredRound extends CountedRound {
  /** What workerd spent of the CPU meanwhile; null where the system does not tell. */
  cpuMs: number | null;
}

export interface Measured {
  invoices: number;
  /** One sweep for each new block. */
  blocks: MeasuredRound[];
  /** One sweep for each minute without a block. */
  ticks: MeasuredRound[];
  looks: Looked;
  /** Requests of one question for each address, of as many as were asked. */
  polled: number;
  /** Of workerd after the blocks; null where the system does not tell. */
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

interface WatchReport {
  measured: Measured[];
  block: BlockFigures;
  events: Told[];
}

const MINUTE_MS = 60_000;

export function watchMarkdown({ measured, block, events }: WatchReport): string {
  return `${machine('bench:watch')}

One explorer that answers without delay. The block has ${figure(block.transactions)} transactions, ${figure(block.outputs)} outputs and ${(block.bytes / 1e6).toFixed(2)} MB; ${block.paying} of its
transactions pay open invoices. An idle minute is one sweep of the watcher with no new block and no open page.

| open invoices | requests for a new block | requests in an idle minute | asking for each address once a minute |
|---:|---:|---:|---:|
${measured.map(requestsRow).join('\n')}

While some of them are open in a browser, in one minute of looks every 5 s, tips included: with the budget that an
explorer of one's own has; the same where it answers for many addresses in one request; and without a budget, one by one.

| open invoices | being looked at | requests in a minute | each looked at every | requests, many addresses each | each looked at every | requests, no budget | D1 rows read in a minute |
|---:|---:|---:|---:|---:|---:|---:|---:|
${measured.map(looksRow).join('\n')}

What that block costs the watcher, in workerd on a local D1.

| open invoices | D1 rows read | D1 rows written | waiting for D1 | memory of workerd, D1 included | D1 rows read in an idle minute |
|---:|---:|---:|---:|---:|---:|
${measured.map(costsRow).join('\n')}

CPU. *Own work* is the wall clock of the round without the time in which it waits for D1 or the explorer; it is what comes
nearest to the CPU of the Worker. *workerd* is the CPU of that whole process: the same, and the local D1 with its SQLite,
HTTP, the compiling and collecting of V8, the block's webhooks.

| open invoices | first block: own work | workerd | later blocks: own work | workerd | idle minute: own work | workerd |
|---:|---:|---:|---:|---:|---:|---:|
${measured.map(cpuRow).join('\n')}

From the broadcast of a payment to \`invoice.payment_seen\`, in real time: on the page's event stream, or without a page at
the merchant's webhook. About ten open invoices, paid at random moments.

| who looks | payments | median | worst |
|---|---:|---:|---:|
${events.map(eventRow).join('\n')}

Of a block and of an idle minute, each question to D1 for itself.

| D1 rows read | ${measured.map(({ invoices }) => `${figure(invoices)} open`).join(' | ')} |
|---|${measured.map(() => '---:|').join('')}
${questionRows('block', measured.map(askedForBlock))}
${questionRows('idle minute', measured.map(askedInMinute))}

Of a round's own work, reading and hashing the block is the same for any number of invoices: in plain Node ${block.parseMs.toFixed(1)} ms to walk
its bytes and ${block.merkleMs.toFixed(1)} ms for its ids and merkle root (median, warmed up).

${notes(measured)}`;
}

function notes([one]: Measured[]): string {
  return `- Requests and rows are counted and do not depend on the machine: the most requests, and the rows of the first block and
  idle minute. Times with everything on one machine; medians of later blocks (${(one?.blocks.length ?? 1) - 1}) and idle minutes (${one?.ticks.length}).
- The watcher asks each configured explorer for its tip (one request, two when it is new); headers and blocks are asked of
  one. In an idle minute the watcher looks into the mempool for at most \`LOOKS_PER_MINUTE\` invoices, 20 unless set; with
  more open than that, an unconfirmed payment without an open page is shown late or not until its block.
- How often each invoice is looked at is computed from the looks that were counted in the minute. What a budget has
  gathered before was spent in a minute that is not counted.
- The explorer of the last measurement lists a payment as soon as it is broadcast. What a real one needs for that comes on
  top. Nothing of it is computed: the cron was fired as often as the table says.
- Nothing is held in memory for a script: the block's scripts go to D1 as a question, and the index answers. Held are the
  round's block, at most 700 invoices of a sweep or those that are looked at, and a time for each invoice looked at since
  the watcher started.
- The invoices wait for their first payment. What deliveries ask of D1 is counted in \`npm run bench\`.`;
}

function requestsRow({ invoices, blocks, ticks, polled }: Measured): string {
  const [perBlock, perMinute] = [blocks, ticks].map((rounds) =>
    Math.max(...rounds.map(({ counted }) => requestsOf(counted))),
  );
  const poll = polled === invoices ? figure(polled) : `${figure(invoices)} (computed)`;
  return `| ${figure(invoices)} | ${perBlock} | ${perMinute} | ${poll} |`;
}

function looksRow({ invoices, looks: { hot, usual, together, unlimited } }: Measured): string {
  const every = ({ looks }: Minute) => seconds((hot * MINUTE_MS) / looks);
  return `| ${figure(invoices)} | ${figure(hot)} | ${figure(usual.requests)} | ${every(usual)} | ${figure(together.requests)} | ${every(together)} | ${figure(unlimited.requests)} | ${figure(usual.rowsRead)} |`;
}

function costsRow(measured: Measured): string {
  const asked = askedForBlock(measured);
  const d1Ms = medianOf(measured.blocks, ({ spent }) => spent.d1Ms);
  const memory =
    measured.memoryBytes === null ? 'not known here' : `${(measured.memoryBytes / 2 ** 20).toFixed(0)} MiB`;
  return `| ${figure(measured.invoices)} | ${figure(rowsRead(asked))} | ${figure(sum(asked.map((one) => one.rowsWritten)))} | ${msText(d1Ms)} | ${memory} | ${figure(rowsRead(askedInMinute(measured)))} |`;
}

function cpuRow({ invoices, blocks, ticks }: Measured): string {
  const cells = [blocks.slice(0, 1), blocks.slice(1), ticks].flatMap((rounds) => [
    msText(medianOf(rounds, ({ spent }) => spent.restMs)),
    msText(medianOf(rounds, ({ cpuMs }) => cpuMs)),
  ]);
  return `| ${figure(invoices)} | ${cells.join(' | ')} |`;
}

function eventRow({ how, tookMs }: Told): string {
  return `| ${how} | ${tookMs.length} | ${seconds(median(tookMs))} | ${seconds(Math.max(...tookMs))} |`;
}

function askedForBlock({ blocks }: Measured) {
  return blocks[0]?.spent.asked ?? [];
}

function askedInMinute({ ticks }: Measured) {
  return ticks[0]?.spent.asked ?? [];
}

/** null where one of them is not known. */
function medianOf(rounds: MeasuredRound[], take: (round: MeasuredRound) => number | null): number | null {
  const values = rounds.map(take);
  return values.some((value) => value === null) ? null : median(values.map(Number));
}
