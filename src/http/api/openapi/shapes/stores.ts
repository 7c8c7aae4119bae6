// Stores and what hangs on them: API keys, wallets, webhook endpoints and their deliveries.

import * as z from 'zod';
import { ENDPOINT_DIALECTS } from '../../../../core/dialects/table.ts';
import { STATUSES } from '../../../../core/invoice/invoice.ts';
import { PAYMENT_METHODS } from '../../../../core/payment/payment.ts';
import { SCRIPT_TYPES } from '../../../../core/wallet/address.ts';
import { PERMISSIONS } from '../../../../services/access/permissions.ts';
import { cursor, environment, hex, index, named, network, nextFrom, sats, time, timeOrNull, uuid } from './common.ts';

const store = named('Store', 'Where invoices belong to: its settings, and whether money is real.', {
  id: z.string(),
  name: z.string(),
  test_mode: z.boolean(),
  wallet_id: z.string().nullable().describe('The wallet that new invoices are paid to.'),
  default_expiry_minutes: z.int(),
  late_payment_grace_minutes: z.int(),
  currency: z.string(),
  tolerance_bp: z.int().nullable().describe('null: the deployment’s own.'),
  confirmation_steps: z
    .array(z.strictObject({ from_usd: z.string(), confirmations: z.int() }))
    .nullable()
    .describe('null: 1 below 100 US dollars, 2 from there.'),
  zero_conf_cap_sats: sats,
  recycle_addresses: z.boolean(),
  takes_refund_requests: z.boolean(),
  color: z.string().nullable(),
  logo_url: z.string().nullable(),
  support_url: z.string().nullable(),
  success_url: z.string().nullable(),
  connection_id: uuid.nullable().describe('The Lightning connection that new invoices are paid to.'),
  payment_methods: z.array(z.enum(PAYMENT_METHODS)).nullable().describe('null: all that the store has.'),
  onchain_min_sats: sats,
  private_route_hints: z.boolean(),
  archived_at: timeOrNull,
  created_at: time,
});

const callbackSecret = z.string().describe('Signs what goes to an invoice’s `callback_url`. Shown only here.');
export const storeAnswer = z.strictObject({ store });
export const storeWithSecret = z.strictObject({ store, callback_secret: callbackSecret });
export const stores = z.strictObject({ stores: z.array(store) });

const key = named('ApiKey', 'An API key, without its text.', {
  id: z.string(),
  label: z.string(),
  environment,
  hint: z.string().describe('How it begins and ends.'),
  permissions: z.array(z.enum(PERMISSIONS)).nullable().describe('null: everything in its store.'),
  btcpay_1x: z.boolean().describe('Greenfield answers in the shapes of BTCPay Server 1.x.'),
  last_used_at: timeOrNull.describe('To the hour.'),
  revoked_at: timeOrNull.describe('May lie ahead: until then a key that was rotated works.'),
  created_at: time,
});
const secretKey = z.string().describe('The key. Shown only here.');
export const keyAnswer = z.strictObject({ key });
export const keys = z.strictObject({ keys: z.array(key) });
export const keyIssued = z.strictObject({ key, secret: secretKey });
export const keyRotated = z.strictObject({ key, secret: secretKey, previous: key });

const scriptType = z.enum(SCRIPT_TYPES);
const wallet = named('Wallet', 'A registered wallet. Its extended key is in no answer.', {
  id: z.string(),
  label: z.string(),
  network,
  script_type: scriptType,
  gap_limit: z.int(),
  active: z.boolean(),
  first_index: z.int().min(0).describe('No address below this index is free: where new invoices begin.'),
  used_addresses: z
    .int()
    .min(0)
    .describe('Addresses that were found used when the wallet was looked up; they are skipped.'),
  history_checked: z.boolean().describe('The look-up is finished. Until then it goes on in the background.'),
  used_elsewhere_at: timeOrNull.describe('When a block last paid an address that no invoice has.'),
  created_at: time,
});
export const walletAnswer = z.strictObject({ wallet });
export const wallets = z.strictObject({ wallets: z.array(wallet) });

export const recognised = z.strictObject({
  recognised: z.strictObject({
    source: z.string().describe('Which program wrote it.'),
    label: z.string(),
    network,
    usable_live: z.boolean(),
    script_type_needed: z.boolean().describe('It can mean several kinds of addresses: choose one when registering.'),
    candidates: z.array(
      z.strictObject({
        script_type: scriptType,
        declared: z.boolean().describe('The text itself says so.'),
        fingerprint: z.string().nullable().describe('Of the master key of its one key; null for a multisig wallet.'),
        origin_path: z.string().nullable(),
        required_signatures: z.int().describe('How many of its signers have to sign a payout.'),
        signers: z.array(z.strictObject({ fingerprint: z.string().nullable(), origin_path: z.string().nullable() })),
        addresses: z.array(z.strictObject({ index, path: z.string(), address: z.string() })),
      }),
    ),
    warnings: z.array(z.string()),
  }),
});

export const gap = z.strictObject({
  gap: z.strictObject({
    gap_limit: z.int(),
    highest_issued_index: z.int().describe('−1 before any.'),
    highest_funded_index: z.int().describe('−1 before any.'),
    unused_in_a_row: z.int().describe('Unpaid addresses after the last paid one.'),
    issuing_stops_at_index: z.int().describe('From here on live invoices get no address.'),
    warning: z.string().nullable(),
  }),
});

export const addresses = z.strictObject({
  addresses: z.array(
    z.strictObject({
      index,
      path: z.string(),
      address: z.string(),
      invoice_id: uuid,
      order_ref: z.string().nullable(),
      environment,
      status: z.enum(STATUSES),
      payments: z.array(z.strictObject({ txid: hex, vout: index, sats, height: z.int().nullable() })),
    }),
  ),
  next_from: nextFrom,
});

export const rescue = z.strictObject({
  rescue: z.strictObject({
    funded_addresses: z.int(),
    received_sats: sats,
    highest_funded_index: z.int().nullable(),
    widest_step: z.int().nullable().describe('The most unpaid addresses between two paid ones.'),
    gap_limit_to_set: z.int().describe('Set this in your wallet and everything shows.'),
    hidden_by_usual_gap_limit: z.boolean(),
    addresses: z.array(
      z.strictObject({ index, path: z.string(), address: z.string(), received_sats: sats, payments: z.int() }),
    ),
    next_from: nextFrom,
  }),
});

const webhook = named('WebhookEndpoint', 'Where a store’s events are sent.', {
  id: z.string(),
  url: z.string(),
  dialect: z.enum(ENDPOINT_DIALECTS).describe('The format of its events.'),
  label: z.string(),
  event_types: z.array(z.string()).nullable().describe('In the words of its dialect; null: all.'),
  enabled: z.boolean(),
  failing_since: timeOrNull,
  disabled_at: timeOrNull.describe('When it was switched off because nothing arrived for 72 hours.'),
  rotated_at: timeOrNull,
  previous_secret_until: timeOrNull.describe('Until then both secrets sign.'),
  created_at: time,
});
export const webhookAnswer = z.strictObject({ webhook });
export const webhooks = z.strictObject({ webhooks: z.array(webhook) });
export const webhookWithSecret = z.strictObject({
  webhook,
  secret: z.string().describe('Signs the deliveries. Shown only here.'),
});

const delivery = named('Delivery', 'One event on its way to one endpoint, with every attempt.', {
  id: z.string(),
  event_id: z.string(),
  event_type: z.string().describe('In the words of the endpoint’s dialect.'),
  invoice_id: uuid.nullable().describe('null for a synthetic event.'),
  url: z.string(),
  state: z.enum(['pending', 'retrying', 'succeeded', 'failed', 'dead_letter']),
  attempts: z.array(
    z.strictObject({
      at: time,
      took_ms: z.int(),
      status: z.int().nullable().describe('The HTTP status; null where none came.'),
      error: z.string().nullable(),
      response_body: z.string().nullable().describe('How it began.'),
    }),
  ),
  next_attempt_at: timeOrNull,
  created_at: time,
});
export const deliveryAnswer = z.strictObject({ delivery });
export const deliveries = z.strictObject({ deliveries: z.array(delivery), next_cursor: cursor });
export const invoiceDeliveries = z.strictObject({ deliveries: z.array(delivery) });
export const redelivering = z.strictObject({
  redelivering: z.int().describe('How many are on their way.'),
  continue_from: timeOrNull.describe('Where there are more: ask again with it as `since`.'),
});

export const clockMoved = named('ClockMoved', 'How far a test store’s clock was moved.', {
  advanced_seconds: z.number().int(),
  invoices: z.number().int(),
});
