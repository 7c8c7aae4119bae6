// Reads everything that the page of an invoice shows. Called by page.tsx.

import { decisionOf } from '../../../core/invoice/assess.ts';
import { markable, shopStatus } from '../../../core/invoice/shop-status.ts';
import type { InvoiceSnapshot } from '../../../core/snapshot/invoice.ts';
import { type InvoiceEvidence, readEvidence } from '../../../services/payments/evidence.ts';
import { type InvoiceHistory, readHistory } from '../../../services/payments/history.ts';
import { preimagesOf, readInvoice, readState } from '../../../services/payments/read.ts';
import type { StorePageContext } from '../http.tsx';
import { refundsOf } from '../payouts/refunds-card.tsx';

export interface InvoiceView extends InvoiceHistory {
  invoice: InvoiceSnapshot;
  evidence: InvoiceEvidence;
  /** Of payments over Lightning, by payment hash. */
  preimages: ReadonlyMap<string, string>;
  refunds: Awaited<ReturnType<typeof refundsOf>>;
  /** A person's last decision about it; undefined without one. */
  decision: ReturnType<typeof decisionOf>;
  /** To a permanent address: its page is the address's. */
  isDeposit: boolean;
  /** What it may be marked as by hand. */
  markable: ReturnType<typeof markable>;
}

/** @throws ApiError not_found, for another store's invoice too */
export async function readView(frame: StorePageContext, id: string): Promise<InvoiceView> {
  const { deps, store } = frame;
  const [invoice, history, evidence, standing, preimages, refunds] = await Promise.all([
    readInvoice(deps, store.id, id),
    readHistory(deps, id),
    readEvidence(deps, store.id, id),
    readState(deps, store.id, id),
    preimagesOf(deps, id),
    refundsOf(frame, id),
  ]);
  return {
    invoice,
    ...history,
    evidence,
    preimages,
    refunds,
    decision: decisionOf(standing.invoice.marks),
    isDeposit: standing.invoice.depositAddressId !== null,
    // A review has a form of its own.
    markable: invoice.status === 'requires_review' ? [] : markable(shopStatus(standing)),
  };
}

/** Payments whose confirmations still grow. */
const WATCHED_CONFIRMATIONS = 6;

/** May the page change by itself? */
export function isMoving(invoice: InvoiceSnapshot): boolean {
  const { status, payments } = invoice;
  if (status === 'pending' || status === 'seen' || status === 'underpaid') return true;
  return payments.some(
    (payment) => payment.valid && payment.block_height !== null && payment.confirmations < WATCHED_CONFIRMATIONS,
  );
}
