// A third way to pay is a folder and a line in the table of methods: here one that is made up, whose payments have no
// transaction and no block, and are final as soon as their preimage is known.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitpayNotifications, bitpayStatus } from '../../../src/core/dialects/bitpay/status.ts';
import { greenfieldEvents } from '../../../src/core/dialects/greenfield/events.ts';
import { dialectOf } from '../../../src/core/dialects/table.ts';
import { isLive, METHODS } from '../../../src/core/invoice/methods.ts';
import { shopStatus } from '../../../src/core/invoice/shop-status.ts';
import { isComplete } from '../../../src/core/invoice/state.ts';
import { type Known, transition } from '../../../src/core/invoice/transition.ts';
import type { Payment, PaymentMethod } from '../../../src/core/payment/payment.ts';
import { snapshotOf } from '../../../src/core/snapshot/invoice.ts';
import { CREATED_MS, DEADLINE_MS, EXPIRES_MS, invoice, MINUTE_MS, mempool, mined, TIP, terms } from './support.ts';

interface TokenPayment extends Payment {
  method: 'token';
  state: 'held' | 'settled' | 'canceled';
  preimage?: string;
}

const token: PaymentMethod = {
  judge: ({ state, preimage }: TokenPayment) => ({
    isLive: state !== 'canceled',
    isCounted: preimage !== undefined,
    isKept: preimage !== undefined,
    depth: preimage === undefined ? 0 : 6,
    isFinal: state !== 'held',
  }),
  refer: ({ id }) => ({ name: id, index: 0, height: null }),
  arrived: ['settled'],
};

const HASH = 'c0ffee'.padEnd(64, '0');
const ORIGIN = 'https://pay.example';

function held(valueSats: bigint, over: Partial<TokenPayment> = {}): TokenPayment {
  return { method: 'token', id: HASH, valueSats, state: 'held', firstSeenMs: CREATED_MS + MINUTE_MS, ...over };
}
const settled = (valueSats: bigint, over: Partial<TokenPayment> = {}) =>
  held(valueSats, { state: 'settled', preimage: 'aa', ...over });

/** The invoice after each of these was all that is known of its payments, and the events that said so. */
function story(over: Parameters<typeof invoice>[0], ...facts: Payment[][]) {
  const events: (string | null)[] = [];
  let known: Known = {
    invoice: invoice({ ...terms({ confThreshold: 2 }), marks: [], ...over }),
    ...{ payments: [], confirmedSats: 0n, tipHeight: TIP, witnessedHeight: TIP, hold: null },
  };
  let before = known;
  let { assessment } = transition(known, {}, CREATED_MS);
  for (const payments of facts) {
    before = known;
    const step = transition(known, { payments }, CREATED_MS + 2 * MINUTE_MS);
    assessment = step.assessment;
    events.push(step.type);
    if (step.type === null) continue;
    known = { ...known, invoice: step.invoice, payments: step.payments, confirmedSats: assessment.confirmedSats };
  }
  return { events, before, after: known, assessment };
}

beforeAll(() => {
  METHODS.token = token;
});
afterAll(() => {
  delete METHODS.token;
});

describe('A payment by a third method', () => {
  it('is seen, pays the invoice when it is final, and is announced once', () => {
    const { events, after } = story({}, [held(100_000n)], [settled(100_000n)], [settled(100_000n)]);
    expect(events).toEqual(['invoice.payment_seen', 'invoice.paid', null]);
    expect(after.invoice).toMatchObject({ status: 'paid', announced: { [HASH]: 'settled' } });
    expect(isComplete(after)).toBe(true);
  });

  it('is gone when its method says so', () => {
    const { events, after } = story({}, [held(100_000n)], [held(100_000n, { state: 'canceled' })]);
    expect(events).toEqual(['invoice.payment_seen', 'invoice.payment_replaced']);
    expect(after.payments.some(isLive)).toBe(false);
  });

  it.each<[string, Payment[], string]>([
    ['with money on the chain: both count', [settled(40_000n), mined(60_000n, 2)], 'paid'],
    ['while the chain’s part waits for its confirmations', [settled(40_000n), mined(60_000n, 1)], 'underpaid'],
    ['and the chain pays as well', [settled(100_000n), mined(100_000n, 2)], 'overpaid'],
    ['and a second one waits in the mempool', [settled(100_000n), mempool(100_000n)], 'paid'],
    ['late', [settled(100_000n, { firstSeenMs: EXPIRES_MS + 1 })], 'late_paid'],
    ['after the deadline', [settled(100_000n, { firstSeenMs: DEADLINE_MS + 1 })], 'requires_review'],
  ])('shares an invoice %s', (_, payments, status) => {
    expect(story({}, payments).after.invoice.status).toBe(status);
  });

  it('needs no look at the chain: the watch ends with the settlement', () => {
    const { after } = story({}, [settled(100_000n)]);
    expect(transition(after, {}, CREATED_MS + 3 * MINUTE_MS).invoice.watchUntilMs).toBeNull();
  });

  it('is shown by every dialect, by the name that the method gives it', () => {
    const { before, after, assessment } = story({}, [held(100_000n)], [settled(100_000n)]);
    const native = snapshotOf(after.invoice, after.payments, assessment, { tipHeight: TIP, origin: ORIGIN });
    expect(native.payments).toMatchObject([
      { method: 'token', txid: HASH, vout: 0, status: 'settled', confirmations: 6, block_height: null, valid: true },
    ]);
    const step = { before, after, atMs: CREATED_MS + 2 * MINUTE_MS, origin: ORIGIN };
    expect(shopStatus(after).status).toBe('Settled');
    const told = greenfieldEvents(step).map(({ body }) => JSON.parse(body) as { payment?: { id: string } });
    expect(told.find(({ payment }) => payment)?.payment).toMatchObject({ id: `${HASH}-0`, status: 'Settled' });
    expect(dialectOf('elenpay').events(step, 'invoice.paid')).toHaveLength(told.length);
    const ipn = { url: 'https://shop.example/ipn', isFull: true, isExtended: true };
    const asBitpay = { ...after, invoice: { ...after.invoice, checkout: { dialect: 'bitpay' as const, ipn } } };
    expect(bitpayStatus(asBitpay)).toBe('complete');
    expect(bitpayNotifications({ ...step, after: asBitpay }).map(({ type }) => type)).toContain('invoice_confirmed');
  });
});

describe('A payment whose method is in no table', () => {
  it('is refused, and never taken for nothing', () => {
    const unknown = { ...held(1n), method: 'barter' };
    expect(() => isLive(unknown)).toThrow('barter');
    expect(() => story({}, [{ ...unknown, method: 'toString' }])).toThrow('toString');
  });
});
