// Rows that make a merchant: an account, stores, keys, wallets and endpoints, as SQL. For the local world and for tests;
// in production the dashboard makes them.

import { createVault, sha256Hex } from '../adapters/vault.ts';
import { DEFAULT_EXPIRY_MINUTES, DEFAULT_LATE_GRACE_MINUTES } from '../core/invoice/policy.ts';
import { identityOf } from '../core/wallet/identity.ts';
import type { Network } from '../core/wallet/network.ts';
import { openWallet, parseWallet } from '../core/wallet/wallet.ts';

export interface SeedStore {
  id: string;
  name: string;
  mode: 'test' | 'live';
  apiKey: string;
  webhookSecret: string;
  /** Extended public key or descriptor; none for a store without a wallet. */
  wallet: { id: string; key: string; network: Network; gapLimit: number; pool: number } | null;
  endpointUrl: string | null;
  color: string | null;
  recycleAddresses?: boolean;
}

export interface Statement {
  sql: string;
  params: (string | number | null)[];
}

/**
 * Running the statements again changes nothing.
 * @param open for tests, which derive an address once a run
 */
export async function seedStatements(
  account: { id: string; name: string },
  stores: SeedStore[],
  encryptionKey: string,
  nowMs: number,
  open = openWallet,
): Promise<Statement[]> {
  const vault = createVault(encryptionKey);
  const statements: Statement[] = [insert('accounts', { id: account.id, name: account.name, created_at: nowMs })];
  for (const store of stores) {
    if (store.wallet) statements.push(...(await walletRows(account.id, store.wallet, vault, nowMs, open)));
    statements.push(
      insert('stores', {
        id: store.id,
        account_id: account.id,
        name: store.name,
        test_mode: store.mode === 'test' ? 1 : 0,
        wallet_id: store.wallet?.id ?? null,
        default_expiry_minutes: DEFAULT_EXPIRY_MINUTES,
        late_grace_minutes: DEFAULT_LATE_GRACE_MINUTES,
        recycle_addresses: store.recycleAddresses ? 1 : 0,
        color: store.color,
        callback_secret_sealed: await vault.seal(store.webhookSecret, `store:${store.id}`),
        created_at: nowMs,
      }),
      insert('api_keys', {
        hash: await sha256Hex(store.apiKey),
        store_id: store.id,
        environment: store.apiKey.startsWith('sl_live_') ? 'live' : 'test',
        label: 'First key',
        id: `${store.id}-key`,
        last_four: store.apiKey.slice(-4),
        created_at: nowMs,
      }),
    );
    if (store.endpointUrl) {
      const id = `${store.id}-endpoint`;
      statements.push(
        insert('endpoints', {
          id,
          store_id: store.id,
          url: store.endpointUrl,
          dialect: 'native',
          secret_sealed: await vault.seal(store.webhookSecret, `endpoint:${id}`),
          created_at: nowMs,
        }),
      );
    }
  }
  return statements;
}

async function walletRows(
  accountId: string,
  wallet: NonNullable<SeedStore['wallet']>,
  vault: ReturnType<typeof createVault>,
  nowMs: number,
  open: typeof openWallet,
): Promise<Statement[]> {
  const { descriptor, scriptType } = parseWallet(wallet.key, { network: wallet.network });
  const derive = open(descriptor, wallet.network);
  const pool = Array.from({ length: wallet.pool }, (_, index) => derive(index));
  return [
    insert('wallets', {
      id: wallet.id,
      account_id: accountId,
      network: wallet.network,
      script_type: scriptType,
      descriptor_sealed: await vault.seal(descriptor, `wallet:${wallet.id}`),
      identity: identityOf(derive(0).script, { network: wallet.network, accountId, isExclusive: true }),
      gap_limit: wallet.gapLimit,
      // Its key is made for this world: it has no history.
      checked_below: wallet.pool,
      history_checked_at: nowMs,
      created_at: nowMs,
    }),
    {
      sql: `INSERT OR IGNORE INTO addresses (wallet_id, idx, address, script)
        SELECT ?, value ->> 'index', value ->> 'address', value ->> 'script' FROM json_each(?)`,
      params: [wallet.id, JSON.stringify(pool.map(({ index, address, script }) => ({ index, address, script })))],
    },
  ];
}

/** A row, unless it is there. */
export function insert(table: string, row: Record<string, string | number | null>): Statement {
  const columns = Object.keys(row);
  return {
    sql: `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    params: Object.values(row),
  };
}
