// /stores/:id/invoices/export: a range of days as CSV or JSON, written page by page while it is read. Bounded: the range is
// counted first, and one that is too large is refused rather than cut.

import { Hono } from 'hono';
import * as z from 'zod';
import { countMade } from '../../../adapters/db/read/search.ts';
import { STATUSES } from '../../../core/invoice/invoice.ts';
import { type PageOfInvoices, readPage } from '../../../services/payments/read.ts';
import type { HonoEnv } from '../../api/http.ts';
import { FormProblem, SelectField, TextField } from '../fields.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { page, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Card, PageHead } from '../parts.tsx';
import { booked, CSV_HEAD, csvLine } from './csv.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;
const MAX_EXPORTED = 50_000;
const PER_READ = 250;

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'Enter a day such as 2026-05-16.')
  .refine((text) => Number.isFinite(Date.parse(text)), 'This day does not exist. Enter one such as 2026-05-31.');

const query = z
  .object({
    from: day,
    to: day,
    format: z.enum(['csv', 'json'], 'Choose CSV or JSON.'),
    scope: z.enum(['received', 'all'], 'Choose which invoices.').default('received'),
  })
  .superRefine(({ from, to }, ctx) => {
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
    if (days < 0) ctx.addIssue({ code: 'custom', path: ['to'], message: 'The last day is before the first.' });
    if (days >= MAX_DAYS) ctx.addIssue({ code: 'custom', path: ['to'], message: 'Choose at most one year.' });
  });

type Wanted = z.infer<typeof query>;

export function exportRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/invoices/export', async (c) => {
    const frame = await storePageContext(c);
    const asked = c.req.query();
    if (asked.format === undefined) {
      const today = new Date(frame.deps.now()).toISOString().slice(0, 10);
      const draft = draftOf({ from: `${today.slice(0, 8)}01`, to: today, format: 'csv', scope: 'received' });
      return page(c, <ExportPage frame={frame} draft={draft} />);
    }
    const read = query.safeParse(asked);
    if (!read.success) {
      const errors = Object.fromEntries(read.error.issues.map(({ path, message }) => [path.join('.'), message]));
      return page(c, <ExportPage frame={frame} draft={{ values: asked, errors, problem: null }} />, 400);
    }
    const range = rangeOf(read.data);
    const made = await countMade(frame.deps.db, frame.store.id, range, STATUSES, MAX_EXPORTED + 1);
    if (made > MAX_EXPORTED) {
      const problem = `More than ${MAX_EXPORTED.toLocaleString('en-US')} invoices were created in these days. Choose fewer days.`;
      return page(c, <ExportPage frame={frame} draft={{ values: asked, errors: {}, problem }} />, 400);
    }
    const { from, to, format } = read.data;
    return new Response(bodyOf(frame, read.data), {
      headers: {
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json',
        'content-disposition': `attachment; filename="satlane-${from}-${to}.${format}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  return app;
}

function rangeOf({ from, to }: Wanted) {
  return { fromMs: Date.parse(from), beforeMs: Date.parse(to) + DAY_MS };
}

/** Read as fast as it is taken, one page in memory at a time. */
function bodyOf({ deps, store }: StorePageContext, wanted: Wanted): ReadableStream {
  const { fromMs, beforeMs } = rangeOf(wanted);
  const encoder = new TextEncoder();
  let after: PageOfInvoices['next'] = null;
  let isFirst = true;
  let hasRows = false;
  return new ReadableStream({
    async pull(controller) {
      const page: PageOfInvoices = await readPage(deps, {
        storeId: store.id,
        createdFromMs: fromMs,
        createdBeforeMs: beforeMs,
        limit: PER_READ,
        ...(after && { after }),
      });
      const rows = page.invoices
        .filter(({ amount_confirmed_sats: sats }) => wanted.scope === 'all' || sats !== '0')
        .map(booked);
      const [head, end] = wanted.format === 'csv' ? [CSV_HEAD, ''] : ['{"invoices":[\n', '\n]}\n'];
      const lines = rows.map((row, index) =>
        wanted.format === 'csv' ? csvLine(row) : `${hasRows || index > 0 ? ',\n' : ''}${JSON.stringify(row)}`,
      );
      hasRows ||= rows.length > 0;
      controller.enqueue(encoder.encode(`${isFirst ? head : ''}${lines.join('')}${page.next ? '' : end}`));
      isFirst = false;
      after = page.next;
      if (!page.next) controller.close();
    },
  });
}

function ExportPage({ frame, draft }: { frame: StorePageContext; draft: FormDraft }) {
  const to = `/stores/${frame.store.id}/invoices`;
  return (
    <Shell title="Export" frame={frame} store={frame.store} tab="/invoices">
      <div class="narrow">
        <PageHead title="Export for accounting" back={{ href: to, text: 'Invoices' }} />
        <Card>
          <form method="get" action={`${to}/export`} class="form">
            <FormProblem draft={draft} />
            <div class="row even">
              <TextField draft={draft} name="from" label="First day" type="date" />
              <TextField draft={draft} name="to" label="Last day" type="date" />
            </div>
            <SelectField
              draft={draft}
              name="scope"
              label="Invoices"
              options={[
                { value: 'received', text: 'With payments' },
                { value: 'all', text: 'All' },
              ]}
            />
            <SelectField
              draft={draft}
              name="format"
              label="Format"
              options={[
                { value: 'csv', text: 'CSV, for spreadsheets' },
                { value: 'json', text: 'JSON' },
              ]}
            />
            <div class="form-actions">
              <button type="submit" class="button">
                Download
              </button>
            </div>
          </form>
        </Card>
        <p class="hint">
          Days are in UTC and count the creation of the invoice. Payments are valued at the rate that was locked at
          creation, which your buyer paid. For invoices in sats it is the rate in US dollars, if one was known.
        </p>
      </div>
    </Shell>
  );
}
