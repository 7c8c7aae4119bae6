// /v1/platform/fees and …/accounts/:id/bills: what accounts owe the deployment's operator, and what they were billed.

import { Hono } from 'hono';
import * as z from 'zod';
import type { BillRow, Days } from '../../../adapters/db/platform-fees.ts';
import type { Deps } from '../../../deps.ts';
import { personOf } from '../../../services/access/sessions.ts';
import { type Fees, listBills, listFees, makeBill, thisMonth } from '../../../services/platform/fees.ts';
import { csvHead, csvRow } from '../csv.ts';
import { type HonoEnv, jsonBody } from '../http.ts';
import { iso } from './person.ts';
import { cursorOf, page } from './platform-page.ts';
import { validate, validQuery } from './validate.ts';

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
  if (Date.parse(to) - Date.parse(from) >= MAX_DAYS * DAY_MS) problem(`at most ${MAX_DAYS} days at once`);
}

export const feesQuery = z.strictObject({ ...days, ...page }).superRefine(inOrder);
export const csvQuery = z.strictObject(days).superRefine(inOrder);
export const billSchema = z.strictObject({ up_to: day });

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

export function feeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/fees', async (c) => {
    const { limit, cursor = null, ...asked } = validQuery(feesQuery, c.req.queries());
    const period = daysOf(asked, c.get('deps').now());
    const { fees, next } = await listFees(c.get('deps'), period, { limit, after: cursor });
    return c.json({ ...period, fees: fees.map(feesBody), next_cursor: cursorOf(next) });
  });

  app.get('/fees.csv', async (c) => {
    const period = daysOf(validQuery(csvQuery, c.req.queries()), c.get('deps').now());
    return c.body(csvOf(c.get('deps'), period), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="satlane-fees-${period.from}-${period.to}.csv"`,
      'x-content-type-options': 'nosniff',
    });
  });

  app.get('/accounts/:id/bills', async (c) =>
    c.json({ bills: (await listBills(c.get('deps'), c.req.param('id'))).map(billBody) }),
  );

  app.post('/accounts/:id/bills', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(billSchema, await jsonBody(c.req.raw));
    const { bill, isNew } = await makeBill(c.get('deps'), person, c.req.param('id'), body.up_to);
    return c.json({ bill: billBody(bill) }, isNew ? 201 : 200);
  });

  return app;
}

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
