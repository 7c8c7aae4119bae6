// What one look at the chain teaches about an invoice's payments: each is counted once, an explorer that lags or lies
// by omission takes nothing away, and what the chain takes away is noticed.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isLive } from '../../../src/core/invoice/methods.ts';
import { applyLook, type Look, missingFrom, type SeenTx } from '../../../src/core/onchain/look.ts';
import { isOnchain, type OnchainPayment, outpointOf } from '../../../src/core/onchain/payment.ts';
import { simulatedPayment } from '../../../src/core/simulated/payment.ts';
import {
  CREATED_MS,
  DEADLINE_MS,
  EXPIRES_MS,
  hash,
  look,
  MINUTE_MS,
  mempool,
  mined,
  OTHER_SCRIPT,
  payee,
  SCRIPT,
  TIP,
  tx,
} from '../invoice/support.ts';

const INVOICE = payee();
const NOW_MS = look().atMs;

function block(height: number, branch = '', timeMs: number | null = NOW_MS) {
  return { hash: hash(`block ${height}${branch}`), height, timeMs, knownSinceMs: timeMs && CREATED_MS + 1 };
}

/** The rows after looks, one after the other, from none. */
function rowsAfter(...looks: Partial<Look>[]): OnchainPayment[] {
  return looks.reduce<OnchainPayment[]>((payments, over) => applied(payments, look(over)), []);
}

function applied(payments: readonly OnchainPayment[], one: Look): OnchainPayment[] {
  return applyLook(payments, one, INVOICE).filter(isOnchain);
}

/** State and block of each payment, by the transaction's name. */
function states(payments: OnchainPayment[]): Record<string, string> {
  const shown = ({ state, blockHeight }: OnchainPayment) =>
    blockHeight === null ? state : `${state} at ${blockHeight}`;
  return Object.fromEntries(
    payments.map((payment) => {
      const { txid, vout } = outpointOf(payment);
      const name = Buffer.from(txid, 'hex').toString().replaceAll('\0', '');
      return [vout === 0 ? name : `${name}:${vout}`, shown(payment)];
    }),
  );
}

describe('a payment that a look shows', () => {
  test('is kept with all that will matter later', () => {
    expect(rowsAfter({ transactions: [tx('a', { sats: 5_000n, inputs: ['aa:0', 'bb:1'] })] })).toEqual([
      {
        id: `${hash('a')}:0`,
        valueSats: 5_000n,
        method: 'onchain',
        state: 'mempool',
        firstSeenMs: NOW_MS,
        blockHeight: null,
        blockHash: null,
        inputs: ['aa:0', 'bb:1'],
      },
    ]);
  });

  test('in a block has that block', () => {
    const [payment] = rowsAfter({ transactions: [tx('a', { block: block(TIP) })] });
    expect(payment).toMatchObject({ state: 'confirmed', blockHeight: TIP, blockHash: block(TIP).hash });
  });

  test('counts once however often the same look is taken', () => {
    const shows = { transactions: [tx('a'), tx('b', { block: block(TIP) })] };
    expect(rowsAfter(shows, shows, shows)).toEqual(rowsAfter(shows));
  });

  test('counts once when the look itself shows it twice', () => {
    expect(rowsAfter({ transactions: [tx('a'), tx('a')] })).toEqual(rowsAfter({ transactions: [tx('a')] }));
  });

  test.each([
    ['the mempool first', [tx('a'), tx('a', { block: block(TIP) })]],
    ['the block first', [tx('a', { block: block(TIP) }), tx('a')]],
  ])('counts once and as confirmed when the look shows it in the mempool and in a block, %s', (_, transactions) => {
    expect(states(rowsAfter({ transactions }))).toEqual({ a: `confirmed at ${TIP}` });
  });

  it('was first seen at one time, in whatever order a look shows it twice', () => {
    const found = { atMs: DEADLINE_MS + 1 };
    const copies = [tx('a'), tx('a', { block: block(TIP, '', CREATED_MS + MINUTE_MS) })];
    const [forth] = rowsAfter({ ...found, transactions: copies });
    const [back] = rowsAfter({ ...found, transactions: copies.toReversed() });
    expect(forth?.firstSeenMs).toBe(back?.firstSeenMs);
  });

  test('counts with each of its outputs to the invoice, and only those', () => {
    const outputs = [
      { vout: 0, script: OTHER_SCRIPT, valueSats: 70_000n },
      { vout: 1, script: SCRIPT, valueSats: 60_000n },
      { vout: 2, script: `${SCRIPT}00`, valueSats: 50_000n },
      { vout: 3, script: SCRIPT, valueSats: 40_000n },
      { vout: 4, script: '', valueSats: 30_000n },
    ];
    const payments = rowsAfter({ transactions: [tx('a', { outputs })] });
    expect(payments.map((payment) => [outpointOf(payment).vout, payment.valueSats])).toEqual([
      [1, 60_000n],
      [3, 40_000n],
    ]);
  });

  test('does not count when it only spends from the invoice', () => {
    const outputs = [{ vout: 0, script: OTHER_SCRIPT, valueSats: 60_000n }];
    expect(rowsAfter({ transactions: [tx('sweep', { inputs: [`${hash('a')}:0`], outputs })] })).toEqual([]);
  });

  test('keeps the amount of its first sight while it waits, and has the one that its block holds', () => {
    const waiting = [{ transactions: [tx('a', { sats: 5_000n })] }, { transactions: [tx('a', { sats: 900_000n })] }];
    expect(rowsAfter(...waiting)[0]?.valueSats).toBe(5_000n);
    const inBlock = { transactions: [tx('a', { sats: 1n, block: block(TIP) })] };
    expect(rowsAfter(...waiting, inBlock)[0]?.valueSats).toBe(1n);
  });

  test('keeps the time of its first sight', () => {
    const [payment] = rowsAfter(
      { transactions: [tx('a')] },
      { atMs: EXPIRES_MS + 1, transactions: [tx('a')] },
      { atMs: DEADLINE_MS + 1, transactions: [tx('a', { block: block(TIP, '', DEADLINE_MS) })] },
    );
    expect(payment?.firstSeenMs).toBe(NOW_MS);
  });

  test('does not touch the rows it was given', () => {
    const before = [mempool(1n), mined(2n)];
    const copy = structuredClone(before);
    applied(before, look({ lostBlocks: new Set([before[1]?.blockHash ?? '']) }));
    expect(before).toEqual(copy);
  });
});

describe('a payment that was made while no explorer could be asked', () => {
  test.each<[string, number, number | null, number]>([
    ['was on its way by the time of its block', DEADLINE_MS + 1, EXPIRES_MS - 1, EXPIRES_MS - 1],
    ['is never older than its invoice, whatever a miner’s clock says', DEADLINE_MS, CREATED_MS - 1, CREATED_MS],
    ['is never younger than the look, whatever a miner’s clock says', NOW_MS, NOW_MS + 2 * 3_600_000, NOW_MS],
    ['is as old as the look when its block has no time', NOW_MS, null, NOW_MS],
    [
      'is as old as the look when that was before the invoice by a clock that runs behind',
      CREATED_MS - 5,
      null,
      CREATED_MS - 5,
    ],
  ])('%s', (_, atMs, timeMs, firstSeenMs) => {
    const [payment] = rowsAfter({ atMs, transactions: [tx('a', { block: block(TIP, '', timeMs) })] });
    expect(payment?.firstSeenMs).toBe(firstSeenMs);
  });

  test('was first seen between the invoice’s creation and the look, for any clock', () => {
    const time = fc.integer({ min: 0, max: DEADLINE_MS * 2 });
    fc.assert(
      fc.property(
        fc.integer({ min: CREATED_MS, max: DEADLINE_MS * 2 }),
        fc.option(time),
        fc.boolean(),
        (atMs, timeMs, isMined) => {
          const shown = isMined ? block(TIP, '', timeMs) : null;
          const [payment] = rowsAfter({ atMs, transactions: [tx('a', { block: shown })] });
          expect(payment?.firstSeenMs).toBeGreaterThanOrEqual(CREATED_MS);
          expect(payment?.firstSeenMs).toBeLessThanOrEqual(atMs);
        },
      ),
    );
  });
});

describe('an unconfirmed payment that a look does not show', () => {
  const unknown = { unknownTxids: new Set([hash('a')]) };
  const first = { transactions: [tx('a')] };
  const at = (seconds: number) => ({ atMs: NOW_MS + seconds * 1_000 });

  test('is still there after one look: mempools differ', () => {
    const [payment] = rowsAfter(first, { ...at(3_600), ...unknown });
    expect(payment).toMatchObject({ state: 'mempool', missingSinceMs: NOW_MS + 3_600_000 });
  });

  test.each<[string, number, string]>([
    ['soon after', 1, 'mempool'],
    ['a millisecond less than a minute after', 59.999, 'mempool'],
    ['a minute after', 60, 'dropped'],
    ['hours after', 7_200, 'dropped'],
  ])('and a second one %s makes it, %d seconds on, %s', (_, seconds, state) => {
    expect(rowsAfter(first, { ...at(10), ...unknown }, { ...at(10 + seconds), ...unknown })[0]?.state).toBe(state);
  });

  test('is still there for as long as any explorer knows it by its id', () => {
    const [payment] = rowsAfter(first, at(10), at(100), at(10_000));
    expect(payment).toMatchObject({ state: 'mempool', missingSinceMs: NOW_MS + 10_000 });
  });

  test('is there again when it is shown, and must be missed twice anew', () => {
    const looks = [first, { ...at(10), ...unknown }, { ...at(70), ...first }, { ...at(80), ...unknown }];
    expect(rowsAfter(...looks)[0]).toMatchObject({ state: 'mempool', missingSinceMs: NOW_MS + 80_000 });
    expect(rowsAfter(...looks, { ...at(139), ...unknown })[0]?.state).toBe('mempool');
    expect(rowsAfter(...looks, { ...at(140), ...unknown })[0]?.state).toBe('dropped');
  });

  test('is found by its id before it is given up', () => {
    const payments = rowsAfter({
      transactions: [tx('a'), tx('b'), tx('c', { block: block(TIP) })],
    });
    expect(missingFrom(payments, [])).toEqual([hash('a'), hash('b')]);
    expect(missingFrom(payments, [tx('b')])).toEqual([hash('a')]);
    expect(missingFrom(payments, [tx('a'), tx('b')])).toEqual([]);
  });

  test.each<OnchainPayment['state']>(['replaced', 'dropped', 'double_spent', 'reorged'])(
    'and that is %s already is not asked about',
    (state) => {
      expect(missingFrom([mempool(1n, { state })], [])).toEqual([]);
    },
  );

  test('does not go missing in test mode, where there is no chain', () => {
    const simulated = simulatedPayment('invoice', 0, { valueSats: 1n, state: 'mempool', firstSeenMs: CREATED_MS });
    expect(missingFrom([simulated], [])).toEqual([]);
    const gone = look({ atMs: DEADLINE_MS, unknownTxids: new Set([simulated.id]) });
    expect(applyLook(applyLook([simulated], gone, INVOICE), { ...gone, atMs: DEADLINE_MS * 2 }, INVOICE)).toEqual([
      simulated,
    ]);
  });

  test('counts again when it is broadcast again after it was dropped', () => {
    const looks = [first, { ...at(10), ...unknown }, { ...at(70), ...unknown }];
    expect(rowsAfter(...looks)[0]?.state).toBe('dropped');
    const [payment] = rowsAfter(...looks, { ...at(500), ...first });
    expect(payment).toMatchObject({ state: 'mempool', firstSeenMs: NOW_MS });
    expect(payment).not.toHaveProperty('missingSinceMs');
    expect(states(rowsAfter(...looks, { ...at(500), transactions: [tx('a', { block: block(TIP) })] }))).toEqual({
      a: `confirmed at ${TIP}`,
    });
  });
});

describe('a confirmed payment', () => {
  const first = { transactions: [tx('a', { block: block(TIP) })] };
  const kept = { a: `confirmed at ${TIP}` };

  test.each<[string, Partial<Look>]>([
    ['as unconfirmed', { transactions: [tx('a')] }],
    ['in another block', { transactions: [tx('a', { block: block(TIP, 'b') })] }],
    ['in a block of another height', { transactions: [tx('a', { block: block(TIP - 7) })] }],
    ['in a block above the tip', { transactions: [tx('a', { block: block(TIP + 1) })] }],
    ['not at all', {}],
    ['not at all, not even by its id', { unknownTxids: new Set([hash('a')]) }],
  ])('stays in its block, which still stands, when an explorer that lags shows it %s', (_, over) => {
    expect(states(rowsAfter(first, over))).toEqual(kept);
    const again = { ...over, atMs: NOW_MS + 10 * MINUTE_MS };
    expect(states(rowsAfter(first, over, again))).toEqual(kept);
  });

  test('stays in its block when other blocks are lost', () => {
    expect(states(rowsAfter(first, { lostBlocks: new Set([hash('block 1')]) }))).toEqual(kept);
  });

  test.each<[string, Partial<Look>, Record<string, string>]>([
    ['in the mempool again', { transactions: [tx('a')] }, { a: 'mempool' }],
    ['in a new block of the same height', { transactions: [tx('a', { block: block(TIP, 'b') })] }, kept],
    [
      'in a later block',
      { tipHeight: TIP + 2, transactions: [tx('a', { block: block(TIP + 2, 'b') })] },
      { a: `confirmed at ${TIP + 2}` },
    ],
    ['only in a block above the tip', { transactions: [tx('a', { block: block(TIP + 1) })] }, { a: 'mempool' }],
    ['not at all', {}, { a: 'reorged' }],
  ])('whose block is lost is now where the chain shows it: %s', (_, over, expected) => {
    const payments = rowsAfter(first, { lostBlocks: new Set([block(TIP).hash]), ...over });
    expect(states(payments)).toEqual(expected);
    expect(payments[0]?.firstSeenMs).toBe(NOW_MS);
    expect(payments[0]?.blockHash).not.toBe(block(TIP).hash);
  });

  it('whose block is lost is not confirmed by an explorer that still shows it there', () => {
    const lost = { lostBlocks: new Set([block(TIP).hash]) };
    expect(rowsAfter(first, { ...lost, ...first })[0]?.state).not.toBe('confirmed');
  });

  test('that was lost and is mined again is confirmed again', () => {
    const lost = { lostBlocks: new Set([block(TIP).hash]) };
    expect(states(rowsAfter(first, lost, { transactions: [tx('a', { block: block(TIP, 'b') })] }))).toEqual(kept);
    expect(states(rowsAfter(first, lost, { transactions: [tx('a')] }))).toEqual({ a: 'mempool' });
  });

  test('that was lost stays lost while nothing shows it', () => {
    const lost = { lostBlocks: new Set([block(TIP).hash]) };
    expect(states(rowsAfter(first, lost, {}, { atMs: DEADLINE_MS }))).toEqual({ a: 'reorged' });
  });
});

describe('a block above our own tip', () => {
  test('is not believed: its payment waits in the mempool', () => {
    const [payment] = rowsAfter({ transactions: [tx('a', { block: block(TIP + 1) })] });
    expect(payment).toMatchObject({ state: 'mempool', blockHeight: null, blockHash: null });
  });

  test('is believed once our tip has reached it', () => {
    const shows = { transactions: [tx('a', { block: block(TIP + 1) })] };
    expect(states(rowsAfter(shows, { ...shows, tipHeight: TIP + 1 }))).toEqual({ a: `confirmed at ${TIP + 1}` });
  });
});

describe('payments that spend the same coin', () => {
  const coin = ['cc:0'];
  const old = tx('old', { inputs: coin, sats: 100_000n });
  const bump = tx('bump', { inputs: ['dd:1', ...coin], sats: 99_500n });
  const later = NOW_MS + 1_000;

  test('a replacement that pays us again is one credit, from its first sight on', () => {
    const payments = rowsAfter({ transactions: [old] }, { atMs: later, transactions: [bump] });
    expect(states(payments)).toEqual({ old: 'replaced', bump: 'mempool' });
    expect(payments.filter(isLive).map(({ valueSats }) => valueSats)).toEqual([99_500n]);
  });

  test('a replacement that confirms is one credit', () => {
    const confirmed = { ...bump, block: block(TIP) };
    expect(states(rowsAfter({ transactions: [old] }, { atMs: later, transactions: [confirmed] }))).toEqual({
      old: 'replaced',
      bump: `confirmed at ${TIP}`,
    });
  });

  test('the replaced one that confirms after all is the one credit', () => {
    const confirmed = { ...old, block: block(TIP) };
    const looks = [{ transactions: [old] }, { atMs: later, transactions: [bump] }];
    expect(states(rowsAfter(...looks, { atMs: later + 1, transactions: [confirmed] }))).toEqual({
      old: `confirmed at ${TIP}`,
      bump: 'replaced',
    });
  });

  test.each([
    ['old first', [old, bump]],
    ['new first', [bump, old]],
  ])('an explorer that shows both, %s, gives one credit, and the same one', (_, transactions) => {
    const payments = rowsAfter({ transactions });
    expect(payments.filter(isLive)).toHaveLength(1);
    expect(states(payments)).toEqual({ old: 'mempool', bump: 'replaced' });
  });

  test('an explorer that shows both after we knew one gives one credit: the newer', () => {
    expect(states(rowsAfter({ transactions: [old] }, { atMs: later, transactions: [bump, old] }))).toEqual({
      old: 'replaced',
      bump: 'mempool',
    });
  });

  test('an explorer that shows one in a block and one not gives one credit: the one in the block', () => {
    const confirmed = { ...old, block: block(TIP) };
    expect(states(rowsAfter({ transactions: [bump, confirmed] }))).toEqual({
      bump: 'replaced',
      old: `confirmed at ${TIP}`,
    });
  });

  test('of three replacements in a row the last is the one credit', () => {
    const third = tx('third', { inputs: coin });
    const payments = rowsAfter(
      { transactions: [old] },
      { atMs: later, transactions: [bump] },
      { atMs: later + 1, transactions: [third] },
    );
    expect(states(payments)).toEqual({ old: 'replaced', bump: 'replaced', third: 'mempool' });
  });

  test('of which the newer is gone and the older shown again, the older counts', () => {
    const looks = [{ transactions: [old] }, { atMs: later, transactions: [bump] }];
    expect(states(rowsAfter(...looks, { atMs: later + 1, transactions: [old] }))).toEqual({
      old: 'mempool',
      bump: 'replaced',
    });
  });

  test('a reorg in which another one confirms is one credit', () => {
    const lost = { lostBlocks: new Set([block(TIP).hash]) };
    const first = { transactions: [{ ...old, block: block(TIP) }] };
    const other = { ...bump, block: block(TIP, 'b') };
    expect(states(rowsAfter(first, { ...lost, atMs: later, transactions: [other] }))).toEqual({
      old: 'reorged',
      bump: `confirmed at ${TIP}`,
    });
    expect(states(rowsAfter(first, { ...lost, atMs: later, transactions: [old, other] }))).toEqual({
      old: 'replaced',
      bump: `confirmed at ${TIP}`,
    });
  });

  test('do not hinder payments that spend other coins', () => {
    const elsewhere = tx('elsewhere', { inputs: ['ee:0'] });
    const nothing = tx('nothing', { inputs: [] });
    const alsoNothing = tx('also nothing', { inputs: [] });
    const payments = rowsAfter({ transactions: [old, elsewhere, nothing, alsoNothing] });
    expect(payments.filter(isLive)).toHaveLength(4);
  });

  test('two outputs of one transaction are no conflict', () => {
    const outputs = [0, 1].map((vout) => ({ vout, script: SCRIPT, valueSats: 50_000n }));
    expect(states(rowsAfter({ transactions: [tx('a', { inputs: coin, outputs })] }))).toEqual({
      a: 'mempool',
      'a:1': 'mempool',
    });
  });

  test('give one credit for each coin, in any order and however an explorer mixes them', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const rival = fc.record({
      name: fc.constantFrom(...names),
      coin: fc.constantFrom('aa:0', 'bb:0'),
      atMs: fc.integer({ min: NOW_MS, max: NOW_MS + 5 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(rival, { selector: ({ name }) => name, minLength: 1 }), (rivals) => {
        const shows = rivals.map(({ name, coin: input }) => tx(name, { inputs: [input] }));
        const payments = rowsAfter(...rivals.map(({ atMs }, i) => ({ atMs, transactions: shows.slice(0, i + 1) })));
        expect(payments.filter(isLive)).toHaveLength(new Set(rivals.map(({ coin: input }) => input)).size);
      }),
    );
  });
});

// A chain with a past: at each moment every transaction is in a block, in the mempool or nowhere; two that spend one
// coin are never both there. A block is what it holds: held differently, at the same height, it is another block.
type Place = 'nowhere' | 'mempool' | number;

const COINS = ['aa:0', 'aa:0', 'bb:0', 'cc:0', 'dd:0'];
const moment = fc.tuple(...COINS.map(() => fc.constantFrom<Place[]>('nowhere', 'mempool', 0, 1, 2)));

function transactionsAt(places: Place[]): SeenTx[] {
  const rivals = COINS.map((coin, i) => ({ coin, i, place: places[i] ?? 'nowhere' })).filter(
    ({ place }) => place !== 'nowhere',
  );
  const there = rivals.filter(({ coin, i }) => !rivals.some((other) => other.coin === coin && other.i < i));
  return there.map(({ coin, i, place }) => {
    const held = there.filter((other) => other.place === place).map((other) => other.i);
    const inBlock = typeof place === 'number' ? block(TIP - place, ` ${held.join()}`) : null;
    return tx(`t${i}`, { inputs: [coin], block: inBlock });
  });
}

function blocksOf(transactions: readonly SeenTx[]): Set<string> {
  return new Set(transactions.flatMap((shown) => shown.block?.hash ?? []));
}

function without(all: Iterable<string>, some: ReadonlySet<string>): Set<string> {
  return new Set([...all].filter((one) => !some.has(one)));
}

/** What each moment shows, each look knowing which of all those blocks are not in its chain. */
function looksAt(moments: Place[][], atMs: (i: number) => number): Look[] {
  const shown = moments.map(transactionsAt);
  const ever = new Set(shown.flatMap((transactions) => [...blocksOf(transactions)]));
  const all = COINS.map((_, i) => hash(`t${i}`));
  return shown.map((transactions, i) => ({
    atMs: atMs(i),
    tipHeight: TIP,
    transactions,
    lostBlocks: without(ever, blocksOf(transactions)),
    unknownTxids: without(all, new Set(transactions.map(({ txid }) => txid))),
  }));
}

describe('looks in any order', () => {
  const story = fc.array(moment, { minLength: 2, maxLength: 7 }).chain((moments) =>
    fc.record({
      moments: fc.constant(moments),
      order: fc.shuffledSubarray([...moments.keys()].slice(1), { minLength: moments.length - 1 }),
    }),
  );

  test('that end with the same last one agree on which payments count and in which block', () => {
    fc.assert(
      fc.property(story, ({ moments, order }) => {
        // The first moment is looked at last, and once more: two looks a minute apart settle what is gone.
        const looks = looksAt(moments, (i) => CREATED_MS + i * MINUTE_MS);
        const last = looks[0] ?? look();
        const end = [20, 22].map((minutes) => ({ ...last, atMs: CREATED_MS + minutes * MINUTE_MS }));
        const counted = (payments: OnchainPayment[]) =>
          payments.filter(isLive).map(({ id, state, blockHash }) => `${id} ${state} ${blockHash}`);
        const forth = counted(rowsAfter(...looks.slice(1), ...end)).sort();
        const mixed = counted(rowsAfter(...order.map((i) => looks[i] ?? last), ...end)).sort();
        const shown = last.transactions.map(
          ({ txid, block: b }) => `${txid}:0 ${b ? 'confirmed' : 'mempool'} ${b?.hash ?? null}`,
        );
        expect(mixed).toEqual(forth);
        expect(mixed).toEqual(shown.sort());
      }),
      { numRuns: 1_000 },
    );
  });

  test('never count one coin twice, at any step', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 8 }), (moments) => {
        let payments: OnchainPayment[] = [];
        for (const each of looksAt(moments, (i) => CREATED_MS + i * 20_000)) {
          payments = applied(payments, each);
          const spent = payments.filter(isLive).flatMap(({ inputs }) => inputs);
          expect(new Set(spent).size).toBe(spent.length);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
