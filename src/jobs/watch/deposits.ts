// What a look at a permanent address showed, brought to the invoices of its deposits: each output for itself. Called by look.ts;
// what blocks hold comes by scan.ts, under the same names.

import type { WatchedAddress } from '../../adapters/db/watch.ts';
import { depositInvoiceId } from '../../core/deposit/deposit.ts';
import type { Look, SeenTx } from '../../core/onchain/look.ts';
import type { OnchainPayment, Proof } from '../../core/onchain/payment.ts';
import type { Deps } from '../../deps.ts';
import { observeDeposit } from '../../services/payments/observe.ts';

/**
 * Observes the deposits that are shown for the first time, those that wait, and those whose time is up; of the others blocks tell.
 */
export async function observeDeposits(
  deps: Deps,
  watched: WatchedAddress,
  look: Look,
  proofs: ReadonlyMap<string, Proof>,
): Promise<void> {
  const known = new Map<string, { id: string; payment: OnchainPayment }>();
  const concerned = new Set<string>();
  for (const { invoice, payments } of watched.deposits) {
    for (const payment of payments) known.set(payment.id, { id: invoice.id, payment });
    const isOver = invoice.watchUntilMs !== null && look.atMs >= invoice.watchUntilMs;
    if (isOver || payments.some(({ state }) => state === 'mempool')) concerned.add(invoice.id);
  }
  const idOf = (txid: string, vout: number) => {
    const outpoint = `${txid}:${vout}`;
    return known.get(outpoint)?.id ?? depositInvoiceId(watched.id, outpoint);
  };
  for (const { txid, outputs } of look.transactions) {
    for (const { vout, script } of outputs) {
      if (script !== watched.script) continue;
      const isSettled = known.get(`${txid}:${vout}`)?.payment.state === 'confirmed';
      if (!isSettled || proofs.has(txid)) concerned.add(idOf(txid, vout));
    }
  }
  for (const id of concerned) {
    const transactions = look.transactions.map((tx) => onlyOutputs(tx, (vout) => idOf(tx.txid, vout) === id));
    await observeDeposit(deps, watched.id, id, { ...look, transactions }, proofs);
  }
}

/** The transaction as far as one deposit is concerned; its inputs tell of others that it replaces. */
export function onlyOutputs(tx: SeenTx, isOwn: (vout: number) => boolean): SeenTx {
  return { ...tx, outputs: tx.outputs.filter(({ vout }) => isOwn(vout)) };
}
