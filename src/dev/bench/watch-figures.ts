// Totals, and figures as the tables of `npm run bench:watch` write them. Called by watch-table.ts and watch-questions.ts.

import type { Asked } from './worker/watch-costs.ts';

export function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function rowsRead(asked: Asked[]): number {
  return sum(asked.map((one) => one.rowsRead));
}

/** 1 000 000 */
export function figure(value: number): string {
  return value.toLocaleString('en-US').replaceAll(',', ' ');
}

/** A time that not every system tells. */
export function msText(value: number | null): string {
  return value === null ? 'not known here' : `${value.toFixed(0)} ms`;
}

export function seconds(valueMs: number): string {
  return `${(valueMs / 1_000).toFixed(1)} s`;
}
