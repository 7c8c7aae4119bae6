// The deployment's operator, and live invoices whose money comes and goes, without a chain.

import { simulatedPayment } from '../../src/core/simulated/payment.ts';
import { advance } from '../../src/services/payments/advance.ts';
import { bindings, type Merchant, type MerchantOptions, openMerchant } from './merchant.ts';
import { openPerson } from './person.ts';

/** An owner of the operator's account, and of no other's. */
export async function openOperator(options?: Parameters<typeof openPerson>[0]) {
  const operator = await openPerson(options);
  await bindings.DB.prepare('UPDATE accounts SET is_operator = (id = ?)').bind(operator.accountId).run();
  return operator;
}

/** A live shop whose clock starts at the given time. */
export async function openLiveShop(options: MerchantOptions = {}) {
  const merchant = await openMerchant({ mode: 'live', ...options });
  await merchant.showTip();
  return merchant;
}

/** Pays an invoice in full, confirmed. */
export async function settle(merchant: Merchant, invoiceId: string, sats = 100_000n): Promise<void> {
  const paid = { valueSats: sats, state: 'confirmed' as const, firstSeenMs: merchant.clock.ms };
  await advance(merchant.deps, invoiceId, ({ payments }) => ({
    payments: [...payments, simulatedPayment(invoiceId, payments.length, paid)],
  }));
  await merchant.settled();
}

/** The chain's new branch does not hold its payments. */
export async function revert(merchant: Merchant, invoiceId: string): Promise<void> {
  await advance(merchant.deps, invoiceId, ({ payments }) => ({
    payments: payments.map((payment) => ({ ...payment, state: 'reorged' })),
  }));
  await merchant.settled();
}

/** An invoice over 100 000 sats that is paid; its fee is 1 000. */
export async function sell(merchant: Merchant): Promise<string> {
  await merchant.showTip();
  const { id } = await merchant.createInvoice();
  await settle(merchant, id);
  return id;
}
