// Brings what one look at the chain showed to an invoice. Called by watch/ for every look; the same look again, or two
// concurrently, change nothing more.

import { bounds } from '../../core/invoice/assess.ts';
import { applyLook, type Look } from '../../core/onchain/look.ts';
import { isOnchain, outpointOf, type Proof } from '../../core/onchain/payment.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { type Advanced, advance } from './advance.ts';

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
    return {
      payments: applyLook(payments, look, { ...invoice, script: prompt.script, leastSats: bounds(invoice).least }),
      // A block does not show what waits in the mempool: nothing expires by it.
      ...(look.blocksOnly && !look.endsTime ? {} : { lookedAtMs: look.atMs }),
      tipHeight: look.tipHeight,
      proofOf: (payment) => (isOnchain(payment) ? proofs?.get(outpointOf(payment).txid) : undefined),
    };
  });
}
