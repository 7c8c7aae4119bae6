// Brings what a look at the chain showed to the invoices that it concerns. Called by watch/ for every look and every block; the same
// look again, or two concurrently, change nothing more.

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
import { type Advance, advance, advanceAll, type ChangeRequest } from './advance.ts';
import type { Advanced } from './commit.ts';
import { inParts } from './parts.ts';

/**
 * @param proofs what proves transactions, by txid
 * @throws ApiError not_found
 */
export async function observe(
  deps: Deps,
  invoiceId: string,
  look: Look,
  proofs?: ReadonlyMap<string, Proof>,
): Promise<Advanced> {
  return advance(deps, invoiceId, ({ invoice, payments }) => changeOf(invoice, payments, look, proofs));
}

/** The permanent address that an output pays, and since when. */
export interface DepositPlace {
  addressId: string;
  createdAtMs: number;
}

/** What one look showed of one invoice. */
export interface Observation {
  /** Of a deposit see depositInvoiceId. */
  invoiceId: string;
  /** Of an output to a permanent address, which the look shows alone: it makes the invoice, unless it is older than the address. */
  deposit?: DepositPlace | undefined;
  look: Look;
  /** By txid. */
  proofs?: ReadonlyMap<string, Proof> | undefined;
}

/**
 * Observes many different invoices in few round trips. One that cannot be observed holds up no other.
 * @throws the first error, when all others are observed; ApiError not_found where there is no such invoice or address
 */
export async function observeAll(deps: Deps, observations: readonly Observation[]): Promise<void> {
  await inParts(observations, (some) => observeTogether(deps, some));
}

async function observeTogether(deps: Deps, observations: readonly Observation[]): Promise<void> {
  // One that cannot be read fails the question for all.
  const facts = await factsOfObserved(deps, observations).catch(() => new Map<string, StoredFacts>());
  await advanceAll(
    deps,
    observations.map((one) => ({ ...stepOf(deps, one), known: facts.get(one.invoiceId) })),
  );
}

function stepOf(deps: Deps, observation: Observation): Advance {
  const { invoiceId, deposit, look, proofs } = observation;
  return {
    invoiceId,
    change({ invoice, payments, isNew }) {
      const change = changeOf(invoice, payments, look, proofs, deposit?.createdAtMs);
      return isNew && !change?.payments?.some(isLive) ? null : change;
    },
    read: async () => (await factsOfObserved(deps, [observation])).get(invoiceId) ?? null,
  };
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

/** The facts of many, by the invoice's id; a deposit that has no invoice yet is drafted, valued at the rates of now. One round trip. */
async function factsOfObserved(
  deps: Deps,
  observed: readonly Pick<Observation, 'invoiceId' | 'deposit'>[],
): Promise<Map<string, StoredFacts>> {
  const addressIds = new Set(observed.flatMap(({ deposit }) => deposit?.addressId ?? []));
  const ids = observed.map(({ invoiceId }) => invoiceId);
  const { facts, deposits } = await factsOfAll(deps.db, ids, [...addressIds]);
  const nowMs = deps.now();
  const fresh = (stored: StoredRate | null) => (stored && isFresh(stored.asOfMs, nowMs) ? stored.rate : null);
  for (const { invoiceId, deposit } of observed) {
    const place = deposits.get(deposit?.addressId ?? '');
    if (!place || facts.has(invoiceId)) continue;
    const rates = { fiat: fresh(place.rate), usd: fresh(place.usdRate) };
    const invoice = draftDeposit(place.address, invoiceId, rates, nowMs);
    facts.set(invoiceId, { ...place.around, payments: [], confirmedSats: 0n, invoice, isNew: true });
  }
  return facts;
}

/** The facts of one deposit; null where there is no such address. */
export async function factsOfDeposit(deps: Deps, addressId: string, invoiceId: string): Promise<StoredFacts | null> {
  const deposit = { addressId, createdAtMs: 0 };
  return (await factsOfObserved(deps, [{ invoiceId, deposit }])).get(invoiceId) ?? null;
}
