// What BitPay's list of invoices may be asked for.

import * as z from 'zod';
import { type BitpayStatus, bitpayStatus } from '../../../core/dialects/bitpay/status.ts';
import { STATUSES, type Status } from '../../../core/invoice/invoice.ts';
import { shopMetadata } from '../../../core/invoice/shop-status.ts';
import type { InvoiceState } from '../../../core/invoice/state.ts';
import { numberText } from '../../../core/text/json.ts';
import type { StateQuery } from '../../../services/payments/list.ts';
import { validQuery } from '../native/validate.ts';

const BITPAY_STATUSES = ['new', 'paid', 'confirmed', 'complete', 'expired', 'invalid'] as const;
const DAY_MS = 86_400_000;

/** Under which native statuses an invoice of each of BitPay's can be. What it is indeed is decided one by one. */
const WITHIN: Record<BitpayStatus, readonly Status[]> = {
  new: ['pending', 'seen', 'underpaid', 'requires_review'],
  paid: ['pending', 'seen', 'underpaid', 'requires_review'],
  confirmed: ['paid', 'overpaid'],
  complete: ['paid', 'overpaid'],
  expired: ['expired', 'seen', 'underpaid', 'late_paid', 'overpaid', 'requires_review'],
  invalid: ['reverted', 'cancelled', 'requires_review'],
};

/** A day, or a moment; a day as an end is meant with all of its hours. */
const date = (isEnd: boolean) =>
  z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), 'has to be a date such as 2026-05-16')
    .transform((text) => Date.parse(text) + (isEnd && /^\d{4}-\d{2}-\d{2}$/.test(text) ? DAY_MS : 0));

const query = z.object({
  status: z.enum(BITPAY_STATUSES, `has to be one of ${BITPAY_STATUSES.join(', ')}`).optional(),
  orderId: z.string().max(255).optional(),
  itemCode: z.string().max(255).optional(),
  dateStart: date(false).optional(),
  dateEnd: date(true).optional(),
  limit: z.coerce.number().int().min(1).optional(),
  offset: z.coerce.number().int().min(0).default(0),
});

/** Other dialects' clients may have it as a number. */
function itemCodeOf({ invoice }: InvoiceState): unknown {
  const { itemCode } = shopMetadata(invoice);
  return numberText(itemCode) ?? itemCode;
}

/** @param queries every value of each name; empty ones are none @throws ApiError validation_error */
export function listQueryOf(queries: Record<string, string[]>, storeId: string): StateQuery {
  const given = Object.entries(queries).filter(([name, values]) => name in query.shape && values[0] !== '');
  const { status, orderId, itemCode, dateStart, dateEnd, limit, offset } = validQuery(query, Object.fromEntries(given));
  return {
    storeId,
    archived: false,
    paging: 'limit and offset',
    skip: offset,
    ...(limit === undefined ? {} : { take: limit }),
    ...(orderId === undefined ? {} : { orderRefs: [orderId] }),
    ...(dateStart === undefined ? {} : { createdFromMs: dateStart }),
    ...(dateEnd === undefined ? {} : { createdBeforeMs: dateEnd }),
    ...(status && { statuses: STATUSES.filter((one) => WITHIN[status].includes(one)) }),
    ...((status || itemCode !== undefined) && {
      matches: (state: InvoiceState) =>
        (!status || bitpayStatus(state) === status) && (itemCode === undefined || itemCodeOf(state) === itemCode),
    }),
  };
}
