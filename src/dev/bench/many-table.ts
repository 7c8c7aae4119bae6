// The part of the bench's report that is about a store with very many invoices. Called by table.ts.

import type { Many, MeasuredPage } from './large-store.ts';
import type { Timed } from './rounds.ts';
import { figure } from './watch-figures.ts';

export function manyMarkdown({ invoices, fewInvoices, roundMs, lists, pages }: Many, rounds: number): string {
  const [bare, byId] = lists;
  const listRow = (timed: Timed) =>
    `| ${timed.name} | ${ms(timed.p50Ms)} | ${ms(timed.p95Ms)} | ${ratio(timed, bare)} | ${ratio(timed, byId)} |`;
  return `One store with ${figure(invoices)} invoices of a year, copies by SQL of one that the API made, in ten statuses; another with
${figure(fewInvoices)}. ${rounds} alternating rounds of ${roundMs / 1_000} s, one connection straight to workerd, back to back; p95 is the median of the
rounds' own. Each request takes another invoice or place where it names one.

| request | p50 | p95 | p95 to the bare read's | p95 to the one invoice's |
|---|---:|---:|---:|---:|
${lists.map(listRow).join('\n')}

The dashboard of the same stores, and the log-in with a password, each from an address of its own. Waiting for D1 is the
wall clock of the metered Worker, overlapping waits counted once; rows and waits are those until the answer.

| page | p50 | p95 | waiting for D1 | D1 round trips in a row | D1 statements | D1 rows read | D1 rows written |
|---|---:|---:|---:|---:|---:|---:|---:|
${pages.map(pageRow).join('\n')}`;
}

function pageRow({ name, timed, costs }: MeasuredPage): string {
  const counted = [costs.roundTrips, costs.statements, costs.rowsRead, costs.rowsWritten].map(figure);
  return `| ${name} | ${ms(timed.p50Ms)} | ${ms(timed.p95Ms)} | ${ms(costs.d1Ms)} | ${counted.join(' | ')} |`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function ratio(timed: Timed, base: Timed | undefined): string {
  return (timed.p95Ms / (base?.p95Ms ?? Number.NaN)).toFixed(2);
}
