// The Bitcoin networks SatLane knows and how each writes its addresses and keys. Read by everything in wallet/.
import type { BTC_NETWORK } from '@scure/btc-signer/utils.js';

export const NETWORKS = ['mainnet', 'testnet', 'signet', 'regtest'] as const;

export type Network = (typeof NETWORKS)[number];

const TEST_BASE58 = { pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef };

/** Address parameters: bech32 prefix (BIP 173, BIP 325 for signet) and base58 version bytes. `wif` is never used. */
export const ADDRESS_PARAMETERS: Readonly<Record<Network, BTC_NETWORK>> = {
  mainnet: { bech32: 'bc', pubKeyHash: 0x00, scriptHash: 0x05, wif: 0x80 },
  testnet: { bech32: 'tb', ...TEST_BASE58 },
  signet: { bech32: 'tb', ...TEST_BASE58 },
  regtest: { bech32: 'bcrt', ...TEST_BASE58 },
};

/** Extended keys know two worlds only: the three test networks share their version bytes (BIP 32, SLIP-132). */
export function usesMainnetKeys(network: Network): boolean {
  return network === 'mainnet';
}
