// The bench's report, in GitHub's markdown. Called by main.ts.

import type { Bundle } from './build.ts';
import type { CountedStep } from './counts.ts';
import type { Many } from './large-store.ts';
import { machine } from './machine.ts';
import { manyMarkdown } from './many-table.ts';
import type { Ratio, Timed } from './rounds.ts';

interface Report {
  /** Groups of sides: each group begins with what its others are compared with. */
  timed: Timed[][];
  steps: CountedStep[];
  many: Many;
  bundle: Bundle;
  /** CPU in ms, one for each start. */
  startups: { median: number; runs: number };
  rounds: number;
  roundMs: number;
}

export function markdown(report: Report): string {
  const timed = report.timed.flatMap((group) => group.map(timedRow));
  const total = (['untilAnswer', 'afterAnswer'] as const).flatMap((part) =>
    report.steps.filter((step) => step.onTheRoad).map((step) => step[part]),
  );
  const rowsWritten = total.reduce((sum, costs) => sum + costs.rowsWritten, 0);
  const rowsRead = total.reduce((sum, costs) => sum + costs.rowsRead, 0);
  return `${machine('bench')}

${report.rounds} alternating rounds of ${report.roundMs / 1_000} s over keep-alive connections straight to workerd, one local D1 for both sides;
each row's ratio is to the nearest bare statement above it, median of the rounds (lowest–highest). Back to back, a request
shares the isolate and D1 with the webhook of the one before: its signature, its sending, its record.

| request | connections | p50 | ratio | a second | ratio |
|---|---:|---:|---:|---:|---:|
${timed.join('\n')}

Counted, not timed: an invoice in a store with one webhook endpoint, created with an idempotency key, paid by simulation.
Addresses are derived ahead, here as in production, so that creating an invoice derives none.

| step | D1 round trips in a row until the answer | calls outside until the answer | webhooks after it | D1 statements | D1 rows read | D1 rows written |
|---|---:|---:|---:|---:|---:|---:|
${report.steps.map(stepRow).join('\n')}
| **from creation to paid** | | | | | ${number(rowsRead)} | **${number(rowsWritten)}** |

${manyMarkdown(report.many, report.rounds)}

| bundle, as deployed | gzip | start-up CPU |
|---:|---:|---:|
| ${kib(report.bundle.bytes)} | ${kib(report.bundle.gzipBytes)} | ${report.startups.median.toFixed(0)} ms (\`wrangler check startup\`, median of ${report.startups.runs}) |`;
}

function timedRow(timed: Timed, index: number): string {
  const ratio = ({ median, lowest, highest }: Ratio) =>
    index === 0 ? '1' : `${median.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`;
  const rate = `${timed.perSecond.toFixed(0)} | ${ratio(timed.rateRatio)}`;
  return `| ${timed.name} | ${timed.connections}${pace(timed)} | ${timed.p50Ms.toFixed(2)} ms | ${ratio(timed.ratio)} | ${rate} |`;
}

function pace({ connections, pauseMs }: Timed): string {
  if (pauseMs > 0) return `, ${pauseMs} ms apart`;
  return connections === 1 ? ', back to back' : '';
}

function stepRow({ name, untilAnswer, afterAnswer }: CountedStep): string {
  const both = (key: 'statements' | 'rowsRead' | 'rowsWritten') => number(untilAnswer[key] + afterAnswer[key]);
  return `| ${name} | ${number(untilAnswer.roundTrips)} | ${number(untilAnswer.outbound)} | ${number(afterAnswer.outbound)} | ${both('statements')} | ${both('rowsRead')} | ${both('rowsWritten')} |`;
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
