// Keys of test wallets and their addresses, derived once a run: elliptic-curve work was a seventh of what the tests compute. Each
// test file begins with an empty database and the first key again; within a file no key comes twice.

import { HDKey } from '@scure/bip32';
import { openWallet } from '../../src/core/wallet/wallet.ts';

const VERSIONS = { mainnet: undefined, testnet: { public: 0x045f1cf6, private: 0x045f18bc } };
const derived: Record<keyof typeof VERSIONS, string[]> = { mainnet: [], testnet: [] };
const wallets = new Map<string, ReturnType<typeof openWallet>>();
let given = 0;

/** Before each test file. */
export function startWithFirstKey(): void {
  given = 0;
}

/** tpub or xpub of an account that no other wallet of the test file has. */
export function freshKey(network: keyof typeof VERSIONS = 'testnet'): string {
  const keys = derived[network];
  const index = given++;
  keys[index] ??= HDKey.fromMasterSeed(crypto.getRandomValues(new Uint8Array(32)), VERSIONS[network]).derive(
    "m/84'/1'/0'",
  ).publicExtendedKey;
  return keys[index];
}

/** As `openWallet` of the core; what was derived before is not derived again. */
export const openKnownWallet: typeof openWallet = (descriptor, network) => {
  const name = `${network} ${descriptor}`;
  const known = wallets.get(name);
  if (known) return known;
  const derive = openWallet(descriptor, network);
  const addresses = new Map<number, ReturnType<typeof derive>>();
  const remembering: typeof derive = (index) => {
    const address = addresses.get(index) ?? derive(index);
    addresses.set(index, address);
    return address;
  };
  wallets.set(name, remembering);
  return remembering;
};
