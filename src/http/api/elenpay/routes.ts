// What ElenPAY's API has beside Greenfield's: a permanent address for each customer, and payments whose amount the buyer
// enters. Keys, permissions and errors are Greenfield's. Composed with them by http/api/dialects.ts.

import { Hono } from 'hono';
import { amountsOf, depositId, depositTx } from '../../../core/dialects/elenpay/events.ts';
import { confirmationsOf, isLive } from '../../../core/invoice/methods.ts';
import { DEPOSIT_CONFIRMATIONS } from '../../../core/invoice/policy.ts';
import { ApiError } from '../../../errors.ts';
import { type Deposits, depositAddress, readDeposits } from '../../../services/payments/deposits.ts';
import { createIntent, readIntent } from '../../../services/payments/intents.ts';
import { keyHolder } from '../greenfield/auth.ts';
import { GreenfieldError, missing } from '../greenfield/errors.ts';
import { Query } from '../greenfield/query.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { customerOf, termsOf } from './body.ts';

const VIEW = 'btcpay.store.canviewinvoices';
const CREATE = 'btcpay.store.cancreateinvoice';

export function elenpayRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.put('/stores/:storeId/onchain/btc/addresses/:customerId', async (c) => {
    const asker = await keyHolder(c, c.req.param('storeId'), CREATE);
    const made = await depositAddress(c.get('deps'), asker, customerOf(c), RULES, await termsOf(c));
    return c.json(addressBody(c, made));
  });

  app.get('/stores/:storeId/onchain/btc/addresses/:customerId', async (c) => {
    const { store } = await keyHolder(c, c.req.param('storeId'), VIEW);
    const deposits = await readDeposits(c.get('deps'), store, customerOf(c), pageOf(c)).catch(orMissing('address'));
    return c.json({ ...addressBody(c, deposits.address), ...depositsBody(deposits) });
  });

  app.post('/stores/:storeId/amountless-invoices', async (c) => {
    const asker = await keyHolder(c, c.req.param('storeId'), CREATE);
    const { metadata = {}, successUrl = null, redirectAutomatically = false } = await termsOf(c);
    const checkout = { dialect: 'elenpay', redirectAutomatically };
    const { id } = await createIntent(c.get('deps'), asker, { metadata, successUrl, checkout });
    return c.json({ id, checkoutLink: intentUrl(c, id) });
  });

  app.get('/intents/:intentId', async (c) => {
    const { store } = await keyHolder(c, undefined, VIEW);
    const intent = await readIntent(c.get('deps'), store.id, c.req.param('intentId')).catch(orMissing('intent'));
    return c.json({
      id: intent.id,
      storeId: intent.storeId,
      pspReferenceId: intent.invoiceId,
      checkoutUrl: intentUrl(c, intent.id),
      redirectURL: intent.successUrl,
      redirectAutomatically: intent.checkout.redirectAutomatically ?? false,
      metadata: intent.metadata,
    });
  });

  for (const path of ['invoice-withdrawal', 'withdrawal/request', 'onchain-withdrawal']) {
    app.post(`/stores/:storeId/${path}`, async (c) => {
      await keyHolder(c, c.req.param('storeId'));
      throw new GreenfieldError(400, WITHDRAWAL);
    });
  }

  return app;
}

/** A deposit of any amount waits for so many confirmations, and each of them is announced. */
const RULES = {
  confThreshold: DEPOSIT_CONFIRMATIONS,
  checkout: { dialect: 'elenpay', announcesConfirmations: true },
} as const;

const DEPOSITS_TAKEN = 1_000;

function pageOf(c: Ctx): { skip: number; take: number } {
  const query = new Query(c.req.url);
  const page = { skip: query.whole('skip') ?? 0, take: query.whole('take', DEPOSITS_TAKEN) ?? DEPOSITS_TAKEN };
  query.check();
  return page;
}

/** Nothing is held here that could be sent. */
const WITHDRAWAL = {
  code: 'withdrawals-not-supported',
  message:
    'Payments go straight to your own wallet, and no key that can spend from it is here: withdraw with the wallet itself.',
};

function addressBody(c: Ctx, { id, address }: { id: string; address: string }) {
  return { id, address, checkoutLink: `${c.get('deps').config.ORIGIN}/o/${id}` };
}

function intentUrl(c: Ctx, id: string): string {
  return `${c.get('deps').config.ORIGIN}/intents/${id}`;
}

/** The facts of the webhooks, as of the newest block. Valued only there, at their time. */
function depositsBody({ address, deposits }: Deposits) {
  return {
    metadata: address.metadata,
    deposits: deposits.flatMap(({ invoice, payments, tipHeight }) =>
      payments
        .filter(isLive)
        .toSorted((a, b) => b.firstSeenMs - a.firstSeenMs)
        .map((payment) => {
          const isSettled = invoice.announced[payment.id] === 'settled';
          const confirmations = isSettled ? DEPOSIT_CONFIRMATIONS : confirmationsOf(payment, tipHeight);
          const { currency, cryptoAmount } = amountsOf(payment.valueSats, null, null);
          return {
            pspReferenceId: depositId(payment),
            status: isSettled ? 'Settled' : 'Processing',
            currency,
            cryptoAmount,
            tx: depositTx(payment, invoice, Math.min(confirmations, DEPOSIT_CONFIRMATIONS)),
          };
        }),
    ),
  };
}

/** What is not there, in Greenfield's words. */
function orMissing(what: string) {
  return (error: unknown): never => {
    throw error instanceof ApiError && error.code === 'not_found' ? missing(what) : error;
  };
}
