// How an invoice keeps its prompts: the on-chain one in columns of its own, which a block is matched against and an old address is
// found by; any other as JSON, which costs no row. An invoice without an address has empty texts there: to allow null would rewrite
// the largest table with all its indexes. Called by creation.ts, invoices.ts.

import type { Invoice, Prompt } from '../../core/invoice/invoice.ts';
import { onchainPrompt } from '../../core/onchain/prompt.ts';
import type { invoices, StoredPrompt } from './schema.ts';

/** For payment_uri, wallet_id, address_index, address and script of an invoice without an address. */
export const NO_PLACE = "'', '', -1, '', ''";

/** All but the on-chain one; null where there is no other. */
export function storedPrompts({ prompts }: Pick<Invoice, 'prompts'>): StoredPrompt[] | null {
  const others = prompts.filter(({ method }) => method !== 'onchain');
  return others.length === 0 ? null : others.map((prompt) => ({ ...prompt, minSats: String(prompt.minSats) }));
}

type Place = Pick<
  typeof invoices.$inferSelect,
  'walletId' | 'addressIndex' | 'address' | 'script' | 'paymentUri' | 'prompts'
>;

export function toPrompts({ walletId, addressIndex, address, script, paymentUri, prompts }: Place): Prompt[] {
  const place = { address, script, walletId, index: addressIndex, uri: paymentUri };
  return [
    ...(script === '' ? [] : [onchainPrompt(place)]),
    ...(prompts ?? []).map((prompt) => ({ ...prompt, minSats: BigInt(prompt.minSats) })),
  ];
}
