// /stores/:id/pull-payments: promises of money to those who have their links. Listed, created, shown with their claims, archived.

import { Hono } from 'hono';
import * as z from 'zod';
import { formatDecimal } from '../../../core/money/fiat.ts';
import { readTyped } from '../../../core/money/typed.ts';
import type { PayoutMethod } from '../../../core/payout/payout.ts';
import { ApiError } from '../../../errors.ts';
import { readPayouts } from '../../../services/payouts/payouts.ts';
import {
  archivePullPayment,
  createPullPayment,
  readPullPayment,
  readPullPayments,
} from '../../../services/payouts/pull-payments.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { wholeField } from '../numbers.ts';
import { currencyOptions } from '../store/currencies.ts';
import { pageAfter } from './list.tsx';
import { NewPullPaymentPage } from './new-pull-payment.tsx';
import { PullPaymentPage, PullPaymentsPage } from './pull-payment-page.tsx';
import { decider, memberNames } from './routes.tsx';

const PER_PAGE = 25;
const MAX_CLAIMS_SHOWN = 50;
const MAX_DAYS = 365;
const DAY_MS = 86_400_000;
export const MIN_BOLT11_SECONDS = 600;

const OFFERED: Record<'both' | PayoutMethod, PayoutMethod[]> = {
  both: ['onchain', 'lightning'],
  onchain: ['onchain'],
  lightning: ['lightning'],
};

/** What the forms of refunds and pull payments settle alike. */
export const offerFields = {
  name: z.string().trim().max(50, 'longer than 50 characters'),
  description: z.string().trim().max(1_000, 'longer than 1000 characters').default(''),
  methods: z.enum(['both', 'onchain', 'lightning'], 'Choose one.').transform((name) => OFFERED[name]),
  auto_approve: z.literal('on').optional(),
  expires_in_days: wholeField('days', 1, MAX_DAYS, null),
};

/** An amount as it is typed, as the spine has it. @throws ApiError validation_error, invalid_amount */
export function typedMoney(amount: string, currency: string): { amount: string; currency: string } {
  const read = readTyped(amount, currency);
  if ('problem' in read) throw new ApiError('validation_error', `amount: ${read.problem}`);
  if (read.amount.units === 0n) throw new ApiError('invalid_amount', 'amount: Enter more than zero.');
  if (currency !== 'SATS') return { amount: formatDecimal(read.amount), currency };
  return { amount: formatDecimal({ units: read.amount.units, scale: 8 }), currency: 'BTC' };
}

/** @param days from now; null for no end */
export function endOf(days: number | null, nowMs: number): number | null {
  return days === null ? null : nowMs + days * DAY_MS;
}

const newForm = z.object({
  ...offerFields,
  amount: z.string(),
  currency: z.string().regex(/^([A-Z]{3}|SATS)$/, 'Choose one.'),
  single_use: z.literal('on').optional(),
  fix_rate: z.literal('on').optional(),
});
const nothing = z.object({});

const PATH = '/stores/:id/pull-payments';
const home = ({ store }: StorePageContext) => `/stores/${store.id}/pull-payments`;
const managed = (c: Ctx) => storePageContext(c, 'manager');

export function pullPaymentRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => {
    const frame = await storePageContext(c);
    const [archived, after] = [c.req.query('archived') === 'true', pageAfter(c.req.query('after'))];
    const found = await readPullPayments(frame.deps, { storeId: frame.store.id, archived, after, limit: PER_PAGE });
    return page(c, <PullPaymentsPage frame={frame} {...found} isFirst={!after} archived={archived} />);
  });

  app.get(`${PATH}/new`, async (c) => {
    const draft = draftOf({ currency: 'SATS', methods: 'both' });
    return page(c, await newPage(await managed(c), draft));
  });

  formsOn(app, managed, newPage)(`${PATH}/new`, newForm, async (frame, form, c) => {
    const { deps, store } = frame;
    const order = {
      ...typedMoney(form.amount, form.currency),
      ...{ origin: 'pull_payment' as const, dialect: null, invoiceId: null, refundSats: null, fixedRate: null },
      ...{ name: form.name, description: form.description, methods: form.methods, metadata: {} },
      ...{ isSingleUse: form.single_use === 'on', autoApprove: form.auto_approve === 'on' },
      ...{ fixesRate: form.fix_rate === 'on', minBolt11Seconds: MIN_BOLT11_SECONDS, startsAtMs: null },
      ...{ expiresAtMs: endOf(form.expires_in_days, deps.now()), redirectUrl: null, redirectAutomatically: false },
    };
    const { id } = await createPullPayment(deps, store.id, order, { by: decider(frame), use: null });
    return redirectAfter(c, `${home(frame)}/${id}`, 'pull_payment_created');
  });

  app.get(`${PATH}/:ppid`, async (c) => page(c, await onePage(await storePageContext(c), null, c)));

  const again = (frame: StorePageContext, { problem }: FormDraft, c: Ctx) => onePage(frame, problem, c);
  formsOn(app, managed, again)(`${PATH}/:ppid/archive`, nothing, async (frame, _, c) => {
    const id = c.req.param('ppid') ?? '';
    await archivePullPayment(frame.deps, frame.store.id, id, { by: decider(frame), use: null });
    return redirectAfter(c, `${home(frame)}/${id}`, 'pull_payment_archived');
  });

  return app;
}

async function newPage(frame: StorePageContext, draft: FormDraft) {
  const currencies = await currencyOptions(frame.deps, frame.store.currency);
  return <NewPullPaymentPage frame={frame} draft={draft} currencies={currencies} />;
}

async function onePage(frame: StorePageContext, problem: string | null, c: Ctx) {
  const { deps, store } = frame;
  const id = c.req.param('ppid') ?? '';
  const [pullPayment, claims, names] = await Promise.all([
    readPullPayment(deps, store.id, id),
    readPayouts(deps, { storeId: store.id, pullPaymentId: id, limit: MAX_CLAIMS_SHOWN }),
    memberNames(frame),
  ]);
  const url = `${deps.config.ORIGIN}/pull-payments/${id}`;
  return <PullPaymentPage {...{ frame, pullPayment, claims, names, url, problem, nowMs: deps.now() }} />;
}
