// What ElenPAY's API has beside Greenfield's: a permanent address for each customer, payments whose amount the buyer enters, and
// withdrawals. Keys, permissions and errors are Greenfield's. Composed with them by http/api/dialects.ts.

import { amountsOf, depositId, depositTx } from '../../../core/dialects/elenpay/events.ts';
import { confirmationsOf, isLive } from '../../../core/invoice/methods.ts';
import { DEPOSIT_CONFIRMATIONS } from '../../../core/invoice/policy.ts';
import type { Deps } from '../../../deps.ts';
import { type Deposits, depositAddress, readDeposits } from '../../../services/payments/deposits.ts';
import { createIntent, readIntent } from '../../../services/payments/intents.ts';
import { orMissing } from '../greenfield/errors.ts';
import { operation } from '../greenfield/operation.ts';
import { Query } from '../greenfield/query.ts';
import type { Ctx } from '../http.ts';
import { customerOf, termsOf } from './body.ts';
import { withdrawalApi } from './withdrawals.ts';

const VIEW = 'btcpay.store.canviewinvoices';
const CREATE = 'btcpay.store.cancreateinvoice';
const ADDRESS = '/stores/{storeId}/onchain/btc/addresses/{customerId}';

export const elenpayApi = [
  operation(`PUT ${ADDRESS}`, CREATE, async ({ c, deps, caller, params: { customerId } }) =>
    addressBody(deps, await depositAddress(deps, caller, customerOf(customerId), RULES, await termsOf(c))),
  ),

  operation(`GET ${ADDRESS}`, VIEW, async ({ c, deps, caller: { store }, params: { customerId } }) => {
    const deposits = await readDeposits(deps, store, customerOf(customerId), pageOf(c)).catch(orMissing('address'));
    return { ...addressBody(deps, deposits.address), ...depositsBody(deposits) };
  }),

  operation('POST /stores/{storeId}/amountless-invoices', CREATE, async ({ c, deps, caller }) => {
    const { metadata = {}, successUrl = null, redirectAutomatically = false } = await termsOf(c);
    const checkout = { dialect: 'elenpay', redirectAutomatically };
    const { id } = await createIntent(deps, caller, { metadata, successUrl, checkout });
    return { id, checkoutLink: intentUrl(deps, id) };
  }),

  operation('GET /intents/{intentId}', VIEW, async ({ deps, caller: { store }, params }) => {
    const intent = await readIntent(deps, store.id, params.intentId).catch(orMissing('intent'));
    return {
      id: intent.id,
      storeId: intent.storeId,
      pspReferenceId: intent.invoiceId,
      checkoutUrl: intentUrl(deps, intent.id),
      redirectURL: intent.successUrl,
      redirectAutomatically: intent.checkout.redirectAutomatically ?? false,
      metadata: intent.metadata,
    };
  }),

  ...withdrawalApi,
];

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

function addressBody(deps: Deps, { id, address }: { id: string; address: string }) {
  return { id, address, checkoutLink: `${deps.config.ORIGIN}/o/${id}` };
}

function intentUrl(deps: Deps, id: string): string {
  return `${deps.config.ORIGIN}/intents/${id}`;
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
