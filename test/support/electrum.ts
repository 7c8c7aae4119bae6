// A watching Electrum wallet's file after years of use: Electrum writes its history as indented JSON beside the key.

import { openWallet, parseWallet } from '../../src/core/wallet/wallet.ts';

const hexOf = (seed: number, bytes: number) =>
  Array.from({ length: bytes }, (_, at) =>
    ((seed * 31 + at * 7 + ((seed * at) >> 3)) & 0xff).toString(16).padStart(2, '0'),
  ).join('');

/** @param key zpub or vpub @param payments how many came in; each is about 1 500 characters of the file */
export function electrumFile(key: string, payments: number): string {
  const txids = Array.from({ length: payments }, (_, n) => `${n.toString(16).padStart(8, '0')}${hexOf(n, 28)}`);
  const address = (n: number) => `bc1q${hexOf(n, 19)}`;
  const each = <T>(value: (n: number) => T) => Object.fromEntries(txids.map((txid, n) => [txid, value(n)]));
  const network = key.startsWith('z') ? 'mainnet' : 'testnet';
  const derive = openWallet(parseWallet(key, { network }).descriptor, network);
  const file = {
    addr_history: Object.fromEntries(txids.map((txid, n) => [address(n), [[txid, 700_000 + n]]])),
    addresses: {
      change: txids.map((_, n) => address(n + payments)),
      receiving: txids.map((_, n) => derive(n).address),
    },
    fiat_value: {},
    frozen_coins: {},
    keystore: {
      derivation: null,
      pw_hash_version: 1,
      root_fingerprint: null,
      type: 'bip32',
      xprv: null,
      xpub: key,
    },
    labels: each((n) => `“Order ${n}”, paid by somebody who wrote eleven words and more about what they had bought`),
    qt_console_history: [],
    seed_version: 59,
    spent_outpoints: each((n) => ({ [String(n % 3)]: txids[0] })),
    stored_height: 800_000,
    transactions: each((n) => `0200000000010${hexOf(n, 220)}`),
    tx_fees: each((n) => [n, true, 1]),
    txi: each((n) => ({ [address(n)]: { [`${txids[n]}:0`]: 10_000 + n } })),
    txo: each((n) => ({ [address(n)]: { 0: [10_000 + n, false] } })),
    use_encryption: false,
    verified_tx3: each((n) => [700_000 + n, 1_600_000_000 + n, n, hexOf(n, 32)]),
    wallet_type: 'standard',
    'winpos-qt': [100, 100, 840, 400],
  };
  return JSON.stringify(file, null, 4);
}
