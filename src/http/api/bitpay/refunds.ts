// /refunds, as BitPay's clients ask for them: a refund is a pull payment for a single use that names an invoice. BitPay mails its link to
// the buyer; here the shop sends it, from `url`.

import * as z from 'zod';
import { bitpayRefundStatus } from '../../../core/dialects/bitpay/payouts.ts';
import { parseDecimal, toNumber } from '../../../core/money/fiat.ts';
import { formatBtc } from '../../../core/money/sats.ts';
import { claimLink } from '../../../core/payout/links.ts';
import type { Payout, PayoutMethod, PullPayment } from '../../../core/payout/payout.ts';
import { numberText, plainNumbers } from '../../../core/text/json.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { oncePerKey, subjectOfKey } from '../../../services/access/once-per-key.ts';
import { readInvoice } from '../../../services/payments/read.ts';
import { amountIn } from '../../../services/payouts/destinations.ts';
import { readPayouts } from '../../../services/payouts/payouts.ts';
import { archivePullPayment, readPullPayment, readPullPayments } from '../../../services/payouts/pull-payments.ts';
import { refund } from '../../../services/payouts/refunds.ts';
import { caseless } from '../caseless.ts';
import { canonicalJson, textUpTo } from '../native/order.ts';
import { deciderOf } from '../native/payout-body.ts';
import { validate } from '../native/validate.ts';
import { operation } from './operation.ts';
import { flag } from './order.ts';
import type { BitpayCaller, BitpayRequest } from './request.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';
const VIEW = 'btcpay.store.canviewpullpayments';
const ARCHIVE = 'btcpay.store.canarchivepullpayments';

const MAX_TEXT = 100;
const MAX_GUID = 200;
/** An invoice is refunded in one go. */
const MAX_LISTED = 100;
const METHODS: PayoutMethod[] = ['onchain', 'lightning'];
const MIN_BOLT11_SECONDS = 600;

const newRefund = z.object({
  invoiceId: textUpTo(MAX_TEXT),
  amount: z.union([z.number(), z.string()], 'has to be a decimal number'),
  currency: textUpTo(10).optional(),
  preview: flag.default(false).refine((isPreview) => !isPreview, 'is not supported: create the refund'),
  immediate: flag.default(false),
  buyerPaysRefundFee: flag.default(false),
  reference: z.preprocess((given) => numberText(given) ?? given, textUpTo(MAX_TEXT)).optional(),
  guid: textUpTo(MAX_GUID).optional(),
});
const FIELDS = Object.keys(newRefund.shape);

export const refundApi = [
  operation('POST /refunds', CREATE, async ({ deps, caller }) => answer(deps, await made(deps, caller))),

  operation('GET /refunds', VIEW, async ({ c, deps, caller: { store } }) => {
    const { id: invoiceId } = await readInvoice(deps, store.id, c.req.query('invoiceId') ?? '');
    const page = await readPullPayments(deps, { storeId: store.id, archived: true, invoiceId, limit: MAX_LISTED });
    return { data: await Promise.all(page.pullPayments.map((one) => dataOf(deps, one))) };
  }),

  operation('GET /refunds/guid/{guid}', VIEW, async ({ deps, caller, params: { guid } }) =>
    answer(deps, await refundOf(deps, caller, await idOfGuid(deps, caller, guid))),
  ),

  operation('GET /refunds/{id}', VIEW, async ({ deps, caller, params: { id } }) =>
    answer(deps, await refundOf(deps, caller, id)),
  ),

  operation('DELETE /refunds/guid/{guid}', ARCHIVE, async ({ deps, caller, params: { guid } }) =>
    answer(deps, await cancelled(deps, caller, await idOfGuid(deps, caller, guid))),
  ),

  operation('DELETE /refunds/{id}', ARCHIVE, async ({ deps, caller, params: { id } }) =>
    answer(deps, await cancelled(deps, caller, id)),
  ),
];

/** Made with a guid it is made once in a day, however often it is asked for. @throws ApiError as refund */
async function made(deps: Deps, caller: BitpayCaller & BitpayRequest): Promise<PullPayment> {
  const storeId = caller.store.id;
  const given = caseless(caller.body, FIELDS);
  const { invoiceId, guid = null, ...body } = validate(newRefund, plainNumbers(given));
  const invoice = await readInvoice(deps, storeId, invoiceId);
  const currency = (body.currency ?? invoice.fiat_currency ?? 'BTC').toUpperCase();
  const variant = { kind: 'custom', amount: amountIn(currency, body.amount), currency, rate: 'now' } as const;
  const { reference, immediate, buyerPaysRefundFee } = body;
  const order = {
    ...{ variant, subtractPercentage: '0', mayExceed: false, dialect: 'bitpay', autoApprove: false, isSingleUse: true },
    ...{ name: `Refund ${invoice.order_ref ?? invoiceId}`.slice(0, 50), description: '', methods: METHODS },
    ...{ minBolt11Seconds: MIN_BOLT11_SECONDS, expiresAtMs: null },
    metadata: { ...(guid !== null && { guid }), ...(reference && { reference }), immediate, buyerPaysRefundFee },
  };
  const request = { key: guid && keyOfGuid(guid), text: canonicalJson({ invoiceId, ...body }) };
  const done = await oncePerKey(deps, storeId, request, (use) =>
    refund(deps, storeId, invoiceId, order, { by: deciderOf(caller), use }),
  );
  return 'made' in done ? done.made : readPullPayment(deps, storeId, done.earlierId);
}

/** Its own name: an invoice may have the same guid. */
const keyOfGuid = (guid: string) => `bitpay-refund:${guid}`;

/** @throws ApiError not_found */
async function idOfGuid(deps: Deps, { store }: BitpayCaller, guid: string): Promise<string> {
  const id = await subjectOfKey(deps, store.id, keyOfGuid(guid));
  if (id === null) throw new ApiError('not_found', 'No refund was made with this guid within a day.');
  return id;
}

/** @throws ApiError not_found, for a pull payment that refunds no invoice too */
async function refundOf(deps: Deps, { store }: BitpayCaller, id: string): Promise<PullPayment> {
  const found = await readPullPayment(deps, store.id, id);
  if (found.invoiceId === null) throw new ApiError('not_found');
  return found;
}

/** @throws ApiError not_found; payout_in_flight, payout_not_changeable: what is paid or on its way is not called back */
async function cancelled(deps: Deps, caller: BitpayCaller, id: string): Promise<PullPayment> {
  const pullPayment = await refundOf(deps, caller, id);
  const state = (await lastPayout(deps, pullPayment))?.state;
  if (state === 'in_flight' || state === 'unknown') throw new ApiError('payout_in_flight');
  if (state === 'settled') throw new ApiError('payout_not_changeable', 'The refund is paid already.');
  return archivePullPayment(deps, caller.store.id, id, { by: deciderOf(caller), use: null });
}

async function lastPayout(deps: Deps, { storeId, id }: PullPayment): Promise<Payout | undefined> {
  return (await readPayouts(deps, { storeId, pullPaymentId: id, limit: 1 })).payouts[0];
}

const answer = async (deps: Deps, pullPayment: PullPayment) => ({ data: await dataOf(deps, pullPayment) });

/** What is not known is left out: BitPay's clients read no null. */
async function dataOf(deps: Deps, pullPayment: PullPayment) {
  const { id, invoiceId, amount, currency, metadata, archivedAtMs, createdAtMs } = pullPayment;
  const payout = await lastPayout(deps, pullPayment);
  return {
    ...{ id, invoice: invoiceId, guid: metadata.guid, reference: metadata.reference },
    status: payout ? bitpayRefundStatus(payout) : archivedAtMs === null ? 'created' : 'canceled',
    ...{ amount: numberOf(amount), currency, refundFee: 0 },
    ...{ immediate: metadata.immediate === true, buyerPaysRefundFee: metadata.buyerPaysRefundFee === true },
    requestDate: new Date(createdAtMs).toISOString(),
    refundAddress: payout?.destination ?? undefined,
    txid: payout?.txid ?? (payout?.state === 'settled' ? (payout.paymentHash ?? undefined) : undefined),
    ...{ transactionCurrency: 'BTC', transactionAmount: numberOf(formatBtc(payout?.amountSats ?? 0n)) },
    ...{ transactionRefundFee: 0, url: claimLink(deps.config.ORIGIN, pullPayment) },
  };
}

function numberOf(amount: string): number {
  const decimal = parseDecimal(amount, 25);
  return decimal === null ? 0 : toNumber(decimal);
}
