// What Greenfield's list of invoices may be asked: parameters in any case, repeated or with [], times in seconds.

import { greenfieldCheckout } from '../../../core/dialects/greenfield/checkout.ts';
import { STATUSES, type Status } from '../../../core/invoice/invoice.ts';
import { referenceOf } from '../../../core/invoice/methods.ts';
import {
  ADDITIONAL_STATUSES,
  SHOP_STATUSES,
  type ShopStatus,
  shopMetadata,
  shopStatus,
} from '../../../core/invoice/shop-status.ts';
import type { InvoiceState } from '../../../core/invoice/state.ts';
import { addressOf } from '../../../core/onchain/prompt.ts';
import type { StateQuery } from '../../../services/payments/list.ts';
import { Query } from './query.ts';

/** In seconds; later ones are no dates to JavaScript. */
const LAST_DATE = 8.64e12;
const MAX_SEARCHED = 512;

/** Under which native statuses an invoice of each of Greenfield's can be. What it is indeed is decided one by one. */
export const WITHIN: Record<ShopStatus, readonly Status[]> = {
  New: ['pending', 'seen', 'underpaid', 'requires_review'],
  Processing: ['pending', 'seen', 'underpaid', 'requires_review'],
  Expired: ['expired', 'seen', 'underpaid', 'late_paid', 'overpaid', 'requires_review'],
  Invalid: ['reverted', 'cancelled', 'requires_review'],
  Settled: ['paid', 'overpaid', 'requires_review'],
};

/** As BTCPay Server called them before version 1.5, and still takes them. */
const OLD_NAMES: Record<string, ShopStatus> = { paid: 'Processing', confirmed: 'Settled', complete: 'Settled' };

/** @throws GreenfieldError 422 that names every wrong parameter */
export function listQueryOf(url: string, storeId: string): StateQuery & { includePaymentMethods: boolean } {
  const query = new Query(url);
  const startDate = query.whole('startDate', LAST_DATE);
  const endDate = query.whole('endDate', LAST_DATE);
  if (startDate !== undefined && endDate !== undefined && startDate > endDate) {
    query.wrong('startDate', 'startDate should not be above endDate');
    query.wrong('endDate', 'endDate should not be below startDate');
  }
  const orderRefs = [...new Set(query.all('orderId'))];
  const statuses = namesOf(query, 'status', SHOP_STATUSES, OLD_NAMES);
  const additional = namesOf(query, 'additionalStatus', ADDITIONAL_STATUSES);
  const text = query.all('textSearch').at(-1)?.trim().slice(0, MAX_SEARCHED).toLowerCase();
  const take = query.whole('take');
  const found = {
    storeId,
    ...(orderRefs.length > 0 && { orderRefs }),
    ...(startDate !== undefined && { createdFromMs: startDate * 1000 }),
    ...(endDate !== undefined && { createdBeforeMs: (endDate + 1) * 1000 }),
    ...(statuses && { statuses: STATUSES.filter((status) => statuses.some((one) => WITHIN[one].includes(status))) }),
    ...(text && { containing: plainPart(text) }),
    ...((statuses || additional || text) && { matches: matching(statuses, additional, text) }),
    archived: query.flag('includeArchived', false),
    paging: 'take and skip',
    skip: query.whole('skip') ?? 0,
    ...(take !== undefined && { take }),
    includePaymentMethods: query.flag('includePaymentMethods', false),
  };
  query.check();
  return found;
}

/** @returns null for any */
function namesOf<T extends string>(
  query: Query,
  name: string,
  names: readonly T[],
  old: Record<string, T> = {},
): T[] | null {
  const found = query.all(name).flatMap((text) => {
    const one = names.find((known) => known.toLowerCase() === text.toLowerCase()) ?? old[text.toLowerCase()];
    if (one === undefined) query.wrong(name, `has to be one of ${names.join(', ')}`);
    return one ?? [];
  });
  return found.length === 0 ? null : found;
}

function matching(statuses: readonly string[] | null, additional: readonly string[] | null, text: string | undefined) {
  return (state: InvoiceState): boolean => {
    const { status, additionalStatus } = shopStatus(state);
    return (
      (!statuses || statuses.includes(status)) &&
      (!additional || additional.includes(additionalStatus)) &&
      (!text || textOf(state).includes(text))
    );
  };
}

/** What a search looks through. */
function textOf({ invoice, payments }: InvoiceState): string {
  const { id, orderRef, buyerEmail } = invoice;
  const { searchTerms = [] } = greenfieldCheckout(invoice);
  const named = [id, addressOf(invoice), orderRef, buyerEmail, ...payments.map((payment) => referenceOf(payment).name)];
  const said = JSON.stringify(shopMetadata(invoice));
  return [...named, ...searchTerms, said].join(' ').toLowerCase();
}

/** SQLite knows capitals of ASCII alone, and JSON writes quotes otherwise: the longest piece that has neither. */
function plainPart(text: string): string {
  const [longest = ''] = text.split(/[^ !#-[\]-~]+/).sort((a, b) => b.length - a.length);
  return longest;
}
