// /stores/:id/payouts/export: what was paid out in a range of days, as CSV.

import { Hono } from 'hono';
import type { HonoEnv } from '../../api/http.ts';
import { daysOf, daysQuery } from '../../api/native/days.ts';
import { ledgerFile } from '../../api/native/payout-ledger.ts';
import { TextField } from '../fields.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { page, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Card, PageHead } from '../parts.tsx';

export function payoutExportRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/payouts/export', async (c) => {
    const frame = await storePageContext(c);
    const { from, to } = c.req.query();
    const asked = daysQuery.safeParse({ from: from || undefined, to: to || undefined });
    const period = daysOf(asked.data ?? {}, frame.deps.now());
    if (from === undefined && to === undefined)
      return page(c, <ExportPage frame={frame} draft={draftOf({ ...period })} />);
    if (asked.success) return ledgerFile(frame.deps, frame.store.id, period);
    const errors = asked.error.issues.map(({ path, message }) => [String(path[0] ?? 'to'), `This ${message}.`]);
    const draft = { ...draftOf({ from, to }), errors: Object.fromEntries(errors) };
    return page(c, <ExportPage frame={frame} draft={draft} />, 400);
  });

  return app;
}

function ExportPage({ frame, draft }: { frame: StorePageContext; draft: FormDraft }) {
  const to = `/stores/${frame.store.id}/payouts`;
  return (
    <Shell title="Export" frame={frame} store={frame.store} tab="/payouts">
      <div class="narrow">
        <PageHead title="Export payouts" back={{ href: to, text: 'Payouts' }} />
        <Card>
          <form method="get" action={`${to}/export`} class="form">
            <div class="row even">
              <TextField draft={draft} name="from" label="First day" type="date" />
              <TextField draft={draft} name="to" label="Last day" type="date" />
            </div>
            <div class="form-actions">
              <button type="submit" class="button">
                Download CSV
              </button>
            </div>
          </form>
        </Card>
        <p class="hint">
          Days are in UTC and count the creation of the payout. Refunds name their invoice and its order. Each payout
          has an equal part of the fee of its transaction, and its value at the rate of the moment when it was paid.
        </p>
      </div>
    </Shell>
  );
}
