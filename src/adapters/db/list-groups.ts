// The groups that an invoice can be listed under. Their index changes only when an invoice passes from one to the other, so that
// a payment on its way moves no row of it. Called by db/ alone.

import { type SQL, sql } from 'drizzle-orm';
import { STATUSES, type Status } from '../../core/invoice/invoice.ts';

const LIST_GROUPS = ['open', 'paid', 'expired', 'other'] as const;
export type ListGroup = (typeof LIST_GROUPS)[number];

export function listGroupOf(status: Status): ListGroup {
  if (status === 'pending' || status === 'seen') return 'open';
  return status === 'paid' || status === 'expired' ? status : 'other';
}

/**
 * In SQL: the ranges of an index that hold a store's invoices of these statuses, each by `created_at` and then `id`. All statuses
 * are four ranges; one is one range.
 */
export function listRanges(storeId: string, statuses: readonly Status[]): SQL[] {
  if (statuses.length === STATUSES.length) return LIST_GROUPS.map((group) => inGroup(storeId, group));
  return statuses.map((status) => {
    const group = listGroupOf(status);
    if (group === status) return inGroup(storeId, group);
    const isStatus = sql`AND status = ${status}`;
    return group === 'open'
      ? sql`${inGroup(storeId, group)} ${isStatus}`
      : sql`invoices INDEXED BY invoices_by_rare_status WHERE store_id = ${storeId} AND list_group = 'other' ${isStatus}`;
  });
}

function inGroup(storeId: string, group: ListGroup): SQL {
  return sql`invoices INDEXED BY invoices_by_group WHERE store_id = ${storeId} AND list_group = ${group}`;
}
