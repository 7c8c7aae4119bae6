// POST /stores/:id/clock and the card that asks for it: a test store's clock, moved forward to try expiry, late payments and
// retries. On the settings, and on the page of a test invoice, which is shown again after it.

import { Hono } from 'hono';
import * as z from 'zod';
import { readTypedWhole } from '../../../core/money/typed.ts';
import type { StoreRow } from '../../../services/accounts/stores.ts';
import { MAX_MOVE_SECONDS, moveClock } from '../../../services/payments/test-clock.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { BLANK, type FormDraft, submit } from '../forms.ts';
import { redirectAfter, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Card, PageHead } from '../parts.tsx';
import { count } from '../text.ts';

const MINUTE_S = 60;
const MAX_MINUTES = MAX_MOVE_SECONDS / MINUTE_S;
const STEPS: [minutes: number, text: string][] = [
  [15, '15 minutes'],
  [60, '1 hour'],
  [24 * 60, '1 day'],
  [25 * 60, '25 hours'],
];

/** A button's minutes, or those that were typed. */
const clockForm = z
  .object({
    step: z.enum(STEPS.map(([minutes]) => String(minutes))).optional(),
    minutes: z.string().trim().default(''),
    invoice: z.uuid('Choose an invoice of this store.').optional(),
  })
  .transform(({ step, minutes, invoice }, ctx) => {
    const text = step ?? minutes;
    const number = readTypedWhole(text) ?? 0;
    if (number >= 1 && number <= MAX_MINUTES) return { seconds: number * MINUTE_S, invoice };
    ctx.addIssue({
      code: 'custom',
      path: ['minutes'],
      message: `Enter a whole number of minutes from 1 to ${MAX_MINUTES}, without separators.`,
    });
    return z.NEVER;
  });

export function clockRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.post('/stores/:id/clock', async (c: Ctx) => {
    const frame = await storePageContext(c, 'manager');
    const { deps, store } = frame;
    return submit(
      c,
      clockForm,
      async ({ seconds, invoice }) => {
        await moveClock(deps, store, seconds);
        const page = invoice === undefined ? '/settings' : `/invoices/${invoice}`;
        return redirectAfter(c, `/stores/${store.id}${page}`, 'clock_moved');
      },
      (draft) => (
        <Shell title="Test clock" frame={frame} store={store} tab="/settings">
          <PageHead title="Test clock" back={{ href: `/stores/${store.id}/settings`, text: 'Settings' }} />
          {draft.problem === null ? <ClockCard store={store} draft={draft} /> : <p>{draft.problem}</p>}
        </Shell>
      ),
    );
  });

  return app;
}

export function ClockCard({ store, draft = BLANK, invoice }: { store: StoreRow; draft?: FormDraft; invoice?: string }) {
  const back = invoice ?? draft.values.invoice;
  return (
    <Card
      title="Test clock"
      id="test-clock"
      lead="Move this store’s clock forward. Open test invoices become older by that time. Webhook retries are due, and replaced API keys and secrets stop working, earlier by that time."
    >
      <form method="post" action={`/stores/${store.id}/clock`} class="form">
        <FormToken />
        {back && <input type="hidden" name="invoice" value={back} />}
        <div class="press">
          {STEPS.map(([minutes, text]) => (
            <button type="submit" name="step" value={String(minutes)} class="button quiet">
              {text}
            </button>
          ))}
        </div>
      </form>
      <details class="more" id="clock-minutes" open={draft.errors.minutes !== undefined}>
        <summary>Another number of minutes</summary>
        <form method="post" action={`/stores/${store.id}/clock`} class="form row-form">
          <FormToken />
          {back && <input type="hidden" name="invoice" value={back} />}
          <TextField
            draft={draft}
            name="minutes"
            label="Minutes"
            inputmode="numeric"
            autocomplete="off"
            maxlength={40}
          />
          <button type="submit" class="button quiet">
            Move clock
          </button>
        </form>
      </details>
      <p class="hint">
        {store.testClockMs === 0 ? 'You have not moved it yet.' : `It is ${spanText(store.testClockMs)} ahead.`} You
        cannot turn it back.
      </p>
    </Card>
  );
}

/** "1 day, 2 hours". */
function spanText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const parts = [
    [Math.floor(minutes / 1_440), 'day'],
    [Math.floor(minutes / 60) % 24, 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, unit]) => count(number, unit));
  return said.join(', ') || 'less than a minute';
}
