// The on-chain way to pay an invoice: an address of the merchant's wallet. Pure. adapters/db/ and payments/ make it; dialects,
// pages and the watcher ask an invoice for it.

import type { Prompt } from '../payment/payment.ts';
import { withAmount } from '../wallet/bip21.ts';
import { dustLimitOfScript } from '../wallet/dust.ts';

export interface OnchainPrompt extends Prompt {
  method: 'onchain';
  address: string;
  /** scriptPubKey, hex. */
  script: string;
  walletId: string;
  /** Of the address in the wallet: the last step of its derivation path. */
  index: number;
  /** BIP 21, over the whole price; without an amount where any amount pays. */
  uri: string;
}

/** The network relays no output below the script's dust limit. */
export function onchainPrompt(place: Omit<OnchainPrompt, keyof Prompt>): OnchainPrompt {
  return { ...place, method: 'onchain', minSats: dustLimitOfScript(place.script) };
}

/** undefined where the invoice cannot be paid on chain. */
export function onchainPromptOf({ prompts }: { prompts: readonly Prompt[] }): OnchainPrompt | undefined {
  return prompts.find((prompt): prompt is OnchainPrompt => prompt.method === 'onchain');
}

/** Where the invoice is paid on chain; '' where it cannot be. */
export function addressOf(invoice: { prompts: readonly Prompt[] }): string {
  return onchainPromptOf(invoice)?.address ?? '';
}

/**
 * The link that a wallet opens and the QR code shows; '' without a prompt.
 * @param dueSats what is still to be paid; 0 for the link as it was made
 */
export function linkOf(prompt: Pick<OnchainPrompt, 'uri'> | undefined, dueSats: bigint): string {
  if (!prompt) return '';
  return dueSats > 0n ? withAmount(prompt.uri, dueSats) : prompt.uri;
}
