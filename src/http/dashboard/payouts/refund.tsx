// /stores/:id/invoices/:iid/refund: how much of an invoice goes back, in plain words and with the amounts. Called by the table of
// contents.

import { Hono } from 'hono';
import * as z from 'zod';
import { readInvoice } from '../../../services/payments/read.ts';
import { quoteRefunds, type RefundVariant, refund, refundFacts } from '../../../services/payouts/refunds.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { moneyText, satsText } from '../../ui/text.ts';
import { Form, RadioField, SelectField, TextField } from '../fields.tsx';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { nameOf } from '../invoices/words.ts';
import { Shell } from '../layout.tsx';
import { Callout, Card, PageHead } from '../parts.tsx';
import { IN_BITCOIN, OfferFields } from './new-pull-payment.tsx';
import { endOf, MIN_BOLT11_SECONDS, offerFields, typedMoney } from './pull-payments.tsx';
import { decider } from './routes.tsx';

const VARIANTS = ['rate_then', 'current_rate', 'overpaid', 'fiat', 'custom'] as const;

const refundForm = z.object({
  ...offerFields,
  variant: z.enum(VARIANTS, 'Choose how much.'),
  amount: z.string().default(''),
  currency: z.string().regex(/^([A-Z]{3}|SATS)$/, 'Choose one.'),
});

const PATH = '/stores/:id/invoices/:iid/refund';
const idOf = (c: Ctx) => c.req.param('iid') ?? '';
const managed = (c: Ctx) => storePageContext(c, 'manager');

export function refundRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => {
    const frame = await managed(c);
    const invoice = await readInvoice(frame.deps, frame.store.id, idOf(c));
    const draft = draftOf({
      methods: 'both',
      currency: 'SATS',
      name: `Refund of ${nameOf(invoice)}`.slice(0, 50),
    });
    return page(c, await refundPage(frame, draft, c));
  });

  formsOn(app, managed, refundPage)(PATH, refundForm, async (frame, form, c) => {
    const { deps, store } = frame;
    const order = {
      ...{ variant: variantOf(form), subtractPercentage: '0', mayExceed: false, dialect: null, metadata: {} },
      ...{ name: form.name, description: form.description, methods: form.methods },
      ...{ autoApprove: form.auto_approve === 'on', minBolt11Seconds: MIN_BOLT11_SECONDS },
      expiresAtMs: endOf(form.expires_in_days, deps.now()),
    };
    const { id } = await refund(deps, store.id, idOf(c), order, { by: decider(frame), use: null });
    return redirectAfter(c, `/stores/${store.id}/pull-payments/${id}`, 'refund_created');
  });

  return app;
}

function variantOf({ variant, amount, currency }: z.infer<typeof refundForm>): RefundVariant {
  return variant === 'custom' ? { kind: 'custom', ...typedMoney(amount, currency), rate: 'then' } : { kind: variant };
}

async function refundPage(frame: StorePageContext, draft: FormDraft, c: Ctx) {
  const { deps, store } = frame;
  const [invoice, facts] = await Promise.all([
    readInvoice(deps, store.id, idOf(c)),
    refundFacts(deps, store.id, idOf(c)),
  ]);
  const { leftSats } = facts;
  const { currency: priced } = facts.invoice;
  const to = `/stores/${store.id}/invoices/${invoice.id}`;
  const fiat = priced === 'BTC' ? [] : [{ value: priced, text: priced }];
  const options = quoteRefunds(facts.invoice, leftSats)
    .filter(({ kind }) => priced !== 'BTC' || kind === 'rate_then' || kind === 'overpaid')
    .map(({ kind, amount, currency }) => ({ value: kind, text: moneyText(amount, currency), hint: WORDS[kind] }));
  return (
    <Shell title="Refund" frame={frame} store={store} tab="/invoices">
      <div class="narrow">
        <PageHead title="Refund" back={{ href: to, text: `Invoice ${nameOf(invoice)}` }} />
        {leftSats <= 0n ? (
          <Callout tone="warn">There is nothing to give back: no confirmed payment, or all of it is refunded.</Callout>
        ) : (
          <Card lead={`${satsText(leftSats)} can be given back. Your buyer says on a page of theirs where it goes.`}>
            <Form to={`${to}/refund`} draft={draft} submit="Create refund">
              <RadioField
                draft={draft}
                name="variant"
                label="How much?"
                options={[...options, { value: 'custom', text: 'Another amount', hint: 'Enter it below.' }]}
              />
              <div class="row">
                <TextField
                  draft={draft}
                  name="amount"
                  label="Another amount"
                  inputmode="decimal"
                  autocomplete="off"
                  maxlength={40}
                  optional
                />
                <SelectField draft={draft} name="currency" label="Currency" options={[...IN_BITCOIN, ...fiat]} />
              </div>
              <OfferFields draft={draft} />
            </Form>
          </Card>
        )}
      </div>
    </Shell>
  );
}

const WORDS: Record<Exclude<RefundVariant['kind'], 'custom'>, string> = {
  rate_then: 'The bitcoin that was paid.',
  current_rate: 'What the payment was worth at the time, in bitcoin at today’s rate.',
  overpaid: 'What was paid too much.',
  fiat: 'What the payment was worth at the time, in bitcoin at the rate of your approval.',
};
