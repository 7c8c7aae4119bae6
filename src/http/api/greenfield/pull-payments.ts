// Greenfield's pull payments: a store makes, lists and archives them; who has the id of one reads it and claims. As BTCPay Server has
// them, both without a key.

import * as z from 'zod';
import { withdrawLinks } from '../../../core/payout/links.ts';
import type { Decider, Payout, PullPayment } from '../../../core/payout/payout.ts';
import { networkOfIp } from '../../../core/text/ip.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { holds } from '../../../services/access/permissions.ts';
import { claimPullPayment } from '../../../services/payouts/claim.ts';
import { readPayout, readPayouts } from '../../../services/payouts/payouts.ts';
import {
  archivePullPayment,
  createPullPayment,
  readAnyPullPayment,
  readPullPayments,
} from '../../../services/payouts/pull-payments.ts';
import type { Ctx } from '../http.ts';
import { listAnswer } from '../list-answer.ts';
import { answerOnce } from '../native/idempotency.ts';
import { textUpTo } from '../native/order.ts';
import { deciderOf } from '../native/payout-body.ts';
import { ANYBODY } from '../operation.ts';
import { keyHolder } from './auth.ts';
import { bodyFields, checked, flag, numeric } from './body.ts';
import { GreenfieldError, lacking, missing, orMissing } from './errors.ts';
import { operation } from './operation.ts';
import {
  anyAmount,
  bolt11Seconds,
  days,
  manyMethods,
  methodsOf,
  moneyOf,
  namingFields,
  oneMethod,
  payoutData,
  pullPaymentData,
  refusing,
} from './payout-body.ts';
import { flagOf } from './query.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';
export const APPROVED = 'btcpay.store.cancreatepullpayments';
const VIEW_PAYOUTS = 'btcpay.store.canviewpayouts';
const ARCHIVE = 'btcpay.store.canarchivepullpayments';

const MAX_NAME = 50;
const MAX_DESCRIPTION = 1_000;
const MAX_DESTINATION = 7_200;
const LARGEST_SECOND = 253_402_300_799;

const time = numeric(0, LARGEST_SECOND, 'has to be a time in seconds since 1970').transform((s) => s * 1000);

const newPullPayment = z.object({
  name: textUpTo(MAX_NAME).default(''),
  description: textUpTo(MAX_DESCRIPTION).default(''),
  amount: anyAmount,
  currency: textUpTo(20),
  BOLT11Expiration: days.optional(),
  autoApproveClaims: flag.default(false),
  startsAt: time.optional(),
  expiresAt: time.optional(),
  ...manyMethods,
});

export const newClaim = z.object({
  destination: textUpTo(MAX_DESTINATION).min(1, 'The destination is required'),
  amount: anyAmount.optional(),
  ...oneMethod,
});
const CLAIM_FIELDS = Object.keys(newClaim.shape);

/** What keeps a claim from being taken, as BTCPay Server calls it. */
export const CLAIM_REFUSALS = {
  duplicate_destination: 'duplicate-destination',
  already_claimed: 'overdraft',
  pull_payment_overdraft: 'overdraft',
  pull_payment_expired: 'expired',
  pull_payment_not_started: 'not-started',
  pull_payment_archived: 'archived',
  amount_too_low: 'amount-too-low',
  method_not_supported: 'payment-method-not-supported',
} as const;
export const CLAIM_NAMES = { destination: 'Destination', amount: 'Amount' };

/** Those of refunds and withdrawals too. */
const ofStoreApi = [
  operation('POST /stores/{storeId}/pull-payments', CREATE, async ({ c, deps, caller }) => {
    const body = checked(newPullPayment, await bodyFields(c, Object.keys(newPullPayment.shape)));
    const { name, description, autoApproveClaims: autoApprove } = body;
    if (autoApprove && !holds(caller.permissions, APPROVED)) throw lacking(APPROVED);
    const order = {
      ...{ ...moneyOf(body.amount, body.currency), name, description, autoApprove, dialect: 'greenfield' },
      ...{ origin: 'pull_payment' as const, invoiceId: null, refundSats: null, isSingleUse: false, fixedRate: null },
      methods: methodsOf(body.payoutMethods ?? body.paymentMethods),
      minBolt11Seconds: bolt11Seconds(body.BOLT11Expiration, autoApprove),
      ...{ startsAtMs: body.startsAt ?? null, expiresAtMs: body.expiresAt ?? null, metadata: {} },
      ...{ redirectUrl: null, redirectAutomatically: false },
    };
    const storeId = caller.store.id;
    const made = await answerOnce(
      { c, deps, storeId, body },
      (use) => createPullPayment(deps, storeId, order, { by: deciderOf(caller), use }),
      (id) => readAnyPullPayment(deps, id),
    );
    return pullPaymentData(deps, made);
  }),

  operation(
    'GET /stores/{storeId}/pull-payments',
    'btcpay.store.canviewpullpayments',
    async ({ c, deps, caller: { store } }) => {
      const archived = flagOf(c.req.url, 'includeArchived', false);
      return listAnswer(c, pullPaymentPages(deps, { storeId: store.id, archived }), (one) =>
        pullPaymentData(deps, one),
      );
    },
  ),

  ...(['/pull-payments/{id}', '/stores/{storeId}/pull-payments/{id}'] as const).map((path) =>
    operation(`DELETE ${path}`, ARCHIVE, async ({ c, deps, caller, params: { id } }) => {
      const making = { by: deciderOf(caller), use: null };
      await archivePullPayment(deps, caller.store.id, id, making).catch(orMissing('pullpayment'));
      return c.body(null, 200);
    }),
  ),
];

/** Without a key. */
const ofClaimantApi = [
  operation('GET /pull-payments/{id}', ANYBODY, async ({ deps, params }) =>
    pullPaymentData(deps, await anyPullPayment(deps, params.id)),
  ),

  operation('GET /pull-payments/{id}/payouts', ANYBODY, async ({ c, deps, params }) => {
    const pullPayment = await anyPullPayment(deps, params.id);
    const isOwn = await isOfStore(c, pullPayment);
    const withCancelled = flagOf(c.req.url, 'includeCancelled', false);
    const pages = payoutPages(deps, { storeId: pullPayment.storeId, pullPaymentId: pullPayment.id }, withCancelled);
    return listAnswer(c, pages, (payout) => payoutData(payout, isOwn));
  }),

  operation('POST /pull-payments/{id}/payouts', ANYBODY, async ({ c, deps, params }) => {
    const { id } = await anyPullPayment(deps, params.id);
    const claimant = networkOfIp(c.req.header('cf-connecting-ip') ?? 'local');
    if (!(await deps.allowCreate(`claimant ${claimant}`))) throw new ApiError('rate_limited');
    return payoutData(await claimOf(c, deps, id, { kind: 'claimant', id: null }), true);
  }),

  operation('GET /pull-payments/{id}/payouts/{payout}', ANYBODY, async ({ deps, params }) => {
    const { id, storeId } = await anyPullPayment(deps, params.id);
    const payout = await readPayout(deps, { storeId, id: params.payout }).catch(orMissing('payout'));
    if (payout.pullPaymentId !== id) throw missing('payout');
    return payoutData(payout, true);
  }),

  operation('GET /pull-payments/{id}/lnurl', ANYBODY, async ({ deps, params }) => {
    const pullPayment = await anyPullPayment(deps, params.id);
    const isOffered = pullPayment.isSingleUse && pullPayment.methods.includes('lightning');
    if (!isOffered) throw new GreenfieldError(400, NO_LNURL);
    const { lnurl, uri } = withdrawLinks(deps.config.ORIGIN, pullPayment);
    return { lnurlBech32: `lightning:${lnurl}`, lnurlUri: uri };
  }),
];

export const pullPaymentApi = [...ofStoreApi, ...ofClaimantApi];

const NO_LNURL = {
  code: 'lnurl-not-supported',
  message: 'An LNURL is for a pull payment that one claim over Lightning uses up',
};

/** @throws GreenfieldError 404 */
function anyPullPayment(deps: Deps, id: string) {
  return readAnyPullPayment(deps, id).catch(orMissing('pullpayment'));
}

/** A key is not needed; with one of the store that may see its payouts, more is shown. */
async function isOfStore(c: Ctx, { storeId }: PullPayment): Promise<boolean> {
  if (c.req.header('authorization') === undefined) return false;
  return keyHolder(c, storeId, VIEW_PAYOUTS).then(
    () => true,
    (error: unknown) => {
      if (error instanceof GreenfieldError || error instanceof ApiError) return false;
      throw error;
    },
  );
}

/** Reads a claim off the request's body. @throws GreenfieldError 422, 400 as CLAIM_REFUSALS */
async function claimOf(c: Ctx, deps: Deps, id: string, by: Decider): Promise<Payout> {
  const { destination, amount = null, ...named } = checked(newClaim, await bodyFields(c, CLAIM_FIELDS));
  const wanted = { destination, amount, method: named.payoutMethodId ?? named.paymentMethod ?? null };
  return claimPullPayment(deps, id, wanted, { by, use: null })
    .catch(refusing(CLAIM_REFUSALS))
    .catch(namingFields(CLAIM_NAMES));
}

const AT_ONCE = 100;

async function* pullPaymentPages(deps: Deps, query: { storeId: string; archived: boolean }) {
  for (let after: string | undefined; ; ) {
    const { pullPayments, next } = await readPullPayments(deps, { ...query, after, limit: AT_ONCE });
    if (pullPayments.length > 0) yield pullPayments;
    if (next === null) return;
    after = next;
  }
}

const OPEN = ['awaiting_approval', 'queued', 'in_flight', 'unknown', 'settled'] as const;

/** Those that have a destination. */
export async function* payoutPages(
  deps: Deps,
  query: { storeId: string; pullPaymentId?: string },
  withCancelled: boolean,
): AsyncGenerator<Payout[]> {
  const states = withCancelled ? ([...OPEN, 'cancelled'] as const) : OPEN;
  for (let after: string | undefined; ; ) {
    const { payouts, next } = await readPayouts(deps, { ...query, states, after, limit: AT_ONCE });
    const claimed = payouts.filter(({ destination }) => destination !== null);
    if (claimed.length > 0) yield claimed;
    if (next === null) return;
    after = next;
  }
}
