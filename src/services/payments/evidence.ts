// The evidence of an invoice's settlement: for each confirmed payment what proves its block, for anyone to check with
// proof/evidence.ts, without asking us or an explorer.

import { bestBranch } from '../../adapters/db/headers.ts';
import { invoiceById, toInvoice } from '../../adapters/db/invoices.ts';
import { provenPaymentsOf } from '../../adapters/db/payments.ts';
import { isOnchain, outpointOf } from '../../core/onchain/payment.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Evidence } from '../../core/proof/evidence.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

export interface PaymentEvidence extends Evidence {
  txid: string;
  vout: number;
}

/** More blocks on top than any store requires prove nothing more. */
const MAX_HEADERS_ABOVE = 6;

/** Why automation left the invoice to a human, and what it had seen. */
interface Dispute {
  reason: string;
  detail: string;
  opened_at: string;
}

export interface InvoiceEvidence {
  /** Of the invoice's address, hex; null where it has none. */
  script: string | null;
  /** Of the address in the merchant's wallet: the last step of its derivation path. */
  address_index: number | null;
  evidence: PaymentEvidence[];
  disputes: Dispute[];
}

/** @throws ApiError not_found, for another store's invoice too */
export async function readEvidence(deps: Deps, storeId: string, id: string): Promise<InvoiceEvidence> {
  const [invoices, proven, branch] = await Promise.all([
    invoiceById(deps.db, id),
    provenPaymentsOf(deps.db, id),
    bestBranch(deps.db, deps.config.NETWORK),
  ]);
  const invoice = invoices[0] && toInvoice(invoices[0]);
  if (!invoice || invoice.storeId !== storeId) throw new ApiError('not_found');
  const evidence = proven.flatMap(({ payment, proof }) => {
    if (!isOnchain(payment) || payment.state !== 'confirmed' || payment.blockHeight === null) return [];
    const { blockHeight } = payment;
    const headersAbove = branch
      .filter(({ height }) => height > blockHeight && height <= blockHeight + MAX_HEADERS_ABOVE)
      .sort((a, b) => a.height - b.height)
      .map(({ header }) => header);
    const { NETWORK: network } = deps.config;
    return [{ ...outpointOf(payment), network, height: blockHeight, ...proof, headers_above: headersAbove }];
  });
  const disputes = invoice.marks.flatMap((mark) =>
    mark.kind === 'review_opened' && mark.detail
      ? [{ reason: mark.reason, detail: mark.detail, opened_at: new Date(mark.atMs).toISOString() }]
      : [],
  );
  const prompt = onchainPromptOf(invoice);
  return { script: prompt?.script ?? null, address_index: prompt?.index ?? null, evidence, disputes };
}
