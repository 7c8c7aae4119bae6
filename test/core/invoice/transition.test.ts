// One step of an invoice: what each fact makes of each status, and the event that says so.

import { describe, expect, it, test } from 'vitest';
import type { Assessment } from '../../../src/core/invoice/assess.ts';
import { type EventType, type Mark, type Payment, STATUSES, type Status } from '../../../src/core/invoice/invoice.ts';
import { type Change, eventBetween, type Known, transition } from '../../../src/core/invoice/transition.ts';
import { announced, CREATED_MS, DEADLINE_MS, EXPIRES_MS, invoice, MINUTE_MS, mempool, mined, TIP } from './support.ts';

const PRICE = 100_000n;
const BY = { atMs: DEADLINE_MS + 2 * MINUTE_MS, by: 'merchant' };
const LATE = { firstSeenMs: EXPIRES_MS + MINUTE_MS };
const TOO_LATE = { firstSeenMs: DEADLINE_MS + MINUTE_MS };

type Fact = (known: Known) => Change;

const adds =
  (...payments: Payment[]): Fact =>
  (known) => ({ payments: [...known.payments, ...payments] });
const marks =
  (mark: Mark, byHand = false): Fact =>
  (known) => ({ marks: [...known.invoice.marks, mark], byHand });
const gone: Fact = ({ payments }) => ({
  payments: payments.map((payment) => ({ ...payment, state: payment.state === 'mempool' ? 'dropped' : 'reorged' })),
});
const looksAt =
  (lookedAtMs: number): Fact =>
  () => ({ lookedAtMs });

/** How an invoice gets there. */
const STATES: Record<Status, Fact[]> = {
  pending: [],
  seen: [adds(mempool(PRICE))],
  paid: [adds(mined(PRICE))],
  expired: [looksAt(EXPIRES_MS)],
  late_paid: [looksAt(EXPIRES_MS), adds(mined(PRICE, 1, LATE))],
  underpaid: [adds(mined(PRICE / 2n))],
  overpaid: [adds(mined(2n * PRICE))],
  requires_review: [looksAt(EXPIRES_MS), adds(mined(PRICE, 1, TOO_LATE))],
  reverted: [adds(mined(PRICE)), gone],
  cancelled: [marks({ kind: 'cancelled', ...BY })],
};

const FACTS: Record<string, Fact> = {
  'nothing new': () => ({}),
  'a look after the expiry': looksAt(EXPIRES_MS),
  'a payment that waits': adds(mempool(PRICE)),
  'a payment in a block': adds(mined(PRICE)),
  'half of the price in a block': adds(mined(PRICE / 2n)),
  'a payment in a block, late': adds(mined(PRICE, 1, LATE)),
  'a payment in a block, too late': adds(mined(PRICE, 1, TOO_LATE)),
  'all payments gone': gone,
  'a cancellation': marks({ kind: 'cancelled', ...BY }),
  'a review that is opened': marks({ kind: 'review_opened', ...BY, reason: 'explorers_disagree' }),
  'a review that is accepted': marks({ kind: 'review_accepted', ...BY, note: '' }),
  'a review that is rejected': marks({ kind: 'review_rejected', ...BY, note: '' }),
  'a mark by hand as settled': marks({ kind: 'marked_settled', ...BY }, true),
  'a mark by hand as invalid': marks({ kind: 'marked_invalid', ...BY }, true),
};

function opened(): Known {
  const terms = {
    amountSats: PRICE,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    marks: [],
    announced: {},
    history: announced(),
  };
  return { invoice: invoice(terms), payments: [], confirmedSats: 0n, tipHeight: TIP, witnessedHeight: TIP, hold: null };
}

function stepped(known: Known, fact: Fact) {
  const step = transition(known, fact(known), DEADLINE_MS + 3 * MINUTE_MS);
  const { invoice, payments, assessment } = step;
  return { step, known: { ...known, invoice, payments, confirmedSats: assessment.confirmedSats } };
}

const at = (status: Status): Known => STATES[status].reduce((known, fact) => stepped(known, fact).known, opened());

describe('Every status and every fact', () => {
  it.each(STATUSES)('%s is reached', (status) => expect(at(status).invoice.status).toBe(status));

  it('make this step', () => {
    const table = STATUSES.flatMap((status) => [
      `${status}:`,
      ...Object.entries(FACTS).map(([name, fact]) => {
        const { type, invoice } = stepped(at(status), fact).step;
        return `  ${name}: ${invoice.status}${type === null ? '' : `, announced by ${type}`}`;
      }),
    ]);
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "pending:
        nothing new: pending
        a look after the expiry: expired, announced by invoice.expired
        a payment that waits: seen, announced by invoice.payment_seen
        a payment in a block: paid, announced by invoice.paid
        half of the price in a block: underpaid, announced by invoice.underpaid
        a payment in a block, late: late_paid, announced by invoice.late_paid
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: pending
        a cancellation: cancelled, announced by invoice.cancelled
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: pending, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      seen:
        nothing new: seen
        a look after the expiry: seen
        a payment that waits: seen, announced by invoice.updated
        a payment in a block: paid, announced by invoice.paid
        half of the price in a block: underpaid, announced by invoice.underpaid
        a payment in a block, late: late_paid, announced by invoice.late_paid
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: pending, announced by invoice.payment_replaced
        a cancellation: cancelled, announced by invoice.cancelled
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: seen, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      paid:
        nothing new: paid
        a look after the expiry: paid
        a payment that waits: paid, announced by invoice.updated
        a payment in a block: overpaid, announced by invoice.overpaid
        half of the price in a block: overpaid, announced by invoice.overpaid
        a payment in a block, late: overpaid, announced by invoice.overpaid
        a payment in a block, too late: paid, announced by invoice.updated
        all payments gone: reverted, announced by invoice.payment_reverted
        a cancellation: requires_review, announced by invoice.requires_review
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: paid, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.updated
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      expired:
        nothing new: expired
        a look after the expiry: expired
        a payment that waits: seen, announced by invoice.payment_seen
        a payment in a block: paid, announced by invoice.paid
        half of the price in a block: underpaid, announced by invoice.underpaid
        a payment in a block, late: late_paid, announced by invoice.late_paid
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: expired
        a cancellation: cancelled, announced by invoice.cancelled
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: expired, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      late_paid:
        nothing new: late_paid
        a look after the expiry: late_paid
        a payment that waits: late_paid, announced by invoice.updated
        a payment in a block: overpaid, announced by invoice.overpaid
        half of the price in a block: overpaid, announced by invoice.overpaid
        a payment in a block, late: overpaid, announced by invoice.overpaid
        a payment in a block, too late: late_paid, announced by invoice.updated
        all payments gone: reverted, announced by invoice.payment_reverted
        a cancellation: requires_review, announced by invoice.requires_review
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: late_paid, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      underpaid:
        nothing new: underpaid
        a look after the expiry: underpaid, announced by invoice.updated
        a payment that waits: underpaid, announced by invoice.updated
        a payment in a block: overpaid, announced by invoice.overpaid
        half of the price in a block: paid, announced by invoice.paid
        a payment in a block, late: overpaid, announced by invoice.overpaid
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: pending, announced by invoice.updated
        a cancellation: requires_review, announced by invoice.requires_review
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: underpaid, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      overpaid:
        nothing new: overpaid
        a look after the expiry: overpaid
        a payment that waits: overpaid, announced by invoice.updated
        a payment in a block: overpaid, announced by invoice.updated
        half of the price in a block: overpaid, announced by invoice.updated
        a payment in a block, late: overpaid, announced by invoice.updated
        a payment in a block, too late: overpaid, announced by invoice.updated
        all payments gone: reverted, announced by invoice.payment_reverted
        a cancellation: requires_review, announced by invoice.requires_review
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: overpaid, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      requires_review:
        nothing new: requires_review
        a look after the expiry: requires_review
        a payment that waits: requires_review, announced by invoice.updated
        a payment in a block: paid, announced by invoice.paid
        half of the price in a block: requires_review, announced by invoice.updated
        a payment in a block, late: late_paid, announced by invoice.late_paid
        a payment in a block, too late: requires_review, announced by invoice.updated
        all payments gone: expired, announced by invoice.updated
        a cancellation: requires_review, announced by invoice.updated
        a review that is opened: requires_review, announced by invoice.updated
        a review that is accepted: late_paid, announced by invoice.late_paid
        a review that is rejected: cancelled, announced by invoice.cancelled
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      reverted:
        nothing new: reverted
        a look after the expiry: reverted
        a payment that waits: reverted, announced by invoice.updated
        a payment in a block: requires_review, announced by invoice.requires_review
        half of the price in a block: reverted, announced by invoice.updated
        a payment in a block, late: requires_review, announced by invoice.requires_review
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: reverted
        a cancellation: reverted, announced by invoice.updated
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: reverted, announced by invoice.updated
        a review that is rejected: reverted, announced by invoice.updated
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.cancelled
      cancelled:
        nothing new: cancelled
        a look after the expiry: cancelled
        a payment that waits: cancelled, announced by invoice.updated
        a payment in a block: requires_review, announced by invoice.requires_review
        half of the price in a block: requires_review, announced by invoice.requires_review
        a payment in a block, late: requires_review, announced by invoice.requires_review
        a payment in a block, too late: requires_review, announced by invoice.requires_review
        all payments gone: cancelled
        a cancellation: cancelled, announced by invoice.updated
        a review that is opened: requires_review, announced by invoice.requires_review
        a review that is accepted: pending, announced by invoice.updated
        a review that is rejected: cancelled, announced by invoice.updated
        a mark by hand as settled: paid, announced by invoice.paid
        a mark by hand as invalid: cancelled, announced by invoice.updated"
    `);
  });

  it.each(STATUSES)('%s: the same fact again changes nothing', (status) => {
    for (const [name, fact] of Object.entries(FACTS)) {
      const change = fact(at(status));
      const once = stepped(at(status), () => change).known;
      const again = transition(once, { payments: [...once.payments], lookedAtMs: change.lookedAtMs ?? 0 }, CREATED_MS);
      expect([name, again.type]).toEqual([name, null]);
    }
  });

  it.each(STATUSES)('%s: an event is the next version, and no event leaves the invoice as it was', (status) => {
    for (const fact of Object.values(FACTS)) {
      const known = at(status);
      const { type, invoice } = stepped(known, fact).step;
      expect(invoice.version).toBe(known.invoice.version + (type === null ? 0 : 1));
      if (type === null) expect({ ...invoice, watchUntilMs: 0 }).toEqual({ ...known.invoice, watchUntilMs: 0 });
      else expect(invoice.history[type]).toBeDefined();
    }
  });
});

describe('the event between two assessments', () => {
  const as = (status: Status, confirmedSats = 0n): Assessment => ({
    status,
    confirmedSats,
    seenSats: confirmedSats,
    dueSats: 0n,
    reviewReason: null,
    resolved: false,
    timeUp: false,
    announced: {},
  });
  const announces: [Status, EventType | null, 'once' | 'again'][] = [
    ['pending', null, 'once'],
    ['seen', 'invoice.payment_seen', 'once'],
    ['paid', 'invoice.paid', 'once'],
    ['late_paid', 'invoice.late_paid', 'once'],
    ['expired', 'invoice.expired', 'once'],
    ['overpaid', 'invoice.overpaid', 'once'],
    ['cancelled', 'invoice.cancelled', 'once'],
    ['underpaid', 'invoice.underpaid', 'again'],
    ['requires_review', 'invoice.requires_review', 'again'],
    ['reverted', 'invoice.payment_reverted', 'again'],
  ];

  test('is settled for every status', () => {
    expect(announces.map(([status]) => status).sort()).toEqual([...STATUSES].sort());
  });

  test.each(announces)('%s is announced as %s, from every status before', (status, event) => {
    for (const before of STATUSES.filter((other) => other !== status)) {
      // A payment that was announced and is gone is news of its own.
      const gone = before === 'seen' && status === 'pending';
      expect(eventBetween(as(before), as(status), announced()), before).toBe(gone ? 'invoice.payment_replaced' : event);
    }
  });

  test.each(announces)('%s is announced as %s: %s', (status, event, often) => {
    if (event === null) return;
    for (const before of STATUSES.filter((other) => other !== status)) {
      expect(eventBetween(as(before), as(status), announced(event))).toBe(often === 'again' ? event : null);
    }
  });

  test.each(announces)('%s that stays as it is tells nothing', (status) => {
    expect(eventBetween(as(status), as(status), announced())).toBeNull();
    expect(eventBetween(as(status, 5n), as(status, 5n), announced())).toBeNull();
  });

  test('what a human has decided is announced even where it was announced before', () => {
    const decided = { ...as('paid'), resolved: true };
    expect(eventBetween(as('requires_review'), decided, announced('invoice.paid'))).toBe('invoice.paid');
    expect(eventBetween(as('overpaid'), decided, announced('invoice.paid'))).toBeNull();
  });

  test('underpaid is announced again for more sats, not for fewer or as many', () => {
    const again = announced('invoice.underpaid');
    expect(eventBetween(as('underpaid', 5n), as('underpaid', 6n), again)).toBe('invoice.underpaid');
    expect(eventBetween(as('underpaid', 5n), as('underpaid', 5n), again)).toBeNull();
    expect(eventBetween(as('underpaid', 5n), as('underpaid', 4n), again)).toBeNull();
  });

  test.each(STATUSES.filter((status) => status !== 'underpaid'))('%s is not told again for more sats', (status) => {
    expect(eventBetween(as(status, 5n), as(status, 6n), announced())).toBeNull();
  });

  test('an event that happened at the epoch happened', () => {
    expect(eventBetween(as('seen'), as('paid'), { 'invoice.paid': 0 })).toBeNull();
  });
});
