// What a look at a permanent address showed, brought to the invoices of its deposits: each output for itself. Called by look.ts;
// what blocks hold comes by scan.ts, under the same names.

import { statesOf } from '../../adapters/db/invoices.ts';
import { NEWEST_DEPOSITS, type WatchedAddress } from '../../adapters/db/watch.ts';
import { depositInvoiceId } from '../../core/deposit/deposit.ts';
import { confirmationsOf } from '../../core/invoice/methods.ts';
import { arePaymentsSame } from '../../core/invoice/transition.ts';
import { applyLook, type Look, type SeenTx } from '../../core/onchain/look.ts';
import { isOnchain, type Proof } from '../../core/onchain/payment.ts';
import type { Deps } from '../../deps.ts';
import { type Observation, observeAll } from '../../services/payments/observe.ts';

/** Invoices made by one look. Further outputs wait for the next look, or for their block. */
const MAX_NEW_DEPOSITS = 100;

/** The address with all deposits that a history shows: beyond the newest they are asked for by their names. */
export async function withShown(
  deps: Deps,
  watched: WatchedAddress,
  history: readonly Pick<SeenTx, 'txid' | 'outputs'>[],
): Promise<WatchedAddress> {
  if (watched.deposits.length < NEWEST_DEPOSITS) return watched;
  const known = new Set(watched.payments.map(({ id }) => id));
  const others = outpointsTo(watched.script, history).filter((outpoint) => !known.has(outpoint));
  if (others.length === 0) return watched;
  const ids = others.map((outpoint) => depositInvoiceId(watched.id, outpoint));
  const named = (await statesOf(deps.db, ids)).map(({ invoice, payments }) => ({
    invoice,
    payments: payments.filter(isOnchain),
  }));
  const deposits = [...watched.deposits, ...named];
  return { ...watched, deposits, payments: deposits.flatMap(({ payments }) => payments) };
}

/** Observes the deposits that are shown for the first time, those that the look changes, and those whose time is up. */
export async function observeDeposits(
  deps: Deps,
  watched: WatchedAddress,
  look: Look,
  proofs: ReadonlyMap<string, Proof>,
): Promise<void> {
  const { id: addressId, script, createdAtMs } = watched;
  const deposit = { addressId, createdAtMs };
  const observations: Observation[] = [];
  const unknown = new Set(outpointsTo(script, look.transactions));
  for (const { invoice, payments } of watched.deposits) {
    for (const { id } of payments) unknown.delete(id);
    const own = onlyOutputs(look, new Set(payments.map(({ id }) => id)));
    const isNews = !arePaymentsSame(payments, applyLook(payments, own, { script, createdAtMs, leastSats: 1n }));
    const isOver = invoice.watchUntilMs !== null && look.atMs >= invoice.watchUntilMs;
    const isExpiring = invoice.status === 'pending' && look.atMs >= invoice.expiresAtMs;
    // Held back while explorers disagreed.
    const isDue = payments.some(
      (payment) =>
        invoice.announced[payment.id] !== 'settled' &&
        confirmationsOf(payment, look.tipHeight) >= invoice.confThreshold,
    );
    if (isNews || isOver || isExpiring || isDue)
      observations.push({ invoiceId: invoice.id, deposit, look: own, proofs });
  }
  for (const outpoint of [...unknown].slice(0, MAX_NEW_DEPOSITS)) {
    const own = onlyOutputs(look, new Set([outpoint]));
    observations.push({ invoiceId: depositInvoiceId(addressId, outpoint), deposit, look: own, proofs });
  }
  await observeAll(deps, observations);
}

function outpointsTo(script: string, transactions: readonly Pick<SeenTx, 'txid' | 'outputs'>[]): string[] {
  return transactions.flatMap(({ txid, outputs }) =>
    outputs.filter((output) => output.script === script).map(({ vout }) => `${txid}:${vout}`),
  );
}

/** The look as far as one deposit is concerned; the inputs of other transactions tell of one that replaces it. */
function onlyOutputs(look: Look, outpoints: ReadonlySet<string>): Look {
  const txids = new Set([...outpoints].map((outpoint) => outpoint.split(':')[0]));
  const transactions = look.transactions.map((tx) => ({
    ...tx,
    outputs: txids.has(tx.txid) ? tx.outputs.filter(({ vout }) => outpoints.has(`${tx.txid}:${vout}`)) : [],
  }));
  return { ...look, transactions };
}
