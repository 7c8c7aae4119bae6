// /stores/:id/invoices/new: an invoice made by hand. Called by those who have no shop that makes them.

import { Hono } from 'hono';
import * as z from 'zod';
import { MAX_EXPIRY_MINUTES, MIN_EXPIRY_MINUTES } from '../../../core/invoice/policy.ts';
import { formatDecimal } from '../../../core/money/fiat.ts';
import { readTyped } from '../../../core/money/typed.ts';
import { ApiError, blamed } from '../../../errors.ts';
import type { StoreRow } from '../../../services/accounts/stores.ts';
import { create } from '../../../services/payments/create.ts';
import type { HonoEnv } from '../../api/http.ts';
import { canonicalJson, orderSchema } from '../../api/native/order.ts';
import { Form, SelectField, TextField } from '../fields.tsx';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { wholeField } from '../numbers.ts';
import { Card, Empty, PageHead } from '../parts.tsx';
import { currencyOptions } from '../store/currencies.ts';
import { canBePaid } from './words.ts';

/** A price in sats, among the currencies. */
const SATS = 'SATS';

/** What the buyer may choose from. */
const OFFERS = {
  store: { text: 'As the store is set', methods: [] },
  both: { text: 'On chain and Lightning', methods: ['onchain', 'lightning'] },
  onchain: { text: 'On chain only', methods: ['onchain'] },
  lightning: { text: 'Lightning only', methods: ['lightning'] },
};

/** The form as the body of POST /v1/invoices, whose rules then hold for both. */
const orderForm = z
  .object({
    amount: z.string(),
    currency: z.string(),
    order_ref: z.string().trim(),
    payment_methods: z.enum(Object.keys(OFFERS) as (keyof typeof OFFERS)[], 'Choose one.').default('store'),
    expires_in_minutes: wholeField('minutes', MIN_EXPIRY_MINUTES, MAX_EXPIRY_MINUTES, null),
  })
  .transform(({ amount, currency, order_ref, payment_methods, expires_in_minutes }, ctx) => {
    const typed = readTyped(amount, currency);
    if ('problem' in typed) {
      ctx.addIssue({ code: 'custom', path: ['amount'], message: typed.problem });
      return z.NEVER;
    }
    const text = formatDecimal(typed.amount);
    return {
      ...(currency === SATS ? { amount_sats: text } : { amount: text, currency }),
      ...(order_ref !== '' && { order_ref }),
      ...(payment_methods !== 'store' && { payment_methods: OFFERS[payment_methods].methods }),
      ...(expires_in_minutes !== null && { expires_in_minutes }),
    };
  });

export function newInvoiceRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/invoices/new', async (c) => {
    const frame = await storePageContext(c, 'manager');
    const { currency, testMode, defaultExpiryMinutes } = frame.store;
    const draft = draftOf({
      currency,
      amount: testMode ? '4.99' : '',
      order_ref: testMode ? 'TEST-1' : '',
      expires_in_minutes: defaultExpiryMinutes,
    });
    return page(c, await newInvoicePage(frame, draft));
  });

  const form = formsOn(app, (c) => storePageContext(c, 'manager'), newInvoicePage);
  form('/stores/:id/invoices/new', orderForm, async ({ deps, store }, body, c) => {
    const read = orderSchema(deps.dispatcher.policy).safeParse(body);
    if (!read.success) throw refusal(read.error);
    const allowed = deps.allowCreate(`store:${store.id}`);
    const text = canonicalJson(body);
    const made = await create(deps, { storeId: store.id }, allowed, read.data, null, text).catch(atAmount);
    return redirectAfter(c, `/stores/${store.id}/invoices/${made.id}`, 'invoice_created');
  });

  return app;
}

/** The first problem, at the field of the form that it is about. */
function refusal({ issues }: z.ZodError): ApiError {
  const field = issues[0]?.path[0];
  const name = field === 'amount_sats' || field === undefined ? 'amount' : String(field);
  return new ApiError('validation_error', `${name}: ${issues[0]?.message ?? 'is not valid'}`);
}

/** The form has one field for both prices. */
function atAmount(error: unknown): never {
  if (!(error instanceof ApiError) || error.code !== 'invalid_amount') throw error;
  throw new ApiError(error.code, `amount: ${blamed(error.message).words}`);
}

async function newInvoicePage(frame: StorePageContext, draft: FormDraft) {
  const { store } = frame;
  const to = `/stores/${store.id}/invoices`;
  const currencies = await currencyOptions(frame.deps, store.currency);
  return (
    <Shell title="New invoice" frame={frame} store={store} tab="/invoices">
      <div class="narrow">
        <PageHead title={store.testMode ? 'New test invoice' : 'New invoice'} back={{ href: to, text: 'Invoices' }} />
        {!canBePaid(store) ? (
          <WalletFirst frame={frame} />
        ) : (
          <Card lead={store.testMode ? 'You simulate its payment on the next page.' : undefined}>
            <Form to={`${to}/new`} draft={draft} submit="Create invoice">
              <div class="row">
                <TextField
                  draft={draft}
                  name="amount"
                  label="Price"
                  inputmode="decimal"
                  autocomplete="off"
                  maxlength={40}
                />
                <SelectField
                  draft={draft}
                  name="currency"
                  label="Currency"
                  options={[...currencies, { value: SATS, text: 'sats · Satoshis' }]}
                />
              </div>
              <TextField
                draft={draft}
                name="order_ref"
                label="Order reference"
                hint="Your number or name for this sale. You can search for it."
                optional
                maxlength={255}
                autocomplete="off"
              />
              {hasChoice(store) && (
                <SelectField
                  draft={draft}
                  name="payment_methods"
                  label="Payment methods"
                  options={Object.entries(OFFERS).map(([value, { text }]) => ({ value, text }))}
                />
              )}
              <TextField
                draft={draft}
                name="expires_in_minutes"
                label="Minutes to pay"
                hint={`${MIN_EXPIRY_MINUTES} to ${MAX_EXPIRY_MINUTES}. The price in bitcoin is locked for this time.`}
                inputmode="numeric"
                autocomplete="off"
              />
            </Form>
          </Card>
        )}
      </div>
    </Shell>
  );
}

/** Test mode pays over Lightning without a node. */
function hasChoice({ walletId, connectionId, testMode }: StoreRow): boolean {
  return walletId !== null && (connectionId !== null || testMode);
}

/** An invoice of a store without a wallet or a node has nothing to be paid to. */
function WalletFirst({ frame: { store, person } }: { frame: StorePageContext }) {
  return (
    <Card>
      <Empty icon="wallet" title="Connect a wallet first">
        <p>Invoices are paid to your wallet.{!may(person, 'owner') && ' An owner has to connect it.'}</p>
        {may(person, 'owner') && (
          <a class="button" href={`/stores/${store.id}/wallets`}>
            Connect wallet
          </a>
        )}
      </Empty>
    </Card>
  );
}
