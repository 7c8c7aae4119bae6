// What a creation is decided on, in one row; and the condition that it still is so, for the statement that writes. SQL that is
// written once: the busiest path. Called by payments/context.ts, and by creation.ts, which writes.

import type { ConfirmationStep } from '../../core/invoice/policy.ts';
import type { Database } from './database.ts';
import type { SealedSecrets } from './endpoints.ts';
import type { CallerRow } from './keys.ts';
import { type Packed, unpack } from './packed.ts';
import type { PlatformSettings, StoredRate } from './schema.ts';

export interface EndpointOfStore extends SealedSecrets {
  url: string;
  dialect: string;
  eventTypes: string[] | null;
}

/** What the store has settled about its invoices, beside what every caller has to know. */
interface StoreTerms {
  /** Basis points; the deployment's where null. */
  toleranceBp: number | null;
  confirmationSteps: ConfirmationStep[] | null;
  zeroConfCapSats: number;
  successUrl: string | null;
  /** Below it the other methods are offered alone. */
  onchainMinSats: number;
  privateRouteHints: boolean;
}

/** What merchants and the operator settle, and the rates: an invoice is made only while all of it stands as it was decided on. */
interface Settled {
  caller: CallerRow;
  terms: StoreTerms;
  /** What the operator has settled over the deployment's defaults. */
  platform: PlatformSettings;
  endpoints: EndpointOfStore[];
  /** Fiat per bitcoin in the currency asked about, and in US dollars. */
  rate: StoredRate | null;
  usdRate: StoredRate | null;
}

export interface CreationContext extends Settled {
  /** All that is settled, as D1 wrote it: `isStillSo` compares it. */
  settled: string;
  /** When an explorer last showed a fresh chain. */
  chainSeenAtMs: number | null;
  /** What the Idempotency-Key made within its day. */
  answer: { requestHash: string; invoiceId: string; snapshot: string } | null;
}

/** Who asks: an API key by its hash (of this store alone, where one is named), or a person whose access to the store was checked. */
export type Asker = { keyHash: string; ofStore?: string } | { storeId: string };

export interface CreationQuestion {
  asker: Asker;
  currency: string;
  network: string;
  /** '' without one: no key is empty. */
  idempotencyKey: string;
  /** An older use of the key counts no more. */
  keysSinceMs: number;
}

const FOR_KEY = sqlOf({
  key: `json_object('keyId', k.id, 'environment', k.environment, 'revokedAtMs', k.revoked_at, 'permissions', json(k.permissions))`,
  lastUsedAt: 'k.last_used_at',
  from: 'api_keys k JOIN stores s ON s.id = k.store_id',
  asker: 'k.hash',
});
/** A person with access to a store may do in it what its live key may. */
const FOR_STORE = sqlOf({
  key: "json_object('keyId', NULL, 'environment', 'live', 'revokedAtMs', NULL, 'permissions', NULL)",
  lastUsedAt: 'NULL',
  from: 'stores s',
  asker: 's.id',
});

/** D1 gives a function 32 arguments at most: 16 fields of an object. */
function sqlOf({ key, lastUsedAt, from, asker }: Record<'key' | 'lastUsedAt' | 'from' | 'asker', string>) {
  const isSet = (column: string) => `json(iif(${column}, 'true', 'false'))`;
  const settled = (currency: string) => `json_object(
    'caller', json_object(
      'key', ${key},
      'account', json_object('suspendedAtMs', a.suspended_at),
      'store', json_object('id', s.id, 'name', s.name, 'testMode', ${isSet('s.test_mode')},
        'defaultExpiryMinutes', s.default_expiry_minutes, 'lateGraceMinutes', s.late_grace_minutes,
        'archivedAtMs', s.archived_at, 'connectionId', s.connection_id, 'paymentMethods', json(s.payment_methods)),
      'wallet', json(iif(w.id IS NULL, NULL, json_object('id', w.id, 'network', w.network, 'scriptType', w.script_type,
        'descriptorSealed', w.descriptor_sealed, 'gapLimit', w.gap_limit)))),
    'terms', json_object('toleranceBp', s.tolerance_bp, 'confirmationSteps', json(s.confirmation_steps),
      'zeroConfCapSats', s.zero_conf_cap_sats, 'successUrl', s.success_url, 'onchainMinSats', s.onchain_min_sats,
      'privateRouteHints', ${isSet('s.private_route_hints')}),
    'platform', json(coalesce((SELECT settings FROM platform_settings WHERE name = 'current'), '{}')),
    'endpoints', json((
      SELECT json_group_array(json_object('id', id, 'url', url, 'dialect', dialect, 'secretSealed', secret_sealed,
        'previousSecretSealed', previous_secret_sealed, 'rotatedAtMs', rotated_at, 'failingSinceMs', failing_since,
        'automaticRedelivery', ${isSet('automatic_redelivery')}, 'eventTypes', json(event_types)))
      FROM endpoints WHERE store_id = s.id AND enabled)),
    'rate', json(r.by_currency -> ${currency}), 'usdRate', json(r.by_currency -> 'USD'))`;
  const joined = `${from} JOIN accounts a ON a.id = s.account_id
    LEFT JOIN wallets w ON w.id = s.wallet_id LEFT JOIN rates r ON r.name = 'latest'`;
  return {
    read: `
      SELECT ${settled('?2')} AS settled, ${lastUsedAt} AS last_used_at, w.pool_floor, w.funded_index,
        c.seen_at AS chain_seen_at, i.request_hash, e.subject_id AS answered_id, e.snapshot
      FROM ${joined}
      LEFT JOIN chain_state c ON c.network = ?3
      LEFT JOIN idempotency_keys i ON i.store_id = s.id AND i.key = ?4 AND i.created_at > ?5
      LEFT JOIN events e ON e.store_id = i.store_id AND e.log_seq = i.log_seq
      WHERE ${asker} = ?1 AND NOT EXISTS (SELECT 1 FROM invoices WHERE id = ?6)`,
    isStillSo: (first: number) =>
      `(SELECT ${settled(`?${first + 1}`)} FROM ${joined} WHERE ${asker} = ?${first}) = ?${first + 2}`,
  };
}

/** Everything that a creation depends on, in one round trip; null for an unknown asker. */
export async function creationContext(db: Database, question: CreationQuestion): Promise<CreationContext | null> {
  const { results } = await contextUnless(db, question, '').all<ContextRow>();
  return contextOf(results[0]);
}

/** The same as a statement, for a batch: no row where the invoice is there. */
export function contextUnless(db: Database, question: CreationQuestion, invoiceId: string): D1PreparedStatement {
  const { asker, currency, network, idempotencyKey, keysSinceMs } = question;
  const [sql, id] = sqlFor(asker);
  return db.$client.prepare(sql.read).bind(id, currency, network, idempotencyKey, keysSinceMs, invoiceId);
}

/** In SQL, with `values` for its parameters from the one numbered `first` on: what a creation was decided on stands as it did. */
export function isStillSo(
  { asker, currency }: CreationQuestion,
  settled: string,
  first: number,
): { sql: string; values: string[] } {
  const [sql, id] = sqlFor(asker);
  return { sql: sql.isStillSo(first), values: [id, currency, settled] };
}

function sqlFor(asker: Asker): [sql: typeof FOR_KEY, id: string] {
  return 'keyHash' in asker ? [FOR_KEY, asker.keyHash] : [FOR_STORE, asker.storeId];
}

export interface ContextRow {
  settled: string;
  last_used_at: number | null;
  pool_floor: number | null;
  funded_index: number | null;
  chain_seen_at: number | null;
  request_hash: string | null;
  answered_id: string;
  snapshot: Packed;
}

export function contextOf(row: ContextRow | undefined): CreationContext | null {
  if (!row) return null;
  const known = JSON.parse(row.settled) as Settled;
  // These move with every use, and nothing is decided on them that the statements do not decide again.
  known.caller.key.lastUsedAtMs = row.last_used_at;
  if (known.caller.wallet)
    Object.assign(known.caller.wallet, { poolFloor: row.pool_floor, fundedIndex: row.funded_index });
  return { ...known, settled: row.settled, chainSeenAtMs: row.chain_seen_at, answer: answerOf(row) };
}

function answerOf({ request_hash, answered_id, snapshot }: ContextRow): CreationContext['answer'] {
  return request_hash === null
    ? null
    : { requestHash: request_hash, invoiceId: answered_id, snapshot: unpack(snapshot) };
}
