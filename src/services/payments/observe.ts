// Brings what one look at the chain showed to an invoice. Called by watch/ for every look; the same look again, or two
// concurrently, change nothing more.

import { factsOfDeposit, type StoredFacts } from '../../adapters/db/facts.ts';
import type { StoredRate } from '../../adapters/db/schema.ts';
import { isFresh } from '../../adapters/rates/freshness.ts';
import { type DepositAddress, draftDeposit } from '../../core/deposit/deposit.ts';
import { bounds } from '../../core/invoice/assess.ts';
import { isLive } from '../../core/invoice/methods.ts';
import { applyLook, type Look } from '../../core/onchain/look.ts';
import { isOnchain, outpointOf, type Proof } from '../../core/onchain/payment.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { type Advanced, advance, type ChangeRequest } from './advance.ts';

/** @param proofs what proves transactions, by txid @throws ApiError not_found */
export async function observe(
  deps: Deps,
  invoiceId: string,
  look: Look,
  proofs?: ReadonlyMap<string, Proof>,
): Promise<Advanced> {
  return advance(deps, invoiceId, ({ invoice, payments }) => {
    const prompt = onchainPromptOf(invoice);
    if (!prompt) return null;
    const place = { script: prompt.script, createdAtMs: invoice.createdAtMs, leastSats: bounds(invoice).least };
    return { payments: applyLook(payments, look, place), ...around(look, proofs) };
  });
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
  addressId: string,
  invoiceId: string,
  look: Look,
  proofs?: ReadonlyMap<string, Proof>,
): Promise<Advanced> {
  let place = { script: '', createdAtMs: 0 };
  const read = async () => {
    const { facts, address } = await factsOfOutput(deps, addressId, invoiceId);
    place = address;
    return facts;
  };
  return advance(
    deps,
    invoiceId,
    ({ invoice, payments: known, isNew }) => {
      const payments = applyLook(known, look, { ...place, leastSats: bounds(invoice).least });
      return isNew && !payments.some(isLive) ? null : { payments, ...around(look, proofs) };
    },
    read,
  );
}

/** The facts of a deposit, drafted where it has no invoice yet: valued at the rates of now. @throws ApiError not_found */
export async function factsOfOutput(
  deps: Deps,
  addressId: string,
  invoiceId: string,
): Promise<{ facts: StoredFacts; address: DepositAddress }> {
  const found = await factsOfDeposit(deps.db, addressId, invoiceId);
  if (!found) throw new ApiError('not_found');
  const { address, facts, around, rate, usdRate } = found;
  if (facts) return { facts, address };
  const nowMs = deps.now();
  const fresh = (stored: StoredRate | null) => (stored && isFresh(stored.asOfMs, nowMs) ? stored.rate : null);
  const invoice = draftDeposit(address, invoiceId, { fiat: fresh(rate), usd: fresh(usdRate) }, nowMs);
  return { facts: { ...around, invoice, isNew: true }, address };
}

/** What comes with the payments of a look. */
function around(look: Look, proofs: ReadonlyMap<string, Proof> | undefined): Omit<ChangeRequest, 'payments'> {
  return {
    // A block does not show what waits in the mempool: nothing expires by it.
    ...(look.blocksOnly && !look.endsTime ? {} : { lookedAtMs: look.atMs }),
    tipHeight: look.tipHeight,
    proofOf: (payment) => (isOnchain(payment) ? proofs?.get(outpointOf(payment).txid) : undefined),
  };
}
