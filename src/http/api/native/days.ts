// The days that a request is about: `from` and `to`, in UTC, both included. Used by what is counted or downloaded by the day.

import * as z from 'zod';
import { type Days, thisMonth } from '../../../services/platform/fees.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;

export const day = z.iso.date('must be a day such as 2026-05-31');

export const days = { from: day.optional(), to: day.optional() };

/** @throws through zod where the days are the wrong way round or too many */
export function inOrder({ from, to }: { from?: string | undefined; to?: string | undefined }, ctx: z.RefinementCtx) {
  if (from === undefined || to === undefined) return;
  const problem = (message: string) => ctx.addIssue({ code: 'custom', path: ['to'], message });
  if (to < from) problem('is before from');
  if (Date.parse(to) - Date.parse(from) >= MAX_DAYS * DAY_MS) problem(`at most ${MAX_DAYS} days`);
}

export const daysQuery = z.strictObject(days).superRefine(inOrder);

export const DAY_NOTES = {
  from: 'The first day, in UTC. The present month’s where neither is given.',
  to: 'The last day.',
};

/** Without both days it is the present month; without one, the month until it or the days since. */
export function daysOf({ from, to }: { from?: string | undefined; to?: string | undefined }, nowMs: number): Days {
  const month = thisMonth(nowMs);
  const last = to ?? month.to;
  return { from: from ?? (to === undefined ? month.from : `${to.slice(0, 8)}01`), to: last };
}

/** From the beginning of the first day to the end of the last. */
export const spanOf = ({ from, to }: Days) => ({ fromMs: Date.parse(from), beforeMs: Date.parse(to) + DAY_MS });
