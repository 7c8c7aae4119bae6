// The events of a shop that speaks BitPay, step by step, and what it reads when it asks back: BitPay's statuses and codes over
// the same facts as every other dialect's.

import { describe, expect, it } from 'vitest';
import type { BitpayCheckout } from '../../../src/core/dialects/bitpay/checkout.ts';
import { bitpayNotifications, bitpayStatus, exceptionStatus } from '../../../src/core/dialects/bitpay/status.ts';
import type { Mark, Payment } from '../../../src/core/invoice/invoice.ts';
import { completesNow, type InvoiceState } from '../../../src/core/invoice/state.ts';
import { transition } from '../../../src/core/invoice/transition.ts';
import extendedGolden from '../../vectors/bitpay/ipn-extended-confirmed.json';
import flatGolden from '../../vectors/bitpay/ipn-paid.json';
import { CREATED_MS, DEADLINE_MS, EXPIRES_MS, invoice, MINUTE_MS, mempool, mined, TIP } from '../invoice/support.ts';

const PRICE = 100_000n;
const ORIGIN = 'https://pay.test';
const URL_OF_SHOP = 'https://shop.example/ipn';

type Ipn = NonNullable<BitpayCheckout['ipn']>;
const PLAIN: Ipn = { url: URL_OF_SHOP, isFull: false, isExtended: false };
const FULL: Ipn = { ...PLAIN, isFull: true };
const EXTENDED: Ipn = { ...PLAIN, isExtended: true };

interface Step {
  payments?: Payment[];
  marks?: Mark[];
  /** The time of the look at the chain; none without it. */
  at?: number;
  tipHeight?: number;
  byHand?: boolean;
}

interface Announced {
  code: number | undefined;
  status: string;
  exceptionStatus: unknown;
}

/** Takes an invoice through steps, as payments/advance.ts decides them; what each was announced as. */
function play(
  ipn: Ipn | undefined,
  steps: Step[],
): { state: InvoiceState; announced: Announced[][]; bodies: string[] } {
  const tellsCompletion = ipn?.isFull || ipn?.isExtended;
  const checkout: BitpayCheckout = {
    dialect: 'bitpay',
    ...(ipn && { ipn }),
    ...(tellsCompletion && { tellsCompletion }),
  };
  const fresh = invoice({
    amountSats: PRICE,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    marks: [],
    announced: {},
    history: { 'invoice.created': CREATED_MS },
    expiresAtMs: EXPIRES_MS,
    lateDeadlineMs: DEADLINE_MS,
    checkout,
  });
  let state: InvoiceState = { invoice: fresh, payments: [], confirmedSats: 0n, tipHeight: TIP };
  const first = bitpayNotifications({ before: null, after: state, atMs: CREATED_MS, origin: ORIGIN });
  const announced = [first.map(read)];
  const bodies = first.map(({ body }) => body);
  for (const step of steps) {
    const { after, atMs } = take(state, step);
    const events = bitpayNotifications({ before: state, after, atMs, origin: ORIGIN });
    announced.push(events.map(read));
    bodies.push(...events.map(({ body }) => body));
    state = after;
  }
  return { state, announced, bodies };
}

function take(state: InvoiceState, { at = 0, byHand, tipHeight = TIP, ...change }: Step) {
  const atMs = at || CREATED_MS + MINUTE_MS;
  const known = { ...state, tipHeight, witnessedHeight: TIP, hold: null };
  const { invoice, payments, assessment } = transition(known, { ...change, byHand, lookedAtMs: at }, atMs);
  const after: InvoiceState = { invoice, payments, tipHeight, confirmedSats: assessment.confirmedSats };
  return { after, atMs };
}

function read({ body }: { body: string }): Announced {
  const parsed = JSON.parse(body);
  const data = parsed.data ?? parsed;
  return { code: parsed.event?.code, status: data.status, exceptionStatus: data.exceptionStatus };
}

const codes = (ipn: Ipn, steps: Step[]) => play(ipn, steps).announced.map((step) => step.map(({ code }) => code));
const statuses = (ipn: Ipn, steps: Step[]) =>
  play(ipn, steps).announced.map((step) => step.map(({ status }) => status));
const stands = (steps: Step[]) => {
  const { state } = play(undefined, steps);
  return [bitpayStatus(state), exceptionStatus(state)];
};

const waiting = mempool(PRICE);
const inBlock = { ...waiting, state: 'confirmed' as const, blockHeight: TIP, blockHash: 'b'.repeat(64) };
const byHand = (kind: 'marked_settled' | 'marked_invalid') => ({
  marks: [{ kind, atMs: CREATED_MS + MINUTE_MS, by: 'api' }] as Mark[],
  byHand: true,
});

describe('An invoice that is paid in time', () => {
  const steps = [{ payments: [waiting] }, { payments: [inBlock] }, { payments: [inBlock], tipHeight: TIP + 5 }];

  it('is announced once as confirmed to a shop that asked for nothing more', () => {
    expect(statuses(PLAIN, steps)).toEqual([[], [], ['confirmed'], []]);
  });

  it('is announced with each status to a shop that asked for all', () => {
    expect(statuses(FULL, steps)).toEqual([[], ['paid'], ['confirmed'], ['complete']]);
  });

  it('is announced with codes to a shop that asked for events', () => {
    expect(codes(EXTENDED, steps)).toEqual([[1001], [1002, 1003], [1005], [1006]]);
  });

  it('is paid, confirmed by what it asks for, and complete after six blocks', () => {
    expect(stands([])).toEqual(['new', false]);
    expect(stands(steps.slice(0, 1))).toEqual(['paid', false]);
    expect(stands(steps.slice(0, 2))).toEqual(['confirmed', false]);
    expect(stands(steps)).toEqual(['complete', false]);
  });

  it('is announced as paid even where its payment is first seen in a block, and complete once', () => {
    const deep = mined(PRICE, 7);
    expect(codes(EXTENDED, [{ payments: [deep] }, { payments: [deep], tipHeight: TIP + 1 }])).toEqual([
      [1001],
      [1002, 1003, 1005, 1006],
      [],
    ]);
    expect(statuses(FULL, [{ payments: [deep] }])).toEqual([[], ['paid', 'confirmed', 'complete']]);
  });

  it('with too much says so', () => {
    expect(stands([{ payments: [mined(PRICE + 1n)] }])).toEqual(['confirmed', 'paidOver']);
  });
});

describe('An invoice that is not', () => {
  const late = EXPIRES_MS + 5 * MINUTE_MS;

  it('expires', () => {
    const steps = [{ at: EXPIRES_MS }];
    expect(stands(steps)).toEqual(['expired', false]);
    expect([codes(EXTENDED, steps), statuses(FULL, steps), statuses(PLAIN, steps)]).toEqual([
      [[1001], [1004]],
      [[], ['expired']],
      [[], []],
    ]);
  });

  it('is new with a part, and expired with it', () => {
    const part = mined(PRICE / 2n);
    expect(stands([{ payments: [part] }])).toEqual(['new', 'paidPartial']);
    const steps = [{ payments: [part] }, { at: EXPIRES_MS }];
    expect(stands(steps)).toEqual(['expired', 'paidPartial']);
    expect(codes(EXTENDED, steps)).toEqual([[1001], [1002], [1004, 2000]]);
  });

  it('quirk 20: stays expired where it was paid too late, under BitPay’s name for that', () => {
    const payment = mined(PRICE, 1, { firstSeenMs: late });
    const steps = [{ at: EXPIRES_MS }, { at: late, payments: [payment] }];
    expect(stands(steps)).toEqual(['expired', 'paidLate']);
    expect(codes(EXTENDED, steps)).toEqual([[1001], [1004], [1002, 1009]]);
    expect(statuses(FULL, steps)).toEqual([[], ['expired'], []]);
  });

  it('fails to confirm where its block is gone', () => {
    const gone = { ...inBlock, state: 'reorged' as const };
    const steps = [{ payments: [waiting] }, { payments: [inBlock] }, { payments: [gone] }];
    expect(stands(steps)).toEqual(['invalid', false]);
    expect(codes(EXTENDED, steps)).toEqual([[1001], [1002, 1003], [1005], [1013]]);
    expect(statuses(FULL, steps).at(-1)).toEqual(['invalid']);
  });

  it('is what a human says it is', () => {
    expect(stands([byHand('marked_settled')])).toEqual(['complete', 'marked']);
    expect(codes(EXTENDED, [byHand('marked_settled')])).toEqual([[1001], [2008, 1005, 1006]]);
    expect(statuses(PLAIN, [byHand('marked_settled')])).toEqual([[], ['confirmed']]);
    expect(stands([byHand('marked_invalid')])).toEqual(['invalid', 'marked']);
    expect(codes(EXTENDED, [byHand('marked_invalid')])).toEqual([[1001], [1008]]);
  });

  it('says nothing without a receiver', () => {
    const { announced, state } = play(undefined, [{ payments: [mined(PRICE, 7)] }]);
    expect(announced).toEqual([[], []]);
    expect(completesNow(state)).toBe(false);
  });
});

describe('A notification', () => {
  it('has the fields of BitPay’s guide, flat', () => {
    const { bodies } = play(FULL, [{ payments: [waiting] }]);
    expect(JSON.parse(bodies[0] ?? '')).toEqual(flatGolden);
    const guide = ['id', 'url', 'status', 'price', 'currency', 'invoiceTime', 'expirationTime', 'currentTime'];
    guide.push('exceptionStatus', 'buyerFields', 'paymentSubtotals', 'paymentTotals', 'transactionCurrency');
    guide.push('amountPaid', 'exchangeRates');
    expect(Object.keys(flatGolden)).toEqual(expect.arrayContaining(guide));
  });

  it('has an event and the same data, extended', () => {
    const { bodies } = play(EXTENDED, [{ payments: [mined(PRICE)] }]);
    expect(JSON.parse(bodies.at(-1) ?? '')).toEqual(extendedGolden);
  });
});
