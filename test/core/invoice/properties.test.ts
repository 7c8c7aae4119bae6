// What holds for every invoice, under all events in every order: nothing is announced twice, no sat is lost,
// nothing settles without its confirmations, and a full payment settles. A failure prints the seed that repeats it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess, type Facts } from '../../../src/core/invoice/assess.ts';
import type { EventType, History, Mark, Payment, Status, Terms } from '../../../src/core/invoice/invoice.ts';
import { EVENT_TYPES } from '../../../src/core/invoice/invoice.ts';
import { confirmationsOf, isLive } from '../../../src/core/invoice/methods.ts';
import { applyLook, type Look, type SeenTx } from '../../../src/core/onchain/look.ts';
import type { OnchainState } from '../../../src/core/onchain/payment.ts';
import {
  advance,
  begin,
  CREATED_MS,
  DEADLINE_MS,
  EXPIRES_MS,
  facts,
  hash,
  MINUTE_MS,
  mempool,
  mined,
  payee,
  TIP,
  terms,
  tx,
} from './support.ts';

const INVOICE = payee();
const AMOUNT = 100_000n;
const LEAST = 99_000n;
const MOST = 101_000n;
const SETTLING: EventType[] = ['invoice.paid', 'invoice.late_paid', 'invoice.overpaid'];
const SETTLED: Status[] = ['paid', 'late_paid', 'overpaid'];

/** Events that the integration guide (§8) promises at most once for an invoice. */
const ONCE_ONLY: EventType[] = [
  'invoice.created',
  'invoice.payment_seen',
  'invoice.paid',
  'invoice.late_paid',
  'invoice.expired',
  'invoice.overpaid',
  'invoice.cancelled',
];

const sats = fc.oneof(
  fc.constantFrom(1n, 545n, 546n, 40_000n, 60_000n, LEAST - 1n, LEAST, AMOUNT, MOST, MOST + 1n),
  fc.bigInt({ min: 1n, max: 300_000n }),
);
const moment = fc.oneof(
  fc.constantFrom(CREATED_MS, EXPIRES_MS - 1, EXPIRES_MS, DEADLINE_MS, DEADLINE_MS + 1),
  fc.integer({ min: CREATED_MS, max: DEADLINE_MS * 2 - CREATED_MS }),
);
const states: OnchainState[] = ['mempool', 'confirmed', 'replaced', 'dropped', 'double_spent', 'reorged'];

const anyPayment: fc.Arbitrary<Payment> = fc
  .record({
    name: fc.integer({ min: 0, max: 8 }),
    vout: fc.integer({ min: 0, max: 1 }),
    valueSats: sats,
    state: fc.constantFrom<OnchainState>('mempool', 'confirmed', 'confirmed', ...states),
    firstSeenMs: moment,
    height: fc.integer({ min: TIP - 7, max: TIP + 1 }),
  })
  .map(({ name, vout, valueSats, state, firstSeenMs, height }) =>
    mempool(valueSats, {
      txid: hash(`t${name}`),
      vout,
      state,
      firstSeenMs,
      blockHeight: state === 'confirmed' ? height : null,
      blockHash: state === 'confirmed' ? hash(`block ${height}`) : null,
    }),
  );
const anyPayments = fc.uniqueArray(anyPayment, { selector: ({ id }) => id, maxLength: 6 });

const anyTerms: fc.Arbitrary<Terms> = fc
  .record({
    amountSats: fc.option(fc.constantFrom(AMOUNT, 1_000_000n)),
    tolerance: fc.constantFrom(0n, 10n, 1_000n),
    confThreshold: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ amountSats, tolerance, confThreshold }) =>
    terms({ amountSats, toleranceBelowSats: tolerance, toleranceAboveSats: tolerance, confThreshold }),
  );
const anyHistory: fc.Arbitrary<History> = fc
  .subarray([...EVENT_TYPES])
  .map((types) => Object.fromEntries(types.map((type) => [type, CREATED_MS])));
const anyMark: fc.Arbitrary<Mark> = fc.constantFrom<Mark>(
  { kind: 'cancelled', atMs: CREATED_MS, by: 'merchant' },
  { kind: 'review_opened', atMs: CREATED_MS, by: 'cross-check', reason: 'explorers_disagree' },
);
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  terms: anyTerms,
  payments: anyPayments,
  marks: fc.oneof({ weight: 4, arbitrary: fc.constant<Mark[]>([]) }, { weight: 1, arbitrary: fc.array(anyMark) }),
  history: fc.oneof(fc.constant<History>({}), anyHistory),
  tipHeight: fc.option(fc.integer({ min: TIP - 2, max: TIP + 2 })),
  lookedAtMs: fc.oneof(fc.constant(0), moment),
});

describe('the same facts', () => {
  test('make the same invoice in any order, and again when judged again', () => {
    const shuffled = anyFacts.chain((all) =>
      fc.record({
        all: fc.constant(all),
        payments: fc.shuffledSubarray([...all.payments], { minLength: all.payments.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ all, payments }) => {
        const assessment = assess(all);
        expect(assess(all)).toEqual(assessment);
        expect(assess({ ...all, payments })).toEqual(assessment);
        expect(assess({ ...all, marks: [...all.marks, ...all.marks] })).toEqual(assessment);
      }),
      { numRuns: 1_000 },
    );
  });

  test('tell nothing more once they are told', () => {
    fc.assert(
      fc.property(anyFacts, (all) => {
        const change = {
          payments: all.payments,
          marks: all.marks,
          tipHeight: all.tipHeight,
          lookedAtMs: all.lookedAtMs,
        };
        const once = advance(begin({ terms: all.terms, history: all.history }), change, EXPIRES_MS);
        const twice = advance(once, change, EXPIRES_MS);
        expect(twice.events).toEqual(once.events);
        expect(twice.assessment).toEqual(once.assessment);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('every sat that is on its way or in the chain', () => {
  test('is either credited or not, and what is credited is no longer due', () => {
    fc.assert(
      fc.property(anyFacts, (all) => {
        const { seenSats, confirmedSats, dueSats } = assess(all);
        const live = all.payments.filter(({ state }) => state === 'mempool' || state === 'confirmed');
        const uncredited = live.filter(({ firstSeenMs }) => firstSeenMs > all.terms.lateDeadlineMs);
        expect(seenSats + total(uncredited)).toBe(total(live));
        expect(confirmedSats).toBeLessThanOrEqual(seenSats);
        const { amountSats, toleranceBelowSats } = all.terms;
        if (amountSats === null) {
          expect(dueSats).toBe(0n);
          return;
        }
        const missing = amountSats > seenSats ? amountSats - seenSats : 0n;
        expect(dueSats).toBe(missing <= toleranceBelowSats ? 0n : missing);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an invoice that was never confirmed enough', () => {
  const shallow = fc.integer({ min: 1, max: 6 }).chain((confThreshold) =>
    fc.record({
      terms: fc.constant(terms({ confThreshold })),
      payments: fc.array(
        fc.oneof(
          fc.record({ value: sats, at: moment }).map(({ value, at }) => mempool(value, { firstSeenMs: at })),
          fc
            .record({ value: sats, at: moment, confirmations: fc.integer({ min: 0, max: confThreshold - 1 }) })
            .map(({ value, at, confirmations }) => mined(value, confirmations, { firstSeenMs: at })),
        ),
        { maxLength: 6 },
      ),
      lookedAtMs: moment,
    }),
  );

  test('is never settled, however much is on its way', () => {
    fc.assert(
      fc.property(shallow, (some) => {
        expect(['pending', 'seen', 'expired']).toContain(assess(facts(some)).status);
      }),
    );
  });
});

// Anything may happen: explorers show what they like, blocks are lost, people press buttons, time passes.
const COINS = ['aa:0', 'aa:0', 'bb:0', 'cc:0'];
const anyStep = fc.record({
  waitMs: fc.oneof(fc.constantFrom(0, 1_000, 61_000), fc.integer({ min: 0, max: 40 * MINUTE_MS })),
  newBlocks: fc.integer({ min: 0, max: 2 }),
  shown: fc.tuple(
    ...COINS.map(() =>
      fc.constantFrom<(number | 'mempool' | 'nowhere')[]>('nowhere', 'mempool', 'mempool', 0, 1, 2, 5, -1),
    ),
  ),
  loses: fc.oneof(
    { weight: 4, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 6 })) },
  ),
  button: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<'cancel' | 'review'>('cancel', 'review') },
  ),
});
const anyLife = fc.record({
  terms: anyTerms,
  values: fc.tuple(...COINS.map(() => sats)),
  steps: fc.array(anyStep, { minLength: 1, maxLength: 14 }),
});
type Life = typeof anyLife extends fc.Arbitrary<infer T> ? T : never;

describe('whatever happens to an invoice', () => {
  test('no once-only event is announced twice', () => {
    live((story) => {
      for (const type of ONCE_ONLY) expect(story.events.filter((event) => event === type).length, type).toBeLessThan(2);
    });
  });

  test('taking the same step again tells nothing more', () => {
    live((story, step) => {
      expect(advance(story, step.change, step.atMs).events).toEqual(story.events);
    });
  });

  test('it is first told to be settled only when enough is confirmed, on a chain that we counted ourselves', () => {
    live((story, { announced, before }) => {
      if (announced === null || !SETTLING.includes(announced) || before.some((event) => SETTLING.includes(event)))
        return;
      const { terms: asked, payments, tipHeight } = story.facts;
      const enough = payments.filter(
        (payment) =>
          isLive(payment) &&
          payment.firstSeenMs <= DEADLINE_MS &&
          (asked.confThreshold === 0 || confirmationsOf(payment, tipHeight) >= asked.confThreshold),
      );
      expect(total(enough)).toBeGreaterThanOrEqual(
        asked.amountSats === null ? 1n : asked.amountSats - asked.toleranceBelowSats,
      );
    });
  });

  test('it is never told to be expired while a payment that counts is on its way or in the chain', () => {
    live((story, { announced, change, before }) => {
      if (announced !== 'invoice.expired') return;
      expect(story.facts.payments.filter((payment) => isLive(payment) && payment.firstSeenMs <= DEADLINE_MS)).toEqual(
        [],
      );
      expect(change.lookedAtMs).toBeGreaterThanOrEqual(EXPIRES_MS);
      for (const settled of SETTLING) expect(before).not.toContain(settled);
    });
  });

  test('it is never settled again after it was reverted, nor ever after it was cancelled', () => {
    live((story, { announced, before }) => {
      if (!before.includes('invoice.payment_reverted') && !before.includes('invoice.cancelled')) return;
      expect(SETTLED).not.toContain(story.assessment.status);
      if (announced !== null) expect(SETTLING).not.toContain(announced);
    });
  });

  test('it is reverted only after it was settled', () => {
    live((_, { announced, before }) => {
      if (announced === 'invoice.payment_reverted') expect(before.some((event) => SETTLING.includes(event))).toBe(true);
    });
  });

  test('a person is asked to look exactly when there is a reason to tell', () => {
    live((story) => {
      expect(story.assessment.reviewReason !== null).toBe(story.assessment.status === 'requires_review');
    });
  });
});

describe('a full payment', () => {
  const payable = fc.record({
    confThreshold: fc.integer({ min: 1, max: 6 }),
    sum: fc.oneof(fc.constantFrom(LEAST, AMOUNT, MOST, MOST + 1n), fc.bigInt({ min: LEAST, max: 200_000n })),
    cuts: fc.array(fc.bigInt({ min: 1n, max: LEAST - 1n }), { maxLength: 3 }),
    actions: fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 8 * MINUTE_MS }),
        broadcast: fc.option(fc.nat({ max: 3 })),
        mine: fc.option(fc.uniqueArray(fc.nat({ max: 3 }))),
        looks: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  });

  test('ends as paid, paid late or overpaid by its sums alone, in whatever order it is seen and mined', () => {
    fc.assert(
      fc.property(payable, ({ confThreshold, sum, cuts, actions }) => {
        const values = pieces(sum, cuts);
        const chain = new Chain(values);
        let story = begin({ terms: terms({ confThreshold }), tipHeight: TIP });
        const take = (atMs: number) => {
          const shown = chain.look(atMs);
          const payments = applyLook(story.facts.payments, shown, INVOICE);
          story = advance(story, { payments, tipHeight: shown.tipHeight, lookedAtMs: atMs }, atMs);
        };
        let atMs = CREATED_MS;
        for (const { waitMs, broadcast, mine, looks } of actions) {
          atMs = Math.min(DEADLINE_MS, atMs + waitMs);
          if (broadcast !== null) chain.broadcast(broadcast);
          if (mine !== null) chain.mine(atMs, mine);
          if (looks) take(atMs);
        }
        // Whatever was held back comes before the grace time ends; its blocks may take for ever.
        for (const i of values.keys()) chain.broadcast(i);
        take(atMs);
        for (let blocks = 0; blocks < confThreshold; blocks++) chain.mine(DEADLINE_MS * 2, [...values.keys()]);
        take(DEADLINE_MS * 2);

        const onTime = values.filter((_, i) => (chain.firstLook.get(i) ?? Number.NaN) < EXPIRES_MS);
        const paidOnTime = onTime.reduce((a, b) => a + b, 0n) >= LEAST;
        const expected = sum > MOST ? 'overpaid' : paidOnTime ? 'paid' : 'late_paid';
        expect(story.assessment).toMatchObject({ status: expected, seenSats: sum, confirmedSats: sum, dueSats: 0n });
        expect(story.events.at(-1)).toBe(`invoice.${expected}`);
        for (const type of ONCE_ONLY) expect(story.events.filter((event) => event === type).length).toBeLessThan(2);
      }),
      { numRuns: 1_000 },
    );
  });

  test('once settled stays settled while reorgs mine it again at any depth', () => {
    const depths = fc.array(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 3, maxLength: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), depths, (confThreshold, reorgs) => {
        const parts = [40_000n, 30_000n, 30_000n].map((value) => mined(value, 6));
        let story = advance(begin({ terms: terms({ confThreshold }) }), { payments: parts }, CREATED_MS);
        for (const reorg of reorgs) {
          const payments = parts.map((part, i) => {
            const blockHeight = TIP - (reorg[i] ?? 1) + 1;
            return { ...part, blockHeight, blockHash: hash(`other ${blockHeight}`) };
          });
          story = advance(story, { payments }, CREATED_MS);
        }
        expect(story.events).toEqual(['invoice.created', 'invoice.paid']);
        expect(story.assessment.status).toBe('paid');
      }),
    );
  });
});

interface Taken {
  change: Partial<Facts>;
  atMs: number;
  /** What this step told, and all that was told before it. */
  announced: EventType | null;
  before: EventType[];
}

/** Lives through many random lives and holds `check` against each step of each. */
function live(check: (story: ReturnType<typeof begin>, step: Taken) => void): void {
  fc.assert(
    fc.property(anyLife, (life) => {
      let story = begin({ terms: life.terms });
      let atMs = CREATED_MS;
      let tipHeight = TIP;
      for (const step of life.steps) {
        atMs += step.waitMs;
        tipHeight += step.newBlocks;
        const before = story.events;
        const change: Partial<Facts> = {
          payments: applyLook(story.facts.payments, shownIn(life, step, atMs, tipHeight), INVOICE),
          marks: [...story.facts.marks, ...pressed(step.button, story, atMs)],
          tipHeight,
          lookedAtMs: atMs,
        };
        story = advance(story, change, atMs);
        check(story, { change, atMs, before, announced: story.events.slice(before.length)[0] ?? null });
      }
    }),
    { numRuns: 1_000 },
  );
}

function shownIn(life: Life, step: Life['steps'][number], atMs: number, tipHeight: number): Look {
  const transactions: SeenTx[] = [];
  const unknownTxids = new Set<string>();
  for (const [i, place] of step.shown.entries()) {
    const height = typeof place === 'number' ? tipHeight - place : null;
    // A block that is older than the invoice is another matter: see prior.test.ts.
    const timeMs = Math.max(CREATED_MS, atMs - 5 * MINUTE_MS);
    const block = height === null ? null : { hash: hash(`block ${height}`), height, timeMs, knownSinceMs: atMs };
    const shown = tx(`t${i}`, { inputs: [COINS[i] ?? ''], sats: life.values[i] ?? 1n, block });
    if (place === 'nowhere') unknownTxids.add(shown.txid);
    else transactions.push(shown);
  }
  const lostBlocks = new Set(step.loses.map((depth) => hash(`block ${tipHeight - depth}`)));
  return { atMs, tipHeight, transactions, unknownTxids, lostBlocks };
}

/** A merchant can cancel only what nobody has begun to pay; anybody may ask for a review. */
function pressed(button: 'cancel' | 'review' | null, story: ReturnType<typeof begin>, atMs: number): Mark[] {
  if (button === 'review') return [{ kind: 'review_opened', atMs, by: 'cross-check', reason: 'explorers_disagree' }];
  const cancellable = story.assessment.status === 'pending' && !story.facts.payments.some(isLive);
  return button === 'cancel' && cancellable ? [{ kind: 'cancelled', atMs, by: 'merchant' }] : [];
}

/** A chain without accidents: what is broadcast waits, what is mined stays. */
class Chain {
  /** When each payment could first have been known of: by a look, or by the time of its block. */
  readonly firstLook = new Map<number, number>();
  readonly #values: bigint[];
  readonly #waiting = new Set<number>();
  readonly #mined = new Map<number, NonNullable<SeenTx['block']> & { timeMs: number }>();
  #tipHeight = TIP;

  constructor(values: bigint[]) {
    this.#values = values;
  }

  broadcast(i: number): void {
    if (i < this.#values.length && !this.#mined.has(i)) this.#waiting.add(i);
  }

  mine(timeMs: number, wanted: number[]): void {
    this.#tipHeight += 1;
    const block = { hash: hash(`block ${this.#tipHeight}`), height: this.#tipHeight, timeMs, knownSinceMs: timeMs };
    for (const i of wanted) if (this.#waiting.delete(i)) this.#mined.set(i, block);
  }

  look(atMs: number): Look {
    const transactions: SeenTx[] = [];
    for (const i of [...this.#waiting, ...this.#mined.keys()]) {
      const block = this.#mined.get(i) ?? null;
      transactions.push(tx(`t${i}`, { sats: this.#values[i] ?? 0n, block }));
      if (!this.firstLook.has(i)) this.firstLook.set(i, block?.timeMs ?? atMs);
    }
    return { atMs, tipHeight: this.#tipHeight, transactions, lostBlocks: new Set(), unknownTxids: new Set() };
  }
}

/** A sum in pieces of at least one sat. */
function pieces(sum: bigint, cuts: bigint[]): bigint[] {
  const edges = [...new Set([0n, ...cuts, sum])].sort((a, b) => (a < b ? -1 : 1));
  return edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0n));
}

function total(payments: readonly Payment[]): bigint {
  return payments.reduce((sum, { valueSats }) => sum + valueSats, 0n);
}
