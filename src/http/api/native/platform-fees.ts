// /v1/platform/fees and …/accounts/:id/bills: what accounts owe the deployment's operator, and what they were billed.

import * as z from 'zod';
import type { Deps } from '../../../deps.ts';
import {
  type BillRow,
  type Days,
  type Fees,
  listBills,
  listFees,
  makeBill,
  thisMonth,
} from '../../../services/platform/fees.ts';
import { csvHead, csvRow } from '../csv.ts';
import { iso } from './iso.ts';
import { created, ok, operation } from './operation.ts';

import { nextCursorOf, OPERATOR, PAGE_NOTES, pageQuery } from './platform-page.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const PER_READ = 100;

export const day = z.iso.date('must be a day such as 2026-05-31');

const days = { from: day.optional(), to: day.optional() };

/** @throws through zod where the days are the wrong way round or too many */
function inOrder({ from, to }: { from?: string | undefined; to?: string | undefined }, ctx: z.RefinementCtx) {
  if (from === undefined || to === undefined) return;
  const problem = (message: string) => ctx.addIssue({ code: 'custom', path: ['to'], message });
  if (to < from) problem('is before from');
  if (Date.parse(to) - Date.parse(from) >= MAX_DAYS * DAY_MS) problem(`at most ${MAX_DAYS} days`);
}

const feesQuery = z.strictObject({ ...days, ...pageQuery }).superRefine(inOrder);
export const csvQuery = z.strictObject(days).superRefine(inOrder);
const billSchema = z.strictObject({ up_to: day });

/** Without both days it is the present month; without one, the month until it or the days since. */
export function daysOf({ from, to }: { from?: string | undefined; to?: string | undefined }, nowMs: number): Days {
  const month = thisMonth(nowMs);
  const last = to ?? month.to;
  return { from: from ?? (to === undefined ? month.from : `${to.slice(0, 8)}01`), to: last };
}

export const feesBody = (fees: Fees) => ({
  account: fees.account,
  settled_invoices: fees.settledInvoices,
  volume_sats: String(fees.volumeSats),
  accrued_sats: String(fees.accruedSats),
  billed_sats: String(fees.billedSats),
  unbilled_sats: String(fees.unbilledSats),
});

export const billBody = (bill: BillRow) => ({
  account_id: bill.accountId,
  up_to: bill.upTo,
  sats: String(bill.sats),
  created_at: iso(bill.createdAtMs),
});

const tag = 'Platform';
const DAYS = { from: 'The first day, in UTC. The present month’s where neither is given.', to: 'The last day.' };
/** For the document. */
export const HOURLY = 'Settled invoices are counted once an hour.';

export const feeApi = [
  operation('GET /v1/platform/fees', () => ({
    id: 'listFees',
    tag,
    summary: 'List what accounts owe',
    description: `A fee is due when a live invoice is settled, and taken away when that is reversed. ${HOURLY}`,
    who: OPERATOR,
    query: { schema: feesQuery, notes: { ...DAYS, ...PAGE_NOTES } },
    answers: [ok('feesPage', 'A page of accounts, the newest first.')],
    async run({ deps, query: { limit, cursor = null, ...asked } }) {
      const period = daysOf(asked, deps.now());
      const { fees, next } = await listFees(deps, period, { limit, after: cursor });
      return { ...period, fees: fees.map(feesBody), next_cursor: nextCursorOf(next) };
    },
  })),

  operation('GET /v1/platform/fees.csv', () => ({
    id: 'downloadFees',
    tag,
    summary: 'The same for all accounts, as a table',
    who: OPERATOR,
    query: { schema: csvQuery, notes: DAYS },
    answers: [{ status: 200, description: 'With a line of names.', type: 'text/csv' }],
    async run({ c, deps, query }) {
      const period = daysOf(query, deps.now());
      return c.body(csvOf(deps, period), 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="satlane-fees-${period.from}-${period.to}.csv"`,
        'x-content-type-options': 'nosniff',
      });
    },
  })),

  operation('GET /v1/platform/accounts/{id}/bills', () => ({
    id: 'listBills',
    tag,
    summary: 'List an account’s bills',
    who: OPERATOR,
    answers: [ok('bills', 'The newest first.')],
    run: async ({ deps, params }) => ({ bills: (await listBills(deps, params.id)).map(billBody) }),
  })),

  operation('POST /v1/platform/accounts/{id}/bills', () => ({
    id: 'makeBill',
    tag,
    summary: 'Bill an account',
    description:
      'Asks for everything until the end of a day less what was billed before: what was reversed since lowers it. The same ' +
      'day again answers with the bill that was made.',
    who: OPERATOR,
    body: {
      schema: billSchema,
      notes: { up_to: 'The last day that is in it, in UTC; it has to be over.' },
      example: { up_to: '2026-05-31' },
    },
    answers: [created('billAnswer'), ok('billAnswer', 'It was made before.')],
    errors: ['conflict'],
    async run({ c, deps, caller, params, body }) {
      const { bill, isNew } = await makeBill(deps, caller, params.id, body.up_to);
      return c.json({ bill: billBody(bill) }, isNew ? 201 : 200);
    },
  })),
];

const COLUMNS = [
  ...['account_id', 'account', 'from', 'to', 'settled_invoices'],
  ...['volume_sats', 'accrued_sats', 'billed_sats', 'unbilled_sats'],
];

/** Read as fast as it is taken, one page of accounts in memory at a time. */
function csvOf(deps: Deps, { from, to }: Days): ReadableStream {
  const encoder = new TextEncoder();
  let after: Awaited<ReturnType<typeof listFees>>['next'] = null;
  let head = csvHead(COLUMNS);
  return new ReadableStream({
    async pull(controller) {
      const { fees, next } = await listFees(deps, { from, to }, { limit: PER_READ, after });
      const rows = fees.map(({ account, settledInvoices, volumeSats, accruedSats, billedSats, unbilledSats }) =>
        csvRow([
          account.id,
          account.name,
          from,
          to,
          settledInvoices,
          volumeSats,
          accruedSats,
          billedSats,
          unbilledSats,
        ]),
      );
      controller.enqueue(encoder.encode(head + rows.join('')));
      head = '';
      after = next;
      if (!next) controller.close();
    },
  });
}
