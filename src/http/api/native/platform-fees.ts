// /v1/platform/fees and …/accounts/:id/bills: what accounts owe the deployment's operator, and what they were billed.

import * as z from 'zod';
import type { Deps } from '../../../deps.ts';
import { type BillRow, type Days, type Fees, listBills, listFees, makeBill } from '../../../services/platform/fees.ts';
import { csvFile } from '../csv.ts';
import { DAY_NOTES, day, days, daysOf, daysQuery, inOrder } from './days.ts';
import { iso } from './iso.ts';
import { created, ok, operation } from './operation.ts';
import { nextCursorOf, OPERATOR, PAGE_NOTES, pageQuery } from './platform-page.ts';

const PER_READ = 100;

const feesQuery = z.strictObject({ ...days, ...pageQuery }).superRefine(inOrder);
const billSchema = z.strictObject({ up_to: day });

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
/** For the document. */
export const HOURLY = 'Settled invoices are counted once an hour.';

export const feeApi = [
  operation('GET /v1/platform/fees', () => ({
    id: 'listFees',
    tag,
    summary: 'List what accounts owe',
    description: `A fee is due when a live invoice is settled, and taken away when that is reversed. ${HOURLY}`,
    who: OPERATOR,
    query: { schema: feesQuery, notes: { ...DAY_NOTES, ...PAGE_NOTES } },
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
    query: { schema: daysQuery, notes: DAY_NOTES },
    answers: [{ status: 200, description: 'With a line of names.', type: 'text/csv' }],
    run: async ({ deps, query }) => csvOf(deps, daysOf(query, deps.now())),
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

function csvOf(deps: Deps, period: Days): Response {
  const { from, to } = period;
  return csvFile<AfterAccount>({
    name: `satlane-fees-${from}-${to}`,
    columns: COLUMNS,
    async read(after) {
      const { fees, next } = await listFees(deps, period, { limit: PER_READ, after });
      const rows = fees.map(({ account, settledInvoices, volumeSats, accruedSats, billedSats, unbilledSats }) => [
        ...[account.id, account.name, from, to, settledInvoices],
        ...[volumeSats, accruedSats, billedSats, unbilledSats],
      ]);
      return { rows, next };
    },
  });
}

type AfterAccount = NonNullable<Awaited<ReturnType<typeof listFees>>['next']>;
