// Small questions about the JSON that wallets write, of which nothing is known before. Used by export-json.ts and
// export-multisig.ts.

import type { AddressEvidence } from './found.ts';

export type WalletJson = Record<string, unknown>;

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function objectOf(value: unknown): WalletJson | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as WalletJson) : undefined;
}

export function arrayOf(value: unknown): WalletJson[] {
  return Array.isArray(value) ? value.map(objectOf).filter((item) => item !== undefined) : [];
}

/** Addresses in the order of their indexes. Old files list public keys, which another check finds. */
export function listed(addresses: unknown): AddressEvidence[] {
  return (Array.isArray(addresses) ? addresses : []).flatMap((address, index): AddressEvidence[] => {
    const text = textOf(address);
    if (text === '') return [];
    return /^0[23][0-9a-f]{64}$/i.test(text) ? [{ index, publicKey: text }] : [{ index, address: text }];
  });
}
