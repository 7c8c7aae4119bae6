// The report of `npm run bench:lightning`, in GitHub's markdown. Called by lightning.ts.

import type { CreationFigures } from './lightning-creation.ts';
import type { PaidTimes } from './lightning-payments.ts';
import type { PayoutTimes } from './lightning-payouts.ts';
import type { Requests } from './lightning-requests.ts';
import { median, p95 } from './load.ts';
import { machine } from './machine.ts';

interface Report {
  creation: CreationFigures;
  paid: PaidTimes[];
  payouts: PayoutTimes[];
  requests: Requests;
}

export function lightningMarkdown({ creation, paid, payouts, requests }: Report): string {
  return `${machine('bench:lightning')}

From the payment at the payer's node to \`invoice.paid\`, over real Lightning: the payment itself is part of the time.

| how SatLane learns of it | node | payments | measured at | p50 | p95 | longest |
|---|---|---:|---|---:|---:|---:|
${paidRows(paid).join('\n')}

From the request of a payout to \`payout.settled\` at the webhook, over real Lightning:

| requested | node | payouts | p50 | p95 | longest |
|---|---|---:|---:|---:|---:|
${payoutRows(payouts).join('\n')}

Requests to the node in ${requests.seconds} s, while a store has unpaid invoices open, by polling:

| node |${requests.counts.map((count) => ` ${count} open |`).join('')}
|---|${requests.counts.map(() => '---:|').join('')}
${[...requests.byNode].map(([node, counts]) => `| ${node} | ${counts.join(' | ')} |`).join('\n')}

Creation, ${creation.rounds} alternating rounds of ${creation.roundMs / 1_000} s; the ratio is the median of the rounds (lowest–highest):

| \`POST /v1/invoices\` | connections | p50 | ratio |
|---|---:|---:|---:|
${creation.timed.flatMap((sides) => sides.map(timedRow)).join('\n')}

| \`POST /v1/invoices\` | D1 round trips until the answer | calls outside until the answer | D1 rows written |
|---|---:|---:|---:|
${creation.costs.map(costRow).join('\n')}`;
}

function paidRows(paid: PaidTimes[]): string[] {
  const [hooks, polling] = (['hook', 'polling'] as const).map((how) => paid.filter((one) => one.how === how));
  return [
    ...timesRows('a hook or notice, no page open', hooks ?? [], 'webhook', (one) => one.webhookMs),
    ...timesRows('polling, a page open', polling ?? [], 'page', (one) => one.pageMs),
    ...timesRows('polling, a page open', polling ?? [], 'webhook', (one) => one.webhookMs),
  ];
}

/** A row for each node, and one for all. */
function timesRows(how: string, paid: PaidTimes[], at: string, timesOf: (one: PaidTimes) => number[]): string[] {
  const row = (node: string, times: number[]) => `| ${how} | ${node} | ${times.length} | ${at} | ${spread(times)} |`;
  return [...paid.map((one) => row(one.node, timesOf(one))), row('**all**', paid.flatMap(timesOf))];
}

function payoutRows(payouts: PayoutTimes[]): string[] {
  const row = (how: string, node: string, times: number[]) =>
    `| ${how} | ${node} | ${times.length} | ${spread(times)} |`;
  const single = payouts.filter(({ together }) => together === 1);
  return [
    ...single.map(({ node, webhookMs }) => row('one after the other', node, webhookMs)),
    row(
      'one after the other',
      '**all**',
      single.flatMap(({ webhookMs }) => webhookMs),
    ),
    ...payouts
      .filter((one) => !single.includes(one))
      .map(({ together, node, webhookMs }) => row(`${together} in one moment`, node, webhookMs)),
  ];
}

function timedRow(
  { name, connections, p50Ms, ratio }: CreationFigures['timed'][number][number],
  index: number,
): string {
  const { median, lowest, highest } = ratio;
  const text = index === 0 ? '1' : `${median.toFixed(3)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`;
  return `| ${name} | ${connections} | ${p50Ms.toFixed(2)} ms | ${text} |`;
}

function costRow({ name, metered: { untilAnswer, afterAnswer } }: CreationFigures['costs'][number]): string {
  const rows = untilAnswer.rowsWritten + afterAnswer.rowsWritten;
  return `| ${name} | ${untilAnswer.roundTrips} | ${untilAnswer.outbound} | ${rows} |`;
}

function spread(times: number[]): string {
  return [median(times), p95(times), Math.max(...times)].map(ms).join(' | ');
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
