// The report of `npm run bench:blocks`, in GitHub's markdown. Called by blocks.ts.

import { median } from './load.ts';
import { machine } from './machine.ts';
import { figure, msText, rowsRead, sum } from './watch-figures.ts';
import type { Spent } from './worker/watch-costs.ts';

export interface MeasuredBlock {
  /** Of the block that pays. */
  payers: number;
  /** How many blocks came between it and this one; 0 for itself. */
  after: number;
  d1DelayMs: number;
  bytes: number;
  spent: Spent;
  /** What workerd spent of the CPU meanwhile, with the local D1 and the webhooks; null where the system does not tell. */
  cpuMs: number | null;
}

export function blocksMarkdown(paid: MeasuredBlock[], large: MeasuredBlock[]): string {
  const own = large.map(({ spent }) => spent.restMs);
  return `${machine('bench:blocks')}

Each payer pays an invoice of its own; half of the invoices wait for a second confirmation. *+1* is the block after it, and so on.

| payers | added to each call to D1 | block | wall clock | D1 round trips in a row | statements | rows read | rows written | own work | CPU of workerd |
|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|
${paid.map(blockRow).join('\n')}

A block of ${((large[0]?.bytes ?? 0) / 1e6).toFixed(2)} MB with ${large[0]?.payers} payers: own work ${msText(own[0] ?? null)} in the first one, ${msText(median(own.slice(1)))} in later ones (median of ${own.length - 1}).
`;
}

function blockRow({ payers, after, d1DelayMs, spent, cpuMs }: MeasuredBlock): string {
  const { tookMs, roundTrips, asked, restMs } = spent;
  const written = sum(asked.map((one) => one.rowsWritten));
  const figures = [roundTrips, asked.length, rowsRead(asked), written].map(figure);
  const block = after === 0 ? 'the one that pays' : `+${after}`;
  return `| ${figure(payers)} | ${d1DelayMs} ms | ${block} | ${msText(tookMs)} | ${figures.join(' | ')} | ${msText(restMs)} | ${msText(cpuMs)} |`;
}
