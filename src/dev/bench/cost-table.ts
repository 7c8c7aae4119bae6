// The report of `npm run bench:cost`, in GitHub's markdown. Called by cost.ts.

import { type CountedCosts, monthly, perMillion } from './cost-model.ts';
import { machine } from './machine.ts';
import { figure } from './watch-figures.ts';
import { COUNTERS, type Usage } from './worker/usage.ts';

export interface StepCosts {
  name: string;
  usage: Usage;
}

const VOLUMES = [1_000, 10_000, 100_000, 1_000_000];
const YEAR = 12;
const NAMES: Record<keyof Usage, string> = {
  requests: 'requests',
  cpuMs: 'CPU ms',
  rowsRead: 'D1 rows read',
  rowsWritten: 'D1 rows written',
  objectRequests: 'object requests',
  objectMs: 'object ms',
  objectRowsRead: 'object rows read',
  objectRowsWritten: 'object rows written',
  logEntries: 'log entries',
};

export function costMarkdown(counted: CountedCosts, steps: StepCosts[], invoices: number): string {
  const { invoice, minute, block, look, bytes, pageMinutes } = counted;
  const marginal = perMillion(counted);
  const usages: [string, Usage][] = [
    ...steps.map(({ name, usage }): [string, Usage] => [name, usage]),
    ['**an invoice**', invoice],
    ['a minute of the cron', minute],
    ['a block of 2 500 transactions', block],
    ['a look at all open pages', look],
  ];
  return `${machine('bench:cost')}

${figure(invoices)} live invoices with an \`order_ref\`, an Idempotency-Key and one webhook endpoint, each with its page open for ${pageMinutes} minutes, paid by one block.

| | ${COUNTERS.map((counter) => NAMES[counter]).join(' | ')} |
|---|${COUNTERS.map(() => '---:|').join('')}
${usages.map(([name, usage]) => `| ${name} | ${COUNTERS.map((counter) => count(usage[counter])).join(' | ')} |`).join('\n')}

Kept of an invoice: ${figure(Math.round(bytes.d1))} bytes in D1 and ${figure(Math.round(bytes.objects))} in objects.

| invoices a month | ${monthly(counted, 1)
    .lines.map(({ name }) => name)
    .join(' | ')} | **first month** | **twelfth month** |
|---:|${'---:|'.repeat(monthly(counted, 1).lines.length + 2)}
${VOLUMES.map((volume) => volumeRow(counted, volume)).join('\n')}

A million invoices more, with nothing included left: ${usd(marginal.usd)}, and ${usd(marginal.keptUsd)} for each month that they are kept.

| of it | $ |
|---|---:|
${marginal.lines.map((line) => `| ${line.name} | ${usd(line.usd)} |`).join('\n')}
`;
}

function volumeRow(counted: CountedCosts, volume: number): string {
  const first = monthly(counted, volume);
  const cells = [...first.lines.map((line) => usd(line.usd)), `**${usd(first.usd)}**`];
  return `| ${figure(volume)} | ${cells.join(' | ')} | **${usd(monthly(counted, volume, YEAR).usd)}** |`;
}

function count(value: number): string {
  return value >= 10 || Number.isInteger(value) ? figure(Math.round(value)) : value.toFixed(1);
}

function usd(value: number): string {
  return `$${value.toFixed(2)}`;
}
