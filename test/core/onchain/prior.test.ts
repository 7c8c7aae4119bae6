// Money that is older than the invoice never pays it, whichever road shows it and whichever block holds it later.

import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/core/invoice/assess.ts';
import type { Payment } from '../../../src/core/invoice/invoice.ts';
import { applyLook, type SeenTx } from '../../../src/core/onchain/look.ts';
import { CREATED_MS, facts, hash, look, MINUTE_MS, payee, TIP, tx } from '../invoice/support.ts';

const INVOICE = payee();

type Block = NonNullable<SeenTx['block']>;

/** A block that was mined and read after the invoice was created, unless it says otherwise. */
function block(over: Partial<Block> = {}): Block {
  return {
    hash: hash('a block'),
    height: TIP,
    timeMs: CREATED_MS + MINUTE_MS,
    knownSinceMs: CREATED_MS + 2 * MINUTE_MS,
    ...over,
  };
}

function paymentAfter(...shown: Partial<SeenTx>[]): Payment | undefined {
  return shown.reduce<Payment[]>(
    (payments, one) =>
      applyLook(payments, look({ transactions: [{ ...tx('a', { sats: 100_000n }), ...one }] }), INVOICE),
    [],
  )[0];
}

describe('a payment in a block', () => {
  test.each<[string, Partial<Block>, Payment['state']]>([
    ['that was mined and read after the creation counts', {}, 'confirmed'],
    ['that SatLane had read before the creation is prior', { knownSinceMs: CREATED_MS - 1 }, 'prior'],
    [
      'that was read before, whatever time its miner wrote',
      { knownSinceMs: CREATED_MS - 1, timeMs: CREATED_MS + 7_200_000 },
      'prior',
    ],
    ['that was mined a second before and read after is prior', { timeMs: CREATED_MS - 1_000 }, 'prior'],
    ['that was mined in the second of the creation counts', { timeMs: CREATED_MS }, 'confirmed'],
    ['whose explorer gives no time, read after the creation, counts', { timeMs: null }, 'confirmed'],
  ])('%s', (_, over, state) => {
    expect(paymentAfter({ block: block(over) })?.state).toBe(state);
  });

  test('that was seen waiting while the invoice existed counts, though its miner’s clock runs some minutes behind', () => {
    expect(paymentAfter({}, { block: block({ timeMs: CREATED_MS - 9 * MINUTE_MS }) })?.state).toBe('confirmed');
  });

  test('that was shown as waiting by an index that is behind is prior once its block is known to be older', () => {
    expect(paymentAfter({}, { block: block({ timeMs: CREATED_MS - 11 * MINUTE_MS }) })?.state).toBe('prior');
    expect(paymentAfter({}, { block: block({ knownSinceMs: CREATED_MS - 1 }) })?.state).toBe('prior');
  });

  test('that has counted before goes on counting when a reorg puts it into a block with an early time', () => {
    const again = block({ hash: hash('another block'), timeMs: CREATED_MS - 60 * MINUTE_MS });
    const first = applyLook([], look({ transactions: [tx('a', { block: block() })] }), INVOICE);
    const lost = applyLook(first, look({ lostBlocks: new Set([hash('a block')]) }), INVOICE);
    expect(lost[0]?.state).toBe('reorged');
    expect(applyLook(lost, look({ transactions: [tx('a', { block: again })] }), INVOICE)[0]?.state).toBe('confirmed');
  });
});

describe('a prior payment', () => {
  const prior = block({ knownSinceMs: CREATED_MS - 1 });
  const younger = block({ hash: hash('a younger block') });

  test('stays prior by its outpoint in a younger block', () => {
    expect(paymentAfter({ block: prior }, { block: younger })?.state).toBe('prior');
    expect(paymentAfter({ block: prior }, {}, { block: younger })?.state).toBe('prior');
  });

  test('is told by the block of the branch that was left, too', () => {
    expect(paymentAfter({ block: younger, heldBefore: prior })?.state).toBe('prior');
    expect(paymentAfter({ block: younger, heldBefore: block() })?.state).toBe('confirmed');
  });

  test('is recorded and never credited, by none of the decisions', () => {
    const payment = paymentAfter({ block: prior });
    expect(payment).toMatchObject({ valueSats: 100_000n, blockHeight: TIP });
    const { status, seenSats, confirmedSats, announced } = assess(facts({ payments: payment ? [payment] : [] }));
    expect({ status, seenSats, confirmedSats, announced }).toEqual({
      status: 'pending',
      seenSats: 0n,
      confirmedSats: 0n,
      announced: {},
    });
    const accepted = { kind: 'review_accepted' as const, atMs: CREATED_MS + 1, by: 'merchant', note: '' };
    expect(assess(facts({ payments: payment ? [payment] : [], marks: [accepted] })).confirmedSats).toBe(0n);
  });
});
