// The refunds of an invoice on its page, and the way to a new one. Called by invoices/view.ts and invoices/page.tsx.

import { type ClaimedPullPayment, readPullPayments } from '../../../services/payouts/pull-payments.ts';
import type { StorePageContext } from '../http.tsx';
import { Card } from '../parts.tsx';
import { PullPaymentTable } from './table.tsx';

const MAX_REFUNDS_SHOWN = 20;

/** The newest, archived ones too. */
export async function refundsOf({ deps, store }: StorePageContext, invoiceId: string): Promise<ClaimedPullPayment[]> {
  const query = { storeId: store.id, archived: true, invoiceId, limit: MAX_REFUNDS_SHOWN };
  return (await readPullPayments(deps, query)).pullPayments;
}

/** @param to of a new refund; null where the person may make none, or nothing was paid */
export function Refunds({ refunds, to }: { refunds: ClaimedPullPayment[]; to: string | null }) {
  if (refunds.length === 0 && to === null) return null;
  return (
    <Card title="Refunds">
      {refunds.length > 0 && <PullPaymentTable pullPayments={refunds} caption="Refunds of this invoice" />}
      {to !== null && (
        <p class="form-actions">
          <a class="button quiet" href={to}>
            Refund
          </a>
        </p>
      )}
    </Card>
  );
}
