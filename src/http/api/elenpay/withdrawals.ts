// ElenPAY's withdrawals: to a BOLT11, to an address, or to the person who has the link. Each has the id of a pull payment, by which it
// can be read. Called by routes.ts.

import { claimLink, withdrawLinks } from '../../../core/payout/links.ts';
import type { Payout, PayoutMethod, PullPayment } from '../../../core/payout/payout.ts';
import type { Deps } from '../../../deps.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { holds } from '../../../services/access/permissions.ts';
import { createPayout } from '../../../services/payouts/create.ts';
import { readPayout } from '../../../services/payouts/payouts.ts';
import { createPullPayment, readPullPayment } from '../../../services/payouts/pull-payments.ts';
import { operation } from '../greenfield/operation.ts';
import { moneyOf, namingFields, stateName } from '../greenfield/payout-body.ts';
import type { Ctx } from '../http.ts';
import { answerOnce } from '../native/idempotency.ts';
import { deciderOf } from '../native/payout-body.ts';
import { TO_ADDRESS, TO_BOLT11, TO_CLAIM, withdrawalOf } from './body.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';

export const withdrawalApi = [
  operation('POST /stores/{storeId}/invoice-withdrawal', CREATE, async ({ c, deps, caller }) => {
    const body = await withdrawalOf(c, TO_BOLT11);
    const to = { destination: body.paymentRequest, method: 'lightning' } as const;
    return withdraw(c, deps, caller, { ...body, ...to }).catch(
      namingFields({ destination: 'PaymentRequest', amount: 'Amount' }),
    );
  }),

  operation('POST /stores/{storeId}/onchain-withdrawal', CREATE, async ({ c, deps, caller }) => {
    const body = await withdrawalOf(c, TO_ADDRESS);
    const to = { destination: body.address, method: 'onchain' } as const;
    return withdraw(c, deps, caller, { ...body, ...to }).catch(
      namingFields({ destination: 'Address', amount: 'Amount' }),
    );
  }),

  operation('POST /stores/{storeId}/withdrawal/request', CREATE, async ({ c, deps, caller }) => {
    const body = await withdrawalOf(c, TO_CLAIM);
    const {
      redirectURL = null,
      redirectAutomatically = false,
      expirationMinutes = USUAL_MINUTES,
    } = body.checkout ?? {};
    const order = {
      ...{ ...KIND, ...moneyOf(body.amount, body.currency), origin: 'withdrawal' as const, metadata: body.metadata },
      ...{ fixedRate: null, fixesRate: true, invoiceId: null, refundSats: null, isSingleUse: true },
      ...{ methods: ['lightning'] as PayoutMethod[], minBolt11Seconds: MIN_BOLT11_SECONDS, startsAtMs: null },
      ...{ autoApprove: mayApprove(caller), expiresAtMs: deps.now() + expirationMinutes * MINUTE_MS },
      ...{ redirectUrl: redirectURL, redirectAutomatically },
    };
    const made = await answerOnce(
      { c, deps, storeId: caller.store.id, body },
      (use) => createPullPayment(deps, caller.store.id, order, { by: deciderOf(caller), use }),
      (id) => readPullPayment(deps, caller.store.id, id),
    );
    return linkBody(deps, made);
  }),
];

const KIND = { dialect: 'elenpay', name: 'Withdrawal', description: '' };
const MINUTE_MS = 60_000;
/** A link that is not used in a day is cancelled, so that the shop can give the money back to its customer. */
const USUAL_MINUTES = 24 * 60;
/** Of the BOLT11 that a wallet gives: paying begins in the same moment. */
const MIN_BOLT11_SECONDS = 60;

/** "Payment is processed asynchronously" (ElenPAY guide): with the right to it, the request is the approval. */
const mayApprove = ({ permissions }: Caller) => holds(permissions, 'btcpay.store.cancreatepullpayments');

interface Withdrawal {
  amount: number | string;
  currency: string;
  metadata: Record<string, unknown>;
  destination: string;
  method: PayoutMethod;
}

async function withdraw(c: Ctx, deps: Deps, caller: Caller, { amount, metadata, ...to }: Withdrawal) {
  const storeId = caller.store.id;
  const wanted = { ...to, ...moneyOf(amount, to.currency), metadata, fixesRate: false, withdrawal: KIND };
  const payout = await answerOnce(
    { c, deps, storeId, body: wanted },
    (use) => createPayout(deps, storeId, { ...wanted, isApproved: mayApprove(caller) }, { by: deciderOf(caller), use }),
    (id) => readPayout(deps, { storeId, id }),
  );
  return payoutBody(payout);
}

function payoutBody(payout: Payout) {
  const { pullPaymentId, storeId, amount, currency, metadata } = payout;
  return {
    id: pullPaymentId,
    pullPaymentId,
    storeId,
    amount,
    currency,
    state: stateName(payout),
    metadata,
  };
}

function linkBody({ config }: Deps, pullPayment: PullPayment) {
  const { id, storeId, amount, currency, metadata } = pullPayment;
  const link = withdrawLinks(config.ORIGIN, pullPayment).lnurl;
  const checkoutLink = claimLink(config.ORIGIN, pullPayment);
  return { id, pullPaymentId: id, storeId, link, checkoutLink, amount, currency, metadata };
}
