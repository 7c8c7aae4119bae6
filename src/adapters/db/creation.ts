// The two round trips of making an invoice, as SQL that is written once: the busiest path. Called by payments/create.ts alone.

import type { Invoice } from '../../core/invoice/invoice.ts';
import type { ConfirmationStep } from '../../core/invoice/policy.ts';
import { customerKey } from './customer-addresses.ts';
import type { Database } from './database.ts';
import type { DeliveryTarget } from './deliveries.ts';
import type { SealedSecrets } from './endpoints.ts';
import type { LoggedEvent } from './events.ts';
import type { CallerRow, StoredWallet } from './keys.ts';
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

/** Who asks: an API key by its hash (of this store alone, where one is named), or somebody who has been let in to the store already. */
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
    w.id AS wallet_id, w.network, w.script_type, w.descriptor_sealed, w.gap_limit, w.pool_floor, w.funded_index,
    (SELECT json_group_array(json_object('id', id, 'url', url, 'dialect', dialect, 'secretSealed', secret_sealed,
        'previousSecretSealed', previous_secret_sealed, 'rotatedAtMs', rotated_at, 'failingSinceMs', failing_since,
        'automaticRedelivery', json(iif(automatic_redelivery, 'true', 'false')), 'eventTypes', json(event_types)))
      FROM endpoints WHERE store_id = s.id AND enabled) AS endpoints,
    json_extract(r.by_currency, '$.' || ?2) AS rate, json_extract(r.by_currency, '$.USD') AS usd_rate,
    c.seen_at AS chain_seen_at, p.settings AS platform,
    i.request_hash, i.invoice_id, e.snapshot
  FROM ${from}
  JOIN accounts a ON a.id = s.account_id
  LEFT JOIN wallets w ON w.id = s.wallet_id
  LEFT JOIN rates r ON r.name = 'latest'
  LEFT JOIN chain_state c ON c.network = ?3
  LEFT JOIN platform_settings p ON p.name = 'current'
  LEFT JOIN idempotency_keys i ON i.store_id = s.id AND i.key = ?4 AND i.created_at > ?5
  LEFT JOIN invoices made ON made.id = i.invoice_id
  LEFT JOIN events e ON e.store_id = made.store_id AND e.log_seq = made.log ->> 0
  WHERE ${isAsker} = ?1`;

const BY_KEY = context(
  'k.environment, k.revoked_at, k.permissions, k.last_used_at',
  'api_keys k JOIN stores s ON s.id = k.store_id',
  'k.hash',
);
/** Whoever is let in to a store may do in it what its live key may. */
const BY_STORE = context(
  "'live' AS environment, NULL AS revoked_at, NULL AS permissions, NULL AS last_used_at",
  'stores s',
  's.id',
);

interface ContextRow {
  [column: string]: unknown;
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
  invoice_id: string;
  snapshot: string;
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
    },
    platform: parsed<PlatformSettings>(row.platform) ?? {},
    endpoints: JSON.parse(row.endpoints) as EndpointOfStore[],
    rate: parsed<StoredRate>(row.rate),
    usdRate: parsed<StoredRate>(row.usd_rate),
    chainSeenAtMs: row.chain_seen_at,
    answer:
      row.request_hash === null
        ? null
        : { requestHash: row.request_hash, invoiceId: row.invoice_id, snapshot: row.snapshot },
  };
}

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}

export interface Creation {
  /** All but its address, which `addressSlot` stands for wherever it belongs. */
  invoice: Invoice;
  addressSlot: string;
  /** Addresses from this index are not given out. */
  endIndex: number;
  event: LoggedEvent;
  targets: DeliveryTarget[];
  idempotency: { key: string; requestHash: string; keysSinceMs: number } | null;
}

interface IssuedAddress {
  index: number;
  address: string;
  /** 1 when another invoice held it before. */
  isRecycled: 0 | 1;
}

/** The wallet's first free address becomes the invoice's. D1 runs one batch at a time: no two can get the same one. */
const CLAIM = `
  UPDATE addresses SET invoice_id = ?2
  WHERE wallet_id = ?1 AND idx = (
    SELECT idx FROM addresses
    WHERE wallet_id = ?1 AND idx >= (SELECT pool_floor FROM wallets WHERE id = ?1) AND idx < ?3
      AND invoice_id IS NULL AND used_at IS NULL ORDER BY idx LIMIT 1)
  RETURNING idx AS "index", address,
    EXISTS (SELECT 1 FROM former_holders WHERE former_holders.script = addresses.script) AS "isRecycled"`;

/** Columns that the invoice brings, as JSON, in the order of INSERT. The rest comes from the address. */
const FROM_INVOICE = [
  ...['id', 'store_id', 'environment', 'network', 'wallet_id', 'amount_sats', 'tolerance_below_sats'],
  ...['tolerance_above_sats', 'conf_threshold', 'fee_sats', 'fiat_amount', 'fiat_currency', 'fiat_rate', 'usd_rate'],
  ...['late_grace_minutes', 'created_at', 'expires_at', 'late_deadline_at', 'watch_until', 'order_ref', 'callback_url'],
  ...['success_url', 'buyer_email', 'metadata', 'status', 'version', 'marks', 'history', 'checkout'],
];

const INSERT_INVOICE = `
  INSERT INTO invoices (${FROM_INVOICE.join(', ')}, payment_uri, address_index, address, script, log)
  SELECT ${FROM_INVOICE.map((_, index) => `?4 ->> ${index}`).join(', ')}, replace(?5, ?3, address), idx, address, script,
    json_array((SELECT coalesce(max(log_seq), 0) + 1 FROM events WHERE events.store_id = ?4 ->> 1))
  FROM addresses
  WHERE wallet_id = ?1 AND idx >= (SELECT pool_floor FROM wallets WHERE id = ?1) AND invoice_id = ?2 LIMIT 1`;

// Each of these reads the invoice: where no address was free there is none, and nothing is written.
const INSERT_EVENT = `
  INSERT INTO events (store_id, log_seq, invoice_id, seq, type, created_at, snapshot)
  SELECT store_id, log ->> 0, id, ?2, ?3, ?4, replace(?5, ?6, address) FROM invoices WHERE id = ?1`;

const INSERT_DELIVERIES = `
  INSERT INTO deliveries
    (created_at, invoice_id, seq, target, endpoint_id, line, url, dialect, body, state, attempts, attempt_log)
  SELECT ?2, invoices.id, ?3, receiver.key, receiver.value ->> 'endpointId', receiver.value ->> 'line',
    receiver.value ->> 'url', receiver.value ->> 'dialect', receiver.value ->> 'body', 'pending', 0, '[]'
  FROM json_each(?4) AS receiver, invoices WHERE invoices.id = ?1`;

const FORGET_OLD_KEY = 'DELETE FROM idempotency_keys WHERE store_id = ?1 AND key = ?2 AND created_at <= ?3';

/** Fails the batch where another request holds the key. */
const CLAIM_KEY = `
  INSERT INTO idempotency_keys (store_id, key, request_hash, invoice_id, created_at)
  SELECT ?2, ?3, ?4, id, ?5 FROM invoices WHERE id = ?1`;

/** Fails the batch where the customer has an address already. In test mode it is another one: test money is none. */
const CLAIM_CUSTOMER = `
  INSERT INTO customer_addresses (store_id, customer_id, invoice_id, created_at)
  SELECT store_id, ?2, id, created_at FROM invoices WHERE id = ?1`;

/**
 * Second round trip: address, invoice, event, deliveries and idempotency key, all or nothing; null when no address was
 * free. @throws when another request holds the key: see isKeyTaken
 */
export async function writeCreation(db: Database, creation: Creation): Promise<IssuedAddress | null> {
  const { invoice, addressSlot, endIndex, event, targets, idempotency } = creation;
  const d1 = db.$client;
  const { id, storeId, walletId, createdAtMs } = invoice;
  const customerId = invoice.checkout?.customerId;
  const [claimed] = await d1.batch<IssuedAddress>([
    d1.prepare(CLAIM).bind(walletId, id, endIndex),
    d1.prepare(INSERT_INVOICE).bind(walletId, id, addressSlot, JSON.stringify(columnsOf(invoice)), invoice.paymentUri),
    d1.prepare(INSERT_EVENT).bind(id, event.seq, event.type, event.createdAtMs, event.snapshot, addressSlot),
    ...(targets.length > 0
      ? [d1.prepare(INSERT_DELIVERIES).bind(id, event.createdAtMs, event.seq, JSON.stringify(targets))]
      : []),
    ...(customerId === undefined
      ? []
      : [d1.prepare(CLAIM_CUSTOMER).bind(id, customerKey(customerId, invoice.environment))]),
    ...(idempotency
      ? [
          d1.prepare(FORGET_OLD_KEY).bind(storeId, idempotency.key, idempotency.keysSinceMs),
          d1.prepare(CLAIM_KEY).bind(id, storeId, idempotency.key, idempotency.requestHash, createdAtMs),
        ]
      : []),
  ]);
  return claimed?.results[0] ?? null;
}

/** Was the batch refused because another request holds the key? */
export function isKeyTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: idempotency_keys');
}

/** In the order of FROM_INVOICE. */
function columnsOf(invoice: Invoice): unknown[] {
  return [
    ...[invoice.id, invoice.storeId, invoice.environment, invoice.network, invoice.walletId],
    ...[invoice.amountSats === null ? null : Number(invoice.amountSats), Number(invoice.toleranceBelowSats)],
    ...[Number(invoice.toleranceAboveSats), invoice.confThreshold, Number(invoice.feeSats)],
    ...[invoice.fiatAmount, invoice.fiatCurrency, invoice.fiatRate, invoice.usdRate, invoice.lateGraceMinutes],
    ...[invoice.createdAtMs, invoice.expiresAtMs, invoice.lateDeadlineMs, invoice.watchUntilMs, invoice.orderRef],
    ...[invoice.callbackUrl, invoice.successUrl, invoice.buyerEmail, JSON.stringify(invoice.metadata)],
    ...[invoice.status, invoice.version, JSON.stringify(invoice.marks), JSON.stringify(invoice.history)],
    invoice.checkout && JSON.stringify(invoice.checkout),
  ];
}
