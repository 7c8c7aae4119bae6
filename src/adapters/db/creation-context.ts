// The first round trip of making an invoice: everything that it depends on, in one row. SQL that is written once: the busiest
// path. Called by payments/create.ts alone; creation.ts has the second.

import type { ConfirmationStep } from '../../core/invoice/policy.ts';
import type { Database } from './database.ts';
import type { SealedSecrets } from './endpoints.ts';
import type { CallerRow, StoredWallet } from './keys.ts';
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

export interface CreationContext {
  caller: CallerRow;
  terms: StoreTerms;
  /** What the operator has settled over the deployment's defaults. */
  platform: PlatformSettings;
  endpoints: EndpointOfStore[];
  /** Fiat per bitcoin in the currency asked about, and in US dollars. */
  rate: StoredRate | null;
  usdRate: StoredRate | null;
  /** When an explorer last showed a fresh chain. */
  chainSeenAtMs: number | null;
  /** What the Idempotency-Key made within its day. */
  answer: { requestHash: string; invoiceId: string; snapshot: string } | null;
}

/** Who asks: an API key by its hash (of this store alone, where one is named), or a person whose access to the store was checked. */
export type Asker = { keyHash: string; ofStore?: string } | { storeId: string };

interface CreationQuestion {
  asker: Asker;
  currency: string;
  network: string;
  /** '' without one: no key is empty. */
  idempotencyKey: string;
  /** An older use of the key counts no more. */
  keysSinceMs: number;
}

const context = (key: string, from: string, isAsker: string) => `
  SELECT ${key}, a.suspended_at,
    s.id AS store_id, s.name, s.test_mode, s.default_expiry_minutes, s.late_grace_minutes, s.archived_at,
    s.tolerance_bp, s.confirmation_steps, s.zero_conf_cap_sats, s.success_url,
    s.connection_id, s.payment_methods, s.onchain_min_sats, s.private_route_hints,
    w.id AS wallet_id, w.network, w.script_type, w.descriptor_sealed, w.gap_limit, w.pool_floor, w.funded_index,
    (SELECT json_group_array(json_object('id', id, 'url', url, 'dialect', dialect, 'secretSealed', secret_sealed,
        'previousSecretSealed', previous_secret_sealed, 'rotatedAtMs', rotated_at, 'failingSinceMs', failing_since,
        'automaticRedelivery', json(iif(automatic_redelivery, 'true', 'false')), 'eventTypes', json(event_types)))
      FROM endpoints WHERE store_id = s.id AND enabled) AS endpoints,
    json_extract(r.by_currency, '$.' || ?2) AS rate, json_extract(r.by_currency, '$.USD') AS usd_rate,
    c.seen_at AS chain_seen_at, p.settings AS platform,
    i.request_hash, e.subject_id AS answered_id, e.snapshot
  FROM ${from}
  JOIN accounts a ON a.id = s.account_id
  LEFT JOIN wallets w ON w.id = s.wallet_id
  LEFT JOIN rates r ON r.name = 'latest'
  LEFT JOIN chain_state c ON c.network = ?3
  LEFT JOIN platform_settings p ON p.name = 'current'
  LEFT JOIN idempotency_keys i ON i.store_id = s.id AND i.key = ?4 AND i.created_at > ?5
  LEFT JOIN events e ON e.store_id = i.store_id AND e.log_seq = i.log_seq
  WHERE ${isAsker} = ?1`;

const BY_KEY = context(
  'k.id AS key_id, k.environment, k.revoked_at, k.permissions, k.last_used_at',
  'api_keys k JOIN stores s ON s.id = k.store_id',
  'k.hash',
);
/** A person with access to a store may do in it what its live key may. */
const BY_STORE = context(
  "NULL AS key_id, 'live' AS environment, NULL AS revoked_at, NULL AS permissions, NULL AS last_used_at",
  'stores s',
  's.id',
);

interface ContextRow {
  [column: string]: unknown;
  key_id: string | null;
  environment: 'test' | 'live';
  revoked_at: number | null;
  permissions: string | null;
  last_used_at: number | null;
  suspended_at: number | null;
  store_id: string;
  name: string;
  test_mode: number;
  default_expiry_minutes: number;
  late_grace_minutes: number;
  archived_at: number | null;
  tolerance_bp: number | null;
  confirmation_steps: string | null;
  zero_conf_cap_sats: number;
  success_url: string | null;
  connection_id: string | null;
  payment_methods: string | null;
  onchain_min_sats: number;
  private_route_hints: number;
  wallet_id: string | null;
  network: string;
  descriptor_sealed: string;
  gap_limit: number;
  pool_floor: number;
  funded_index: number;
  endpoints: string;
  rate: string | null;
  usd_rate: string | null;
  chain_seen_at: number | null;
  platform: string | null;
  request_hash: string | null;
  answered_id: string;
  snapshot: Packed;
}

/** First round trip: everything that a creation depends on; null for an unknown asker. */
export async function creationContext(db: Database, question: CreationQuestion): Promise<CreationContext | null> {
  const { asker, currency, network, idempotencyKey, keysSinceMs } = question;
  const byKey = 'keyHash' in asker;
  const { results } = await db.$client
    .prepare(byKey ? BY_KEY : BY_STORE)
    .bind(byKey ? asker.keyHash : asker.storeId, currency, network, idempotencyKey, keysSinceMs)
    .all<ContextRow>();
  const row = results[0];
  if (!row) return null;
  return {
    caller: {
      key: {
        keyId: row.key_id,
        environment: row.environment,
        revokedAtMs: row.revoked_at,
        permissions: parsed<string[]>(row.permissions),
        lastUsedAtMs: row.last_used_at,
      },
      account: { suspendedAtMs: row.suspended_at },
      store: {
        id: row.store_id,
        name: row.name,
        testMode: row.test_mode === 1,
        defaultExpiryMinutes: row.default_expiry_minutes,
        lateGraceMinutes: row.late_grace_minutes,
        archivedAtMs: row.archived_at,
        connectionId: row.connection_id,
        paymentMethods: parsed<string[]>(row.payment_methods),
      },
      wallet:
        row.wallet_id === null
          ? null
          : {
              id: row.wallet_id,
              network: row.network,
              scriptType: row.script_type as StoredWallet['scriptType'],
              descriptorSealed: row.descriptor_sealed,
              gapLimit: row.gap_limit,
              poolFloor: row.pool_floor,
              fundedIndex: row.funded_index,
            },
    },
    terms: {
      toleranceBp: row.tolerance_bp,
      confirmationSteps: parsed<ConfirmationStep[]>(row.confirmation_steps),
      zeroConfCapSats: row.zero_conf_cap_sats,
      successUrl: row.success_url,
      onchainMinSats: row.onchain_min_sats,
      privateRouteHints: row.private_route_hints === 1,
    },
    platform: parsed<PlatformSettings>(row.platform) ?? {},
    endpoints: JSON.parse(row.endpoints) as EndpointOfStore[],
    rate: parsed<StoredRate>(row.rate),
    usdRate: parsed<StoredRate>(row.usd_rate),
    chainSeenAtMs: row.chain_seen_at,
    answer: answerOf(row),
  };
}

function answerOf({ request_hash, answered_id, snapshot }: ContextRow): CreationContext['answer'] {
  return request_hash === null
    ? null
    : { requestHash: request_hash, invoiceId: answered_id, snapshot: unpack(snapshot) };
}

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}
