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
  return others.length === 0 ? null : (others.map(toJson) as StoredPrompt[]);
}

/** Sats, wherever they are, as decimal texts. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)));
}

function toPrompt(stored: StoredPrompt): Prompt {
  const isSats = (key: string, part: unknown) => key.endsWith('Sats') && typeof part === 'string';
  return JSON.parse(JSON.stringify(stored), (key, part) => (isSats(key, part) ? BigInt(part) : part));
}

type Place = Pick<
  typeof invoices.$inferSelect,
  'walletId' | 'addressIndex' | 'address' | 'script' | 'paymentUri' | 'prompts'
>;

export function toPrompts({ walletId, addressIndex, address, script, paymentUri, prompts }: Place): Prompt[] {
  const place = { address, script, walletId, index: addressIndex, uri: paymentUri };
  return [...(script === '' ? [] : [onchainPrompt(place)]), ...(prompts ?? []).map(toPrompt)];
}
