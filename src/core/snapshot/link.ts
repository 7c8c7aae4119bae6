// The link and QR code of an invoice over all the ways to pay it (BIP 321). Pure. Called by invoice.ts.

import type { MintedPrompt } from '../lightning/prompt.ts';
import { linkOf, onchainPromptOf } from '../onchain/prompt.ts';
import type { Prompt } from '../payment/payment.ts';

/**
 * A wallet that reads `lightning=` pays by that, any other to the address: both ask for the same amount.
 * @param minted the BOLT11 that is shown with it
 */
export function paymentLink(invoice: { prompts: readonly Prompt[] }, minted: MintedPrompt | null): string {
  const onchain = onchainPromptOf(invoice);
  if (!minted) return linkOf(onchain, 0n);
  if (!onchain || minted.amountSats < onchain.minSats) return `lightning:${minted.bolt11}`;
  const uri = linkOf(onchain, minted.amountSats);
  return `${uri}${uri.includes('?') ? '&' : '?'}lightning=${minted.bolt11}`;
}
