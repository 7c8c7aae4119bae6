// What Greenfield's list of invoices may be asked: parameters in any case, repeated or with [], times in seconds.

import { type GreenfieldStatus, greenfieldMetadata, greenfieldStatus } from '../../invoice/greenfield.ts';
import { STATUSES, type Status } from '../../invoice/invoice.ts';
import type { Standing } from '../../invoice/standing.ts';
import type { StandingQuery } from '../../payments/read.ts';
import { pascalPath } from './body.ts';
import { invalid } from './errors.ts';
import { flagOf, valuesOf } from './query.ts';

const USUAL_TAKE = 100;
const MOST_TAKEN = 250;
const MOST_SKIPPED = 10_000;
/** Where each has to be read to know whether it is one of them. */
const MOST_MATCHED_SKIPPED = 1_000;
/** Each is a search of its own. */
const MOST_ORDER_IDS = 20;

/** Under which native statuses an invoice of each of Greenfield's can be. What it is indeed is decided one by one. */
export const WITHIN: Record<GreenfieldStatus, readonly Status[]> = {
  New: ['pending', 'seen', 'underpaid', 'requires_review'],
  Processing: ['pending', 'seen', 'underpaid', 'requires_review'],
  Expired: ['expired', 'seen', 'underpaid', 'late_paid', 'overpaid', 'requires_review'],
  Invalid: ['reverted', 'cancelled', 'requires_review'],
  Settled: ['paid', 'overpaid', 'requires_review'],
};

/** @throws GreenfieldError 422 */
export function listQueryOf(url: string, storeId: string): StandingQuery & { includePaymentMethods: boolean } {
  const values = valuesOf(url);
  const whole = (name: string, most: number): number | undefined => {
    const text = values(name).at(-1);
    if (text === undefined) return undefined;
    if (!/^\d{1,12}$/.test(text)) throw invalid({ path: pascalPath([name]), message: 'has to be a whole number' });
    if (Number(text) > most) throw invalid({ path: pascalPath([name]), message: `has to be at most ${most}` });
    return Number(text);
  };
  const startDate = whole('startDate', 1e11);
  const endDate = whole('endDate', 1e11);
  if (startDate !== undefined && endDate !== undefined && startDate > endDate) {
    throw invalid({ path: 'StartDate', message: 'startDate should not be above endDate' });
  }
  const orderRefs = [...new Set(values('orderId'))];
  if (orderRefs.length > MOST_ORDER_IDS) {
    throw invalid({ path: 'OrderId', message: `at most ${MOST_ORDER_IDS} at once` });
  }
  const wanted = statusesOf(values('status'));
  const text = values('textSearch').at(-1)?.trim().toLowerCase();
  return {
    storeId,
    ...(orderRefs.length === 0 ? {} : { orderRefs }),
    ...(startDate === undefined ? {} : { createdFromMs: startDate * 1000 }),
    ...(endDate === undefined ? {} : { createdBeforeMs: (endDate + 1) * 1000 }),
    ...(wanted && { statuses: STATUSES.filter((status) => wanted.some((one) => WITHIN[one].includes(status))) }),
    ...((wanted || text) && {
      matches: (standing: Standing) =>
        (!wanted || wanted.includes(greenfieldStatus(standing).status)) && (!text || textOf(standing).includes(text)),
    }),
    archived: flagOf(values, 'includeArchived', false),
    skip: whole('skip', wanted || text ? MOST_MATCHED_SKIPPED : MOST_SKIPPED) ?? 0,
    take: whole('take', MOST_TAKEN) ?? USUAL_TAKE,
    includePaymentMethods: flagOf(values, 'includePaymentMethods', false),
  };
}

/** @returns null for any */
function statusesOf(texts: string[]): GreenfieldStatus[] | null {
  const names = Object.keys(WITHIN) as GreenfieldStatus[];
  const statuses = texts.map((text) => {
    const status = names.find((name) => name.toLowerCase() === text.toLowerCase());
    if (!status) throw invalid({ path: 'Status', message: `has to be one of ${names.join(', ')}` });
    return status;
  });
  return statuses.length === 0 ? null : statuses;
}

/** What a search looks through. */
function textOf({ invoice, payments }: Standing): string {
  const named = [invoice.id, invoice.address, ...payments.map(({ txid }) => txid)];
  return [...named, JSON.stringify(greenfieldMetadata(invoice))].join(' ').toLowerCase();
}
