// The link and QR code of an invoice over all the ways to pay it (BIP 321). Pure. Called by invoice.ts.

import { lightningLink, withBolt11 } from '../lightning/link.ts';
import type { MintedPrompt } from '../lightning/prompt.ts';
import { linkOf, onchainPromptOf } from '../onchain/prompt.ts';
import type { Prompt } from '../payment/payment.ts';

/**
 * A wallet that reads `lightning=` pays by that, any other to the address: both ask for the same amount.
 * @param minted the BOLT11 that is shown with it
 * @param dueSats a rest that no address takes is left to Lightning
 * @returns '' where nothing can be paid now
 */
export function paymentLink(
  invoice: { prompts: readonly Prompt[] },
  minted: MintedPrompt | null,
  dueSats: bigint,
): string {
  const prompt = onchainPromptOf(invoice);
  const onchain = prompt && dueSats > 0n && dueSats < prompt.minSats ? undefined : prompt;
  if (!minted) return linkOf(onchain, 0n);
  if (!onchain) return lightningLink(minted.bolt11);
  return withBolt11(linkOf(onchain, minted.amountSats), minted.bolt11);
}
