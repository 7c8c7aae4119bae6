// What the cron does in production, done between rounds so that no round pays for it: addresses derived ahead, fresh
// rates, a fresh tip. Called by main.ts.

import { openWallet, parseWallet } from '../../core/wallet/wallet.ts';
import { accountKey, type BenchWorld } from './bench-world.ts';

/** As many currencies as the rate sources agree on in production, roughly. */
const CURRENCIES =
  'USD EUR GBP CHF JPY CAD AUD NZD SEK NOK DKK PLN CZK HUF RON TRY BRL MXN ZAR INR KRW SGD HKD THB'.split(' ');
const SOURCES = ['coinbase', 'kraken', 'blockchain.info', 'mempool.space'];

interface Upkeep {
  /** Rates and tip are of now, and each wallet has at least so many free addresses. */
  refresh(freePerWallet: number): Promise<void>;
}

export function createUpkeep(place: BenchWorld): Upkeep {
  const { descriptor } = parseWallet(accountKey, { network: 'regtest' });
  const derive = openWallet(descriptor, 'regtest');
  // Every wallet of the bench has the same addresses: deriving costs a millisecond each.
  const derived: { index: number; address: string; script: string }[] = [];

  return {
    async refresh(freePerWallet) {
      await place.sql([...fresh(), ...movedFloors]);
      const [pool] = await place.sql([
        { sql: 'SELECT max(pool_floor) AS floor, min(pool_floor) AS lowest FROM wallets', params: [] },
      ]);
      const end = Number(pool?.floor) + freePerWallet;
      while (derived.length < end) derived.push(derive(derived.length));
      await place.sql([
        {
          sql: `INSERT OR IGNORE INTO addresses (wallet_id, idx, address, script)
            SELECT wallets.id, value ->> 'index', value ->> 'address', value ->> 'script'
            FROM wallets, json_each(?) WHERE value ->> 'index' >= pool_floor`,
          params: [JSON.stringify(derived.slice(Number(pool?.lowest), end))],
        },
      ]);
    },
  };
}

/** The pool's own refill moves a wallet's floor up to its first free address; a pool that never runs low never does. */
const movedFloors = [
  {
    sql: `UPDATE wallets SET pool_floor = coalesce(
      (SELECT min(idx) FROM addresses WHERE wallet_id = wallets.id AND idx >= pool_floor AND invoice_id IS NULL),
      (SELECT max(idx) + 1 FROM addresses WHERE wallet_id = wallets.id), 0)`,
    params: [],
  },
];

function fresh() {
  const asOfMs = Date.now();
  const rates = CURRENCIES.map((currency, index) => [
    currency,
    { rate: `${65_000 + index}.25`, sources: SOURCES, asOfMs },
  ]);
  return [
    {
      sql: "INSERT OR REPLACE INTO rates (name, by_currency) VALUES ('latest', ?)",
      params: [JSON.stringify(Object.fromEntries(rates))],
    },
    {
      sql: "INSERT OR REPLACE INTO chain_state (network, tip_hash, tip_height, seen_at) VALUES ('regtest', ?, 900000, ?)",
      params: ['ab'.repeat(32), asOfMs],
    },
  ];
}
