// The public key of a test wallet, as a program without SLIP-132 writes it: it can mean four kinds of addresses.

import { HDKey } from '@scure/bip32';

/** Of an account of its own. */
export function freshTpub(): string {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const node = HDKey.fromMasterSeed(seed, { public: 0x043587cf, private: 0x04358394 }).derive("m/84'/1'/0'");
  return node.publicExtendedKey;
}
