// Brings what one look at the chain showed to an invoice. Called by watch/ for every look; the same look again, or two
// at once, change nothing more.

import type { Proof } from '../../core/invoice/invoice.ts';
import { applyLook, type Look } from '../../core/onchain/look.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { type Advanced, advance } from './advance.ts';

/** @throws ApiError not_found */
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
      payments: applyLook(payments, look, { ...invoice, script: prompt.script }),
      // A block does not show what waits in the mempool: nothing expires by it.
      ...(look.blocksOnly && !look.endsTime ? {} : { lookedAtMs: look.atMs }),
      tipHeight: look.tipHeight,
      proofs,
    };
  });
}
