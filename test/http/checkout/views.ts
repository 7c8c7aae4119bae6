// Invoices as the checkout page gets them, one per situation a buyer can be in. Called by the checkout tests.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { RouteHop } from '../../../src/core/lightning/bolt11-fields.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { formatBtc } from '../../../src/core/money/sats.ts';
import type { PaymentSnapshot, PublicInvoice } from '../../../src/core/snapshot/invoice.ts';
import { paymentUri, withAmount } from '../../../src/core/wallet/bip21.ts';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';

export const ID = '22872e14-4216-4c78-8fe1-088ea649f3c2';
export const ADDRESS = 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq';
export const CREATED_MS = Date.parse('2026-05-16T11:15:00.000Z');
export const EXPIRES_MS = CREATED_MS + 15 * 60_000;
export const LATE_MS = EXPIRES_MS + 60 * 60_000;

/** A view 28 seconds into the invoice's life, with the invoice and the store changed as given. */
export function view(
  invoice: Partial<PublicInvoice> = {},
  store: Partial<CheckoutView['store']> = {},
  nowMs = CREATED_MS + 28_000,
): CheckoutView {
  return {
    invoice: { ...pendingInvoice(), ...invoice },
    depositAddressId: null,
    intentId: null,
    store: { name: 'Juniper Coffee Roasters', color: '#0f6b4f', logoUrl: null, supportUrl: SUPPORT_URL, ...store },
    nowMs,
    live: { eventsUrl: `/pay/invoices/${ID}/events` },
    returnsByItself: true,
    hasReceipt: true,
    takesRefundRequests: false,
    isFramed: false,
    preimages: new Map(),
    isLightningDown: false,
    chosen: null,
  };
}

export const SUCCESS_URL = 'https://juniper.example/orders/ORD-12345/thanks';
export const URI = paymentUri({ address: ADDRESS, amountSats: 150234n, label: 'Juniper Coffee Roasters' });
export const SUPPORT_URL = 'https://juniper.example/help';

function pendingInvoice(): PublicInvoice {
  return {
    id: ID,
    status: 'pending',
    environment: 'live',
    address: ADDRESS,
    amount_sats: '150234',
    amount_btc: formatBtc(150234n),
    amount_fiat: 49.99,
    fiat_currency: 'USD',
    btc_usd_rate: 33280.45,
    btc_fiat_rate: 33280.45,
    amount_tolerance_sats: '375',
    amount_paid_sats: '0',
    amount_confirmed_sats: '0',
    amount_due_sats: '150234',
    expires_at: new Date(EXPIRES_MS).toISOString(),
    late_payment_grace_minutes: 60,
    late_payment_deadline_at: new Date(LATE_MS).toISOString(),
    conf_threshold: 1,
    payment_methods: ['onchain'],
    lightning: null,
    payment_uri: URI,
    hosted_checkout_url: `https://pay.example.com/i/${ID}`,
    success_url: SUCCESS_URL,
    payments: [],
    created_at: new Date(CREATED_MS).toISOString(),
    seen_at: null,
    paid_at: null,
  };
}

export function payment(sats: number, confirmations = 0, digit = 'a'): PaymentSnapshot {
  return {
    method: 'onchain',
    txid: digit.repeat(64),
    vout: 0,
    amount_sats: String(sats),
    status: confirmations > 0 ? 'confirmed' : 'mempool',
    confirmations,
    block_height: confirmations > 0 ? 900_000 : null,
    first_seen_at: new Date(CREATED_MS + 20_000).toISOString(),
    valid: true,
    credited: true,
  };
}

const SEEN_AT = new Date(CREATED_MS + 20_000).toISOString();

const paidInvoice = {
  status: 'paid',
  amount_paid_sats: '150234',
  amount_confirmed_sats: '150234',
  amount_due_sats: '0',
  payments: [payment(150234, 1)],
  seen_at: SEEN_AT,
  paid_at: new Date(CREATED_MS + 27_000).toISOString(),
} as const satisfies Partial<PublicInvoice>;

type LightningSnapshot = NonNullable<PublicInvoice['lightning']>;

/** A private channel. */
const HINT: RouteHop = {
  ...{ nodeId: '02'.repeat(33), shortChannelId: '589390x3312x1', feeBaseMsat: 1000, feeProportionalMillionths: 100 },
  cltvExpiryDelta: 144,
};

/** A real one, over as much, of a node with two private channels. */
export function bolt11(sats: bigint, expiresAtMs = EXPIRES_MS): LightningSnapshot {
  const draft = {
    ...{ network: 'mainnet' as const, amountMsat: sats * 1000n, createdAtMs: CREATED_MS },
    expirySeconds: (expiresAtMs - CREATED_MS) / 1000,
    ...{ paymentHash: HASH, paymentSecret: 'cd'.repeat(32), description: 'Juniper Coffee Roasters: ORD-12345' },
    routes: [[HINT], [HINT]],
  };
  const expires_at = new Date(expiresAtMs).toISOString();
  const text = writeBolt11(draft, new Uint8Array(32).fill(7));
  return { bolt11: text, payment_hash: HASH, amount_sats: String(sats), expires_at };
}

export const PREIMAGE = '5a'.repeat(32);
export const HASH = bytesToHex(sha256(hexToBytes(PREIMAGE)));

const BOLT11 = bolt11(150_234n);
const BOTH = {
  payment_methods: ['onchain', 'lightning'],
  lightning: BOLT11,
  payment_uri: `${URI}&lightning=${BOLT11.bolt11}`,
};
const ALONE = {
  ...{ address: '', payment_methods: ['lightning'], lightning: BOLT11, payment_uri: `lightning:${BOLT11.bolt11}` },
};

/** Over Lightning. */
export function lightningPayment(sats: number): PaymentSnapshot {
  return { ...payment(sats, 6), method: 'lightning', txid: HASH, status: 'settled', block_height: null };
}

const paidOverLightning = { ...paidInvoice, payments: [lightningPayment(150234)] };

/** Every situation of an invoice that can be paid over Lightning, by name. */
export const LIGHTNING_VIEWS = {
  both: view(BOTH),
  bothAsLightning: { ...view(BOTH), chosen: 'lightning' },
  bothAsOnchain: { ...view(BOTH), chosen: 'onchain' },
  alone: view(ALONE),
  aloneTest: view({ ...ALONE, environment: 'test' }),
  bothDown: { ...view({ ...BOTH, lightning: null, payment_uri: URI }), isLightningDown: true },
  aloneDown: {
    ...view({ ...ALONE, lightning: bolt11(150_234n, CREATED_MS + 120_000) }, {}, CREATED_MS + 121_000),
    isLightningDown: true,
  },
  bothPart: view({
    ...BOTH,
    status: 'underpaid',
    amount_paid_sats: '100000',
    amount_confirmed_sats: '100000',
    amount_due_sats: '50234',
    lightning: bolt11(50_234n),
    payment_uri: `${withAmount(URI, 50_234n)}&lightning=${bolt11(50_234n).bolt11}`,
    payments: [payment(100000, 1)],
    seen_at: SEEN_AT,
  }),
  aloneExpired: view({ ...ALONE, status: 'expired' }, {}, EXPIRES_MS + 60_000),
  bothExpired: view({ ...BOTH, status: 'expired' }, {}, EXPIRES_MS + 60_000),
  alonePaid: view({ ...ALONE, ...paidOverLightning }),
  bothPaid: view({ ...BOTH, ...paidOverLightning }),
  bothOverpaid: view({
    ...BOTH,
    ...paidInvoice,
    status: 'overpaid',
    amount_paid_sats: '300468',
    amount_confirmed_sats: '300468',
    payments: [payment(150234, 1), lightningPayment(150234)],
  }),
} as const satisfies Record<string, CheckoutView>;

/** Every situation, by name. */
export const VIEWS = {
  pending: view(),
  pendingTest: view({ environment: 'test' }),
  pendingAnyAmount: view({
    amount_sats: '0',
    amount_btc: '0.00000000',
    amount_due_sats: '0',
    amount_fiat: null,
    fiat_currency: null,
    payment_uri: `bitcoin:${ADDRESS}`,
  }),
  checking: view({}, {}, EXPIRES_MS + 1_000),
  seen: view({
    status: 'seen',
    amount_paid_sats: '150234',
    amount_due_sats: '0',
    conf_threshold: 2,
    payments: [payment(150234)],
    seen_at: SEEN_AT,
  }),
  seenHalfConfirmed: view({
    status: 'seen',
    amount_paid_sats: '150234',
    amount_due_sats: '0',
    conf_threshold: 2,
    payments: [payment(150234, 1)],
    seen_at: SEEN_AT,
  }),
  seenPart: view({
    status: 'seen',
    amount_paid_sats: '100000',
    amount_due_sats: '50234',
    payments: [payment(100000)],
    seen_at: SEEN_AT,
  }),
  underpaid: view({
    status: 'underpaid',
    amount_paid_sats: '100000',
    amount_confirmed_sats: '100000',
    amount_due_sats: '50234',
    payments: [payment(100000, 1)],
    seen_at: SEEN_AT,
  }),
  underpaidToppedUp: view({
    status: 'underpaid',
    amount_paid_sats: '150234',
    amount_confirmed_sats: '100000',
    amount_due_sats: '0',
    payments: [payment(100000, 1), payment(50234, 0, 'b')],
    seen_at: SEEN_AT,
  }),
  underpaidTooLate: view(
    {
      status: 'underpaid',
      amount_paid_sats: '100000',
      amount_confirmed_sats: '100000',
      amount_due_sats: '50234',
      payments: [payment(100000, 9)],
      seen_at: SEEN_AT,
    },
    {},
    LATE_MS,
  ),
  paid: view(paidInvoice),
  latePaid: view({ ...paidInvoice, status: 'late_paid' }, {}, EXPIRES_MS + 600_000),
  overpaid: view({
    ...paidInvoice,
    status: 'overpaid',
    amount_paid_sats: '160234',
    amount_confirmed_sats: '160234',
    payments: [payment(160234, 1)],
  }),
  expired: view({ status: 'expired' }, {}, EXPIRES_MS + 60_000),
  expiredForGood: view({ status: 'expired' }, {}, LATE_MS),
  requiresReview: view({ ...paidInvoice, status: 'requires_review', paid_at: null }),
  reverted: view({ ...paidInvoice, status: 'reverted', payments: [{ ...payment(150234), status: 'reorged' }] }),
  cancelled: view({ status: 'cancelled' }),
} as const satisfies Record<string, CheckoutView>;

/** What is read of a page. */
export function textOf(page: string): string {
  const main = page.slice(page.indexOf('<body>')).replace(/<[^>]+>/g, ' ');
  const text = main.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
  return text.replace(/\s+/g, ' ').replace(/ ([.,:!])/g, '$1');
}

/** What the copy buttons hold, by the name of the field. */
export function copies(page: string): Record<string, string> {
  const buttons = [...page.matchAll(/data-copy="([^"]*)" data-from="([^"]*)"/g)];
  return Object.fromEntries(buttons.map(([, value, from]) => [from, value]));
}
