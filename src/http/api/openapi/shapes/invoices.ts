// An invoice as merchants and buyers see it, its payments, its evidence, and the events that tell of it.

import * as z from 'zod';
import { OWN_EVENT_TYPES } from '../../../../core/dialects/table.ts';
import { EVENT_TYPES, STATUSES } from '../../../../core/invoice/invoice.ts';
import { cursor, environment, height, hex, index, named, network, sats, time, timeOrNull, uuid } from './common.ts';
import { connection } from './connections.ts';
import { loggedLimits, loggedPayout, loggedPullPayment } from './payouts.ts';

const payment = named('Payment', 'Money that came to the invoice. Its identity is txid and vout.', {
  method: z.string().describe('The way to pay by which it came: `onchain`, `lightning`.'),
  txid: z
    .string()
    .describe(
      'The transaction’s id, in hex; over Lightning the payment hash. A payment on chain that test mode simulates has none: its name begins with `sim_`.',
    ),
  vout: index,
  amount_sats: sats,
  status: z
    .enum(['mempool', 'confirmed', 'replaced', 'dropped', 'double_spent', 'reorged', 'prior', 'settled'])
    .describe(
      '`prior`: it is older than the invoice and never counts. `settled`: it came over Lightning, and is final.',
    ),
  confirmations: z.int().min(0),
  block_height: height.nullable(),
  first_seen_at: time.describe('When it was first seen: what decides whether it came in time.'),
  valid: z
    .boolean()
    .describe('It is on its way or here. false: it is gone, or is older than the invoice, and never counts.'),
  credited: z.boolean().describe('It counts: it is there, and was first seen by the late deadline.'),
});

const publicFields = {
  id: uuid,
  status: z.enum(STATUSES),
  environment,
  address: z.string().describe('Belongs to this invoice alone. Empty where the invoice cannot be paid on chain.'),
  amount_sats: sats,
  amount_btc: z.string(),
  amount_fiat: z.number().nullable(),
  fiat_currency: z.string().nullable(),
  btc_usd_rate: z.number().nullable().describe('US dollars per bitcoin at creation; null where none was known.'),
  btc_fiat_rate: z.number().nullable().describe('`fiat_currency` per bitcoin, locked at creation.'),
  amount_tolerance_sats: sats.describe('A total this far off `amount_sats`, either way, counts as exact.'),
  amount_paid_sats: sats.describe('What has come, confirmed or not.'),
  amount_confirmed_sats: sats.describe('The part of it that has the confirmations asked for.'),
  amount_due_sats: sats.describe(
    'What the buyer still has to send: what is missing, and at least the smallest payment that the network carries; 0 within the tolerance.',
  ),
  expires_at: time,
  late_payment_grace_minutes: z.int(),
  late_payment_deadline_at: time.describe('A payment first seen after this is never credited by itself.'),
  conf_threshold: z.int().min(0).describe('Confirmations before a payment counts.'),
  payment_methods: z.array(z.string()).describe('The ways to pay it: `onchain`, `lightning`.'),
  lightning: named('Lightning', 'The BOLT11 invoice that pays what is due.', {
    bolt11: z.string(),
    payment_hash: hex,
    amount_sats: sats,
    expires_at: time,
  })
    .nullable()
    .describe('null where Lightning is not offered, and until the invoice is first looked at.'),
  payment_uri: z
    .string()
    .describe(
      'BIP 321, for a QR code or a link: with `lightning=` where both are offered, `lightning:` where only that is.',
    ),
  hosted_checkout_url: z.url().describe('The page to send the buyer to.'),
  success_url: z.string().nullable(),
  payments: z.array(payment),
  created_at: time,
  seen_at: timeOrNull,
  paid_at: timeOrNull,
};

const publicInvoice = named('PublicInvoice', 'The part of an invoice that its buyer may see.', publicFields);

const invoice = named('Invoice', 'The price, the payments received, and the status that follows from them.', {
  ...publicFields,
  store_id: z.string(),
  fee_sats: sats.describe('The platform’s fee for this invoice.'),
  order_ref: z.string().nullable(),
  callback_url: z.string().nullable(),
  buyer_email: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  review_reason: z.string().nullable().describe('Why the payment needs a review.'),
});

export const invoiceAnswer = z.strictObject({
  invoice,
  warnings: z
    .array(z.enum(['lightning_unavailable']))
    .optional()
    .describe(
      '`lightning_unavailable`: Lightning is offered and its node gives no BOLT11 invoice now. The other ways work.',
    ),
});
export const invoicePage = z.strictObject({ invoices: z.array(invoice), next_cursor: cursor });

const paymentEvidence = named('PaymentEvidence', 'Proves offline that a block holds a payment.', {
  txid: hex,
  vout: index,
  network,
  height,
  header: hex.describe('The block’s 80 bytes.'),
  branch: z.array(hex).describe('The merkle branch, from the transaction to the root.'),
  index: index.describe('Of the transaction in its block.'),
  transaction: hex.describe('Raw.'),
  headers_above: z.array(hex).describe('Up to six headers on top of the block, lowest first.'),
});

export const evidence = z.strictObject({
  script: hex.describe('The output script of the invoice’s address.'),
  address_index: index.describe('Of the address in your wallet: the last step of its derivation path.'),
  evidence: z.array(paymentEvidence).describe('One for each confirmed payment on the chain.'),
  disputes: z
    .array(z.strictObject({ reason: z.string(), detail: z.string(), opened_at: time }))
    .describe('Where explorers contradicted each other: who showed what.'),
});

/** What an event is about: the part of its name before the dot says what, save for `lightning.` and `refund.`. */
const about = z.union([
  z.strictObject({ invoice }),
  z.strictObject({ pull_payment: loggedPullPayment }),
  z.strictObject({ payout: loggedPayout }),
  z.strictObject({ payout_limits: loggedLimits }),
  z.strictObject({ connection }),
]);

const event = named('Event', 'An entry of the store’s log.', {
  id: z.string().describe('The `event_id` of the webhook that tells of the same.'),
  sequence: z.int().min(1).describe('The store’s own count.'),
  type: z.enum([...OWN_EVENT_TYPES, 'invoice.updated', 'payout.updated']),
  created_at: time,
  livemode: z.boolean(),
  data: about.describe('As it was at this event.'),
});

export const eventPage = z.strictObject({
  events: z.array(event),
  next_after: z.string().describe('Give it back as `after`.'),
  has_more: z.boolean(),
});

/** What is sent by webhook. */
export const webhookEvent = named('WebhookEvent', 'What is sent to your endpoint.', {
  event_id: z.string().describe('Deduplicate by it.'),
  event_type: z.enum(OWN_EVENT_TYPES),
  created_at: time,
  livemode: z.boolean(),
  data: about,
});

export const paySnapshot = z.strictObject({
  invoice: publicInvoice,
  store: z.strictObject({
    name: z.string(),
    color: z.string().nullable(),
    logo_url: z.string().nullable(),
    support_url: z.string().nullable(),
  }),
  live: z.strictObject({
    events_url: z.string().describe('Path of the Server-Sent Events.'),
    stream_url: z.string().describe('Path of the WebSocket.'),
  }),
});

/** One message of a buyer's stream. */
export const liveEvent = named('LiveEvent', 'One message of a buyer’s stream.', {
  event_id: z.string(),
  event_type: z.enum([...EVENT_TYPES, 'invoice.updated', 'snapshot']),
  created_at: time,
  livemode: z.boolean(),
  invoice: publicInvoice,
});
