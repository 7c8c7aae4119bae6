// Brings what one look at the chain showed to an invoice. Called by watch/ for every look; the same look again, or two
// concurrently, change nothing more.

import { factsOfAll, type StoredFacts } from '../../adapters/db/facts.ts';
import type { StoredRate } from '../../adapters/db/schema.ts';
import { isFresh } from '../../adapters/rates/freshness.ts';
import { draftDeposit } from '../../core/deposit/deposit.ts';
import { bounds } from '../../core/invoice/assess.ts';
import type { Invoice, Payment } from '../../core/invoice/invoice.ts';
import { isLive } from '../../core/invoice/methods.ts';
import { applyLook, type Look } from '../../core/onchain/look.ts';
import { isOnchain, outpointOf, type Proof } from '../../core/onchain/payment.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { type Advanced, advance, type ChangeRequest } from './advance.ts';

/**
 * @param proofs what proves transactions, by txid
 * @param known the facts, where they were read just now
 * @throws ApiError not_found
 */
export async function observe(
  deps: Deps,
  invoiceId: string,
  look: Look,
  proofs?: ReadonlyMap<string, Proof>,
  known?: StoredFacts,
): Promise<Advanced> {
  return advance(deps, invoiceId, ({ invoice, payments }) => changeOf(invoice, payments, look, proofs), known);
}

/** The permanent address that an output pays, and since when. */
export interface DepositPlace {
  addressId: string;
  createdAtMs: number;
}

/**
 * Brings what one look showed of one output to the invoice of that deposit, and makes the invoice when the output is new. An
 * output that is older than the address makes none.
 * @param invoiceId see depositInvoiceId
 * @param look shows that output alone
 * @throws ApiError not_found where there is no such address
 */
export async function observeDeposit(
  deps: Deps,
  { addressId, createdAtMs }: DepositPlace,
  invoiceId: string,
  look: Look,
  proofs?: ReadonlyMap<string, Proof>,
  known?: StoredFacts,
): Promise<Advanced> {
  return advance(
    deps,
    invoiceId,
    ({ invoice, payments, isNew }) => {
      const change = changeOf(invoice, payments, look, proofs, createdAtMs);
      return isNew && !change?.payments?.some(isLive) ? null : change;
    },
    known,
    () => factsOfDeposit(deps, addressId, invoiceId),
  );
}

/** @param sinceMs what is older pays nothing; the invoice's creation where left out */
function changeOf(
  invoice: Invoice,
  payments: readonly Payment[],
  look: Look,
  proofs: ReadonlyMap<string, Proof> | undefined,
  sinceMs = invoice.createdAtMs,
): ChangeRequest | null {
  const prompt = onchainPromptOf(invoice);
  if (!prompt) return null;
  const place = { script: prompt.script, createdAtMs: sinceMs, leastSats: bounds(invoice).least };
  return {
    payments: applyLook(payments, look, place),
    // A block does not show what waits in the mempool: nothing expires by it.
    ...(look.blocksOnly && !look.endsTime ? {} : { lookedAtMs: look.atMs }),
    tipHeight: look.tipHeight,
    proofOf: (payment) => (isOnchain(payment) ? proofs?.get(outpointOf(payment).txid) : undefined),
  };
}

/** An invoice that something was observed of, and of a deposit the permanent address. */
interface Observed {
  invoiceId: string;
  addressId?: string;
}

/** The facts of many, by the invoice's id; a deposit that has no invoice yet is drafted, valued at the rates of now. One round trip. */
export async function factsOfObserved(deps: Deps, observed: readonly Observed[]): Promise<Map<string, StoredFacts>> {
  const addressIds = new Set(observed.flatMap(({ addressId }) => addressId ?? []));
  const ids = observed.map(({ invoiceId }) => invoiceId);
  const { facts, deposits } = await factsOfAll(deps.db, ids, [...addressIds]);
  const nowMs = deps.now();
  const fresh = (stored: StoredRate | null) => (stored && isFresh(stored.asOfMs, nowMs) ? stored.rate : null);
  for (const { invoiceId, addressId } of observed) {
    const deposit = deposits.get(addressId ?? '');
    if (!deposit || facts.has(invoiceId)) continue;
    const rates = { fiat: fresh(deposit.rate), usd: fresh(deposit.usdRate) };
    const invoice = draftDeposit(deposit.address, invoiceId, rates, nowMs);
    facts.set(invoiceId, { ...deposit.around, payments: [], confirmedSats: 0n, invoice, isNew: true });
  }
  return facts;
}

/** The facts of one deposit; null where there is no such address. */
export async function factsOfDeposit(deps: Deps, addressId: string, invoiceId: string): Promise<StoredFacts | null> {
  return (await factsOfObserved(deps, [{ invoiceId, addressId }])).get(invoiceId) ?? null;
}
