// The invoice as merchants and buyers read it: the integration guide's fields and types (§4), nothing private in what a
// buyer sees, and webhook bodies that never change a byte (§6).
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Assessment, assess } from '../../../src/core/invoice/assess.ts';
import { eventBody, eventId, type FrozenEvent } from '../../../src/core/invoice/event.ts';
import type { Invoice, Payment } from '../../../src/core/invoice/invoice.ts';
import { type InvoiceSnapshot, publicInvoice, snapshotOf, withTip } from '../../../src/core/snapshot/invoice.ts';
import {
  CREATED_MS,
  DEADLINE_MS,
  EXPIRES_MS,
  hash,
  invoice,
  MINUTE_MS,
  mempool,
  mined,
  prompt,
  TIP,
} from '../invoice/support.ts';

const CONTEXT = { tipHeight: TIP, origin: 'https://pay.satlane.com' };

function shown(
  over: Partial<Invoice> = {},
  payments: Payment[] = [],
  assessed: Partial<Assessment> = {},
): InvoiceSnapshot {
  const one = invoice(over);
  const facts = { terms: one, payments, marks: [], history: {}, tipHeight: TIP, witnessedHeight: TIP, lookedAtMs: 0 };
  return snapshotOf(one, payments, { ...assess(facts), ...assessed }, CONTEXT);
}

/** Every field of the merchant's invoice and the JSON type it has; `?` may be null. */
const MERCHANT_FIELDS = {
  id: 'string',
  store_id: 'string',
  status: 'string',
  environment: 'string',
  address: 'string',
  amount_sats: 'string',
  amount_btc: 'string',
  amount_fiat: 'number?',
  fiat_currency: 'string?',
  btc_usd_rate: 'number?',
  btc_fiat_rate: 'number?',
  amount_tolerance_sats: 'string',
  amount_paid_sats: 'string',
  amount_confirmed_sats: 'string',
  amount_due_sats: 'string',
  expires_at: 'string',
  late_payment_grace_minutes: 'number',
  late_payment_deadline_at: 'string',
  conf_threshold: 'number',
  fee_sats: 'string',
  payment_methods: 'object',
  lightning: 'object',
  payment_uri: 'string',
  hosted_checkout_url: 'string',
  order_ref: 'string?',
  callback_url: 'string?',
  success_url: 'string?',
  buyer_email: 'string?',
  metadata: 'object',
  payments: 'object',
  review_reason: 'string?',
  created_at: 'string',
  seen_at: 'string?',
  paid_at: 'string?',
};

/** What a buyer may see. Adding to this list is a decision about other people's privacy. */
const PUBLIC_FIELDS = [
  'id',
  'status',
  'environment',
  'address',
  'amount_sats',
  'amount_btc',
  'amount_fiat',
  'fiat_currency',
  'btc_usd_rate',
  'btc_fiat_rate',
  'amount_tolerance_sats',
  'amount_paid_sats',
  'amount_confirmed_sats',
  'amount_due_sats',
  'expires_at',
  'late_payment_grace_minutes',
  'late_payment_deadline_at',
  'conf_threshold',
  'payment_methods',
  'lightning',
  'payment_uri',
  'hosted_checkout_url',
  'success_url',
  'payments',
  'created_at',
  'seen_at',
  'paid_at',
];

const PUBLIC_PAYMENT_FIELDS = [
  'method',
  'txid',
  'vout',
  'amount_sats',
  'status',
  'confirmations',
  'block_height',
  'first_seen_at',
  'valid',
  'credited',
];

describe('the merchant’s invoice', () => {
  test('is the guide’s example, value for value', () => {
    expect(shown()).toMatchObject({
      id: '22872e14-4216-4c78-8fe1-088ea649f3c2',
      status: 'pending',
      environment: 'test',
      amount_sats: '150234',
      amount_btc: '0.00150234',
      amount_fiat: 49.99,
      fiat_currency: 'USD',
      btc_usd_rate: 33280.45,
      amount_tolerance_sats: '375',
      amount_paid_sats: '0',
      expires_at: '2026-05-16T11:30:00.000Z',
      late_payment_grace_minutes: 60,
      late_payment_deadline_at: '2026-05-16T12:30:00.000Z',
      conf_threshold: 1,
      fee_sats: '1502',
      hosted_checkout_url: 'https://pay.satlane.com/i/22872e14-4216-4c78-8fe1-088ea649f3c2',
      created_at: '2026-05-16T11:15:00.000Z',
    });
  });

  test('has these fields and no others', () => {
    expect(Object.keys(shown()).sort()).toEqual(Object.keys(MERCHANT_FIELDS).sort());
  });

  test.each(Object.entries(MERCHANT_FIELDS))('has %s as %s', (field, type) => {
    const nothing = { orderRef: null, callbackUrl: null, successUrl: null, buyerEmail: null };
    const noFiat = { fiatAmount: null, fiatCurrency: null, fiatRate: null, usdRate: null };
    const paid = { history: { 'invoice.payment_seen': CREATED_MS, 'invoice.paid': CREATED_MS } };
    const full: Record<string, unknown> = { ...shown(paid, [mined(1n)], { reviewReason: 'a reason' }) };
    const bare: Record<string, unknown> = { ...shown({ ...nothing, ...noFiat }) };
    expect(typeof full[field]).toBe(type.replace('?', ''));
    if (type.endsWith('?')) expect(bare[field]).toBeNull();
    else expect(typeof bare[field]).toBe(type);
  });

  test('survives JSON as it is: no bigint, no undefined, no date', () => {
    const one = shown({}, [mined(1n), mempool(2n)]);
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  test('has every sats amount in whole digits, however large', () => {
    const all = 2_100_000_000_000_000n;
    const one = shown({ amountSats: all, feeSats: all }, [mined(all)]);
    expect(one).toMatchObject({
      amount_sats: '2100000000000000',
      amount_btc: '21000000.00000000',
      amount_paid_sats: '2100000000000000',
      amount_confirmed_sats: '2100000000000000',
      fee_sats: '2100000000000000',
    });
    expect(one.payments[0]?.amount_sats).toBe('2100000000000000');
  });

  test('of any amount asks for nothing and has nothing due', () => {
    const one = shown({ amountSats: null, toleranceBelowSats: 0n, toleranceAboveSats: 0n });
    expect(one).toMatchObject({ amount_sats: '0', amount_btc: '0.00000000', amount_due_sats: '0' });
  });

  test('lets a buyer’s page compute the rest: due is what was asked less what was paid', () => {
    const one = shown({}, [mined(60_000n), mempool(40_000n)]);
    expect(one).toMatchObject({
      status: 'underpaid',
      amount_paid_sats: '100000',
      amount_confirmed_sats: '60000',
      amount_due_sats: '50234',
    });
  });

  test('shows each payment, what it counts for and how deep it is', () => {
    const payments = [
      mined(5n, 3, { txid: hash('a'), vout: 2 }),
      mempool(6n, { txid: hash('b'), state: 'replaced' }),
      mined(7n, 1, { txid: hash('c'), firstSeenMs: DEADLINE_MS }),
      mined(8n, 1, { txid: hash('d'), firstSeenMs: DEADLINE_MS + 1 }),
    ];
    const one = shown({}, payments);
    expect(one.payments[0]).toEqual({
      method: 'onchain',
      txid: hash('a'),
      vout: 2,
      amount_sats: '5',
      status: 'confirmed',
      confirmations: 3,
      block_height: TIP - 2,
      first_seen_at: '2026-05-16T11:16:00.000Z',
      valid: true,
      credited: true,
    });
    expect(one.payments.map(({ valid }) => valid)).toEqual([true, false, true, true]);
    expect(one.payments.map(({ credited }) => credited)).toEqual([true, false, true, false]);
    expect(one.amount_paid_sats).toBe('12');
  });

  test.each([
    ['invoice.paid', true],
    ['invoice.late_paid', true],
    ['invoice.overpaid', true],
    ['invoice.underpaid', false],
    ['invoice.payment_seen', false],
    ['invoice.requires_review', false],
  ])('after %s has a time at which it was paid: %s', (type, paid) => {
    const one = shown({ history: { [type]: EXPIRES_MS } });
    expect(one.paid_at).toBe(paid ? '2026-05-16T11:30:00.000Z' : null);
    expect(one.seen_at).toBe(type === 'invoice.payment_seen' ? '2026-05-16T11:30:00.000Z' : null);
  });
});

describe('what a buyer sees', () => {
  const secrets = invoice({
    storeId: 'private-store-id',
    prompts: [prompt({ script: 'private-script' })],
    feeSats: 987_654_321n,
    history: { 'invoice.paid': CREATED_MS, 'invoice.payment_seen': CREATED_MS },
  });
  const merchant = snapshotOf(
    secrets,
    [mined(1n, 1, { inputs: ['private-input:0'], blockHash: 'private-block' })],
    {
      status: 'requires_review',
      seenSats: 1n,
      confirmedSats: 1n,
      dueSats: 0n,
      reviewReason: 'private-review-reason',
      resolved: false,
      timeUp: false,
      announced: {},
    },
    CONTEXT,
  );

  test('are these fields and no others', () => {
    expect(Object.keys(publicInvoice(merchant)).sort()).toEqual([...PUBLIC_FIELDS].sort());
    for (const payment of publicInvoice(merchant).payments) {
      expect(Object.keys(payment).sort()).toEqual([...PUBLIC_PAYMENT_FIELDS].sort());
    }
  });

  test('are the merchant’s values', () => {
    const all: Record<string, unknown> = { ...merchant };
    for (const [field, value] of Object.entries(publicInvoice(merchant))) expect(value).toEqual(all[field]);
  });

  test('is nothing that belongs to the merchant, at any depth', () => {
    // The merchant's own view has the secrets, so that their absence below means something.
    expect(JSON.stringify(merchant)).toContain('private-');
    expect(JSON.stringify(merchant)).toContain('987654321');
    const text = JSON.stringify(publicInvoice(merchant));
    expect(text).not.toContain('private-');
    expect(text).not.toContain('987654321');
  });

  test('is nothing that was added to the merchant’s invoice later', () => {
    const grown = { ...merchant, wallet_xpub: 'private-xpub', notes: { deep: 'private-note' } };
    expect(JSON.stringify(publicInvoice(grown))).not.toContain('private-');
  });

  it('is nothing that was added to a payment later', () => {
    const payments = merchant.payments.map((payment) => ({ ...payment, refund_address: 'private-address' }));
    expect(JSON.stringify(publicInvoice({ ...merchant, payments }))).not.toContain('private-');
  });

  test('still hides it after confirmations were brought up to date', () => {
    const text = JSON.stringify(withTip(publicInvoice(merchant), TIP + 9));
    expect(text).not.toContain('private-');
  });
});

describe('the body of a webhook', () => {
  const snapshot = JSON.stringify(shown());
  const event: FrozenEvent = {
    subject: 'invoice',
    subjectId: '22872e14-4216-4c78-8fe1-088ea649f3c2',
    seq: 3,
    type: 'invoice.paid',
    createdAtMs: Date.UTC(2026, 4, 16, 11, 25),
    livemode: true,
    snapshot,
  };

  test.each([
    ['live', true],
    ['test', false],
  ] as const)('in %s mode is the guide’s, with livemode %s', (_, livemode) => {
    const body = JSON.parse(eventBody({ ...event, livemode }));
    expect(body).toEqual({
      event_id: 'evt_22872e1442164c788fe1088ea649f3c2_3',
      event_type: 'invoice.paid',
      created_at: '2026-05-16T11:25:00.000Z',
      livemode,
      data: { invoice: JSON.parse(snapshot) },
    });
    expect(Object.keys(body)).toEqual(['event_id', 'event_type', 'created_at', 'livemode', 'data']);
  });

  test('is the same to the byte at every retry', () => {
    expect(eventBody({ ...event })).toBe(eventBody(structuredClone(event)));
    expect(eventBody(event)).toBe(
      `{"event_id":"evt_22872e1442164c788fe1088ea649f3c2_3","event_type":"invoice.paid","created_at":"2026-05-16T11:25:00.000Z","livemode":true,"data":{"invoice":${snapshot}}}`,
    );
  });

  test('carries the frozen invoice as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (frozen, seq) => {
        const body = eventBody({ ...event, seq, snapshot: frozen });
        expect(body.endsWith(`"data":{"invoice":${frozen}}}`)).toBe(true);
        expect(JSON.parse(body).data.invoice).toEqual(JSON.parse(frozen));
      }),
    );
  });

  test('has an id for each event of each invoice, by which receivers deduplicate', () => {
    const other = '22872e14-4216-4c78-8fe1-088ea649f3c3';
    const ids = [event.subjectId, other].flatMap((subjectId) => [1, 11].map((seq) => eventId({ subjectId, seq })));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^evt_[0-9a-f]{32}_\d+$/);
  });
});

describe('a frozen invoice under a newer tip', () => {
  const frozen = shown({}, [mined(1n, 2), mempool(2n), mined(3n, 2, { state: 'reorged' })]);

  test('shows more confirmations of what is in the chain, and of nothing else', () => {
    const now = withTip(frozen, TIP + 5);
    expect(now.payments.map(({ confirmations }) => confirmations)).toEqual([7, 0, 0]);
    expect({ ...now, payments: [] }).toEqual({ ...frozen, payments: [] });
  });

  test.each([
    ['no tip is known', null],
    ['the tip is the same', TIP],
    ['the tip is older', TIP - 50],
  ])('shows what it showed when %s', (_, tipHeight) => {
    expect(withTip(frozen, tipHeight)).toEqual(frozen);
  });

  test('is not changed itself', () => {
    const copy = structuredClone(frozen);
    withTip(frozen, TIP + MINUTE_MS);
    expect(frozen).toEqual(copy);
  });
});
