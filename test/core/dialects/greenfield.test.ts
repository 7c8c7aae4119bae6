// The events of a shop that speaks Greenfield, step by step: BTCPay Server's state machine, row by row, and where ours differs
// on purpose. The steps are decided as payments/advance.ts decides them.

import { describe, expect, test } from 'vitest';

import { greenfieldEvents } from '../../../src/core/dialects/greenfield/events.ts';
import type { Invoice, Mark } from '../../../src/core/invoice/invoice.ts';

import { shopStatus } from '../../../src/core/invoice/shop-status.ts';
import type { InvoiceState } from '../../../src/core/invoice/state.ts';
import { transition } from '../../../src/core/invoice/transition.ts';
import type { OnchainPayment } from '../../../src/core/onchain/payment.ts';
import { addressOf } from '../../../src/core/onchain/prompt.ts';
import { CREATED_MS, DEADLINE_MS, EXPIRES_MS, invoice, MINUTE_MS, mempool, mined, TIP } from '../invoice/support.ts';

const PRICE = 100_000n;
const LATE_MS = EXPIRES_MS + 5 * MINUTE_MS;

interface Announced {
  type: string;
  [field: string]: unknown;
}

interface Step {
  payments?: OnchainPayment[];
  marks?: Mark[];
  /** The time of the look at the chain; none without it. */
  at?: number;
  byHand?: boolean;
}

function opened(terms: Partial<Invoice> = {}): InvoiceState {
  const fresh = invoice({
    amountSats: PRICE,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    marks: [],
    expiresAtMs: EXPIRES_MS,
    lateDeadlineMs: DEADLINE_MS,
    ...terms,
  });
  return { invoice: fresh, payments: [], confirmedSats: 0n, tipHeight: TIP };
}

/** One step and what it is announced as; the events of all steps so far are kept. */
function take({ state, events }: { state: InvoiceState; events: Announced[] }, { at = 0, byHand, ...change }: Step) {
  const atMs = at || CREATED_MS + MINUTE_MS;
  const known = { ...state, witnessedHeight: TIP, hold: null };
  const { invoice, payments, assessment } = transition(known, { ...change, byHand, lookedAtMs: at }, atMs);
  const after: InvoiceState = { ...state, invoice, payments, confirmedSats: assessment.confirmedSats };
  const news = { before: state, after, atMs, origin: 'https://pay.test' };
  return {
    state: after,
    events: [...events, ...greenfieldEvents(news).map(({ body }) => JSON.parse(body) as Announced)],
  };
}

/** The story from the creation on. */
function tell(steps: Step[], terms: Partial<Invoice> = {}) {
  const state = opened(terms);
  return steps.reduce(take, { state, events: [] as Announced[] });
}

/** An event in short: its name, and its flags. */
function short({ type, ...event }: Announced): string {
  const flags = ['afterExpiration', 'partiallyPaid', 'manuallyMarked', 'overPaid'].flatMap((flag) =>
    event[flag] === undefined ? [] : `${flag}:${event[flag]}`,
  );
  return [type, ...flags].join(' ');
}

/** The status and what was announced by the last step. */
function outcome(steps: Step[], terms: Partial<Invoice> = {}) {
  const earlier = tell(steps.slice(0, -1), terms).events.length;
  const { state, events } = tell(steps, terms);
  const { status, additionalStatus } = shopStatus(state);
  return { is: `${status} ${additionalStatus}`, announced: events.slice(earlier).map(short) };
}

const RECEIVED = 'InvoiceReceivedPayment afterExpiration:false';
const RECEIVED_LATE = 'InvoiceReceivedPayment afterExpiration:true';
const PAYMENT_SETTLED = 'InvoicePaymentSettled afterExpiration:false';
const PAYMENT_SETTLED_LATE = 'InvoicePaymentSettled afterExpiration:true';
const PROCESSING = 'InvoiceProcessing overPaid:false';
const SETTLED = 'InvoiceSettled manuallyMarked:false overPaid:false';

const waiting = (sats: bigint, over: Partial<OnchainPayment> = {}) => mempool(sats, over);
const confirmed = (payment: OnchainPayment, confirmations = 1): OnchainPayment => ({
  ...payment,
  ...mined(payment.valueSats, confirmations, { id: payment.id, firstSeenMs: payment.firstSeenMs }),
});
const marked = (kind: 'marked_settled' | 'marked_invalid', atMs = CREATED_MS + 2 * MINUTE_MS): Mark[] => [
  { kind, atMs, by: 'shop' },
];

const full = waiting(PRICE);
const half = waiting(PRICE / 2n);
const rest = waiting(PRICE / 2n);
const over = waiting(PRICE + 1n);
const lateFull = waiting(PRICE, { firstSeenMs: LATE_MS });
const lateHalf = waiting(PRICE / 2n, { firstSeenMs: LATE_MS });
const inTime = CREATED_MS + 2 * MINUTE_MS;
const timeUp: Step = { at: EXPIRES_MS + MINUTE_MS };

const ROWS: [row: string, steps: Step[], is: string, announced: string[], terms?: Partial<Invoice>][] = [
  ['New, enough in the mempool', [{ payments: [full] }], 'Processing None', [RECEIVED, PROCESSING]],
  [
    'New, more than enough in the mempool',
    [{ payments: [over] }],
    'Processing PaidOver',
    [RECEIVED, 'InvoiceProcessing overPaid:true'],
  ],
  ['New, a part', [{ payments: [half] }], 'New PaidPartial', [RECEIVED]],
  [
    'New, a part, and the rest',
    [{ payments: [half] }, { payments: [half, rest] }],
    'Processing None',
    [RECEIVED, PROCESSING],
  ],
  [
    'New, a part that is confirmed',
    [{ payments: [half] }, { payments: [confirmed(half)] }],
    'New PaidPartial',
    [PAYMENT_SETTLED],
  ],
  [
    'New, any amount, the first payment',
    [{ payments: [half] }],
    'Processing None',
    [RECEIVED, PROCESSING],
    { amountSats: null },
  ],
  ['Processing since it was made: the price is nothing', [{}], 'Settled None', [SETTLED], { amountSats: 0n }],
  [
    'New, first seen in a block',
    [{ payments: [confirmed(full)] }],
    'Settled None',
    [RECEIVED, PROCESSING, PAYMENT_SETTLED, SETTLED],
  ],
  [
    'New, the mempool is enough',
    [{ payments: [{ ...full, zeroConfSafe: true }] }],
    'Settled None',
    [RECEIVED, PROCESSING, PAYMENT_SETTLED, SETTLED],
    { confThreshold: 0 },
  ],
  ['New, its time is up', [timeUp], 'Expired None', ['InvoiceExpired partiallyPaid:false']],
  [
    'New, a part, its time is up',
    [{ payments: [half] }, timeUp],
    'Expired PaidPartial',
    ['InvoiceExpired partiallyPaid:true', 'InvoiceExpiredPaidPartial'],
  ],
  [
    'New, a confirmed part, its time is up',
    [{ payments: [confirmed(half)] }, timeUp],
    'Expired PaidPartial',
    ['InvoiceExpired partiallyPaid:true', 'InvoiceExpiredPaidPartial'],
  ],
  [
    'New, a look finds that a payment came after the expiry',
    [{ payments: [lateFull], at: LATE_MS }],
    'Expired PaidPartial',
    ['InvoiceExpired partiallyPaid:false', RECEIVED_LATE],
  ],
  [
    'New, a part in time and the rest after the expiry, found by one look',
    [{ payments: [half, { ...rest, firstSeenMs: LATE_MS }], at: LATE_MS }],
    'Expired PaidPartial',
    [RECEIVED, 'InvoiceExpired partiallyPaid:true', 'InvoiceExpiredPaidPartial', RECEIVED_LATE],
  ],
  [
    'New, a block brings what was sent after the expiry, found by one look',
    [{ payments: [confirmed(lateFull)], at: LATE_MS }],
    'Expired PaidLate',
    ['InvoiceExpired partiallyPaid:false', RECEIVED_LATE, PAYMENT_SETTLED_LATE, 'InvoicePaidAfterExpiration'],
  ],
  ['Expired, a part', [timeUp, { payments: [lateHalf], at: LATE_MS }], 'Expired PaidPartial', [RECEIVED_LATE]],
  [
    'Expired, enough, not confirmed: nothing is shipped for that yet',
    [timeUp, { payments: [lateFull], at: LATE_MS }],
    'Expired PaidPartial',
    [RECEIVED_LATE],
  ],
  [
    'Expired, enough, confirmed',
    [timeUp, { payments: [lateFull], at: LATE_MS }, { payments: [confirmed(lateFull)], at: LATE_MS }],
    'Expired PaidLate',
    [PAYMENT_SETTLED_LATE, 'InvoicePaidAfterExpiration'],
  ],
  [
    'Expired with a part, the rest confirmed',
    [{ payments: [half] }, timeUp, { payments: [confirmed(half), confirmed(lateHalf)], at: LATE_MS }],
    'Expired PaidLate',
    [RECEIVED_LATE, PAYMENT_SETTLED_LATE, PAYMENT_SETTLED_LATE, 'InvoicePaidAfterExpiration'],
  ],
  [
    'Processing, confirmed',
    [{ payments: [full] }, { payments: [confirmed(full)] }],
    'Settled None',
    [PAYMENT_SETTLED, SETTLED],
  ],
  [
    'Processing PaidOver, confirmed',
    [{ payments: [over] }, { payments: [confirmed(over)] }],
    'Settled PaidOver',
    [PAYMENT_SETTLED, 'InvoiceSettled manuallyMarked:false overPaid:true'],
  ],
  [
    'Processing, one of two payments is confirmed',
    [{ payments: [half, rest] }, { payments: [confirmed(half), rest] }],
    'Processing None',
    [PAYMENT_SETTLED],
  ],
  [
    'Processing, its block is not deep enough',
    [{ payments: [full] }, { payments: [confirmed(full, 1)] }],
    'Processing None',
    [],
    { confThreshold: 2 },
  ],
  [
    'Processing, the payment is replaced by one to another address',
    [{ payments: [full] }, { payments: [{ ...full, state: 'replaced' }] }],
    'New None',
    [],
  ],
  [
    'New again, paid again',
    [
      { payments: [full] },
      { payments: [{ ...full, state: 'replaced' }] },
      { payments: [{ ...full, state: 'replaced' }, half, rest] },
    ],
    'Processing None',
    [RECEIVED, RECEIVED, PROCESSING],
  ],
  [
    'Processing, its time is up and it may still confirm (BTCPay gives up at the end of the monitoring)',
    [{ payments: [full] }, timeUp, { at: DEADLINE_MS + 24 * 60 * MINUTE_MS }],
    'Processing None',
    [],
  ],
  [
    'Settled, more comes',
    [{ payments: [confirmed(full)] }, { payments: [confirmed(full), half] }],
    'Settled None',
    [RECEIVED],
  ],
  [
    'Settled, a reorg takes the payment back',
    [{ payments: [confirmed(full)] }, { payments: [{ ...confirmed(full), state: 'reorged' }] }],
    'Invalid None',
    ['InvoiceInvalid manuallyMarked:false'],
  ],
  [
    'Invalid by a reorg, confirmed again: a human decides, and nothing is announced twice',
    [
      { payments: [confirmed(full)] },
      { payments: [{ ...confirmed(full), state: 'reorged' }] },
      { payments: [confirmed(full)] },
    ],
    'Invalid None',
    [],
  ],
  [
    'Settled, under review',
    [
      { payments: [confirmed(full)] },
      { marks: [{ kind: 'review_opened', atMs: inTime, by: 'simulator', reason: 'simulated' }] },
    ],
    'Settled None',
    [],
  ],
  ...(
    [
      ['New', []],
      ['Processing', [{ payments: [full] }]],
      ['Expired', [timeUp]],
      ['Invalid', [{ payments: [confirmed(full)] }, { payments: [{ ...confirmed(full), state: 'reorged' }] }]],
    ] as [string, Step[]][]
  ).map(([from, before]): (typeof ROWS)[number] => [
    `${from}, marked settled by hand`,
    [...before, { marks: marked('marked_settled'), byHand: true }],
    'Settled Marked',
    ['InvoiceSettled manuallyMarked:true overPaid:false'],
  ]),
  ...(
    [
      ['New', []],
      ['Processing', [{ payments: [full] }]],
      ['Expired', [timeUp]],
      ['Settled by hand', [{ marks: marked('marked_settled'), byHand: true }]],
    ] as [string, Step[]][]
  ).map(([from, before]): (typeof ROWS)[number] => [
    `${from}, marked invalid by hand`,
    [
      ...before,
      { marks: [...marked('marked_settled').slice(0, before.length), ...marked('marked_invalid')], byHand: true },
    ],
    'Invalid Marked',
    ['InvoiceInvalid manuallyMarked:true'],
  ]),
  [
    'marked settled, the money comes all the same',
    [{ marks: marked('marked_settled'), byHand: true }, { payments: [confirmed(full)] }],
    'Settled Marked',
    [RECEIVED, PAYMENT_SETTLED],
  ],
];

describe('The state machine', () => {
  test.each(ROWS)('%s', (_, steps, is, announced, terms) => {
    expect(outcome(steps, terms)).toEqual({ is, announced });
  });

  test('quirk 15: every event has its flags, whatever happened', () => {
    const flags: Record<string, string[]> = {
      InvoiceReceivedPayment: ['afterExpiration'],
      InvoicePaymentSettled: ['afterExpiration'],
      InvoiceProcessing: ['overPaid'],
      InvoiceExpired: ['partiallyPaid'],
      InvoiceSettled: ['manuallyMarked', 'overPaid'],
      InvoiceInvalid: ['manuallyMarked'],
    };
    const events = ROWS.flatMap(([, steps, , , terms]) => tell(steps, terms).events);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([...Object.keys(flags), 'InvoiceExpiredPaidPartial', 'InvoicePaidAfterExpiration']),
    );
    for (const event of events) {
      for (const flag of flags[event.type] ?? []) expect(event[flag], `${event.type}.${flag}`).toBeTypeOf('boolean');
    }
  });
});

describe('An event', () => {
  test('names the invoice, its metadata, and when it happened in whole seconds', () => {
    const before = null;
    const after = opened({ orderRef: 'ORDER-1', buyerEmail: 'a@shop.example', metadata: { posData: { n: 1 } } });
    const [event] = greenfieldEvents({ before, after, atMs: CREATED_MS + 999, origin: 'https://pay.test' });
    expect(event?.type).toBe('InvoiceCreated');
    expect(JSON.parse(event?.body ?? '')).toEqual({
      type: 'InvoiceCreated',
      timestamp: CREATED_MS / 1000,
      storeId: after.invoice.storeId,
      invoiceId: after.invoice.id,
      metadata: { orderId: 'ORDER-1', buyerEmail: 'a@shop.example', posData: { n: 1 } },
    });
  });

  test('of an invoice that costs nothing says that it is being paid', () => {
    const after = opened({ amountSats: 0n });
    const events = greenfieldEvents({ before: null, after, atMs: CREATED_MS, origin: 'https://pay.test' });
    expect(events.map(({ type }) => type)).toEqual(['InvoiceCreated', 'InvoiceProcessing']);
  });

  test('of a payment shows it as the invoice does', () => {
    const [received] = tell([{ payments: [full] }]).events;
    expect(received).toMatchObject({
      paymentMethodId: 'BTC-CHAIN',
      paymentMethod: 'BTC-CHAIN',
      payment: {
        id: full.id.replace(':', '-'),
        receivedDate: full.firstSeenMs / 1000,
        value: '0.00100000',
        fee: '0',
        status: 'Processing',
        destination: addressOf(opened().invoice),
      },
    });
    const settled = tell([{ payments: [full] }, { payments: [confirmed(full)] }]).events.at(-2);
    expect(settled).toMatchObject({ type: 'InvoicePaymentSettled', payment: { status: 'Settled' } });
  });
});
