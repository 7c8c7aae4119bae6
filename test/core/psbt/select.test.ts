// What a batch costs is known before it is signed: it pays what was approved, within the limits, and never more than it has.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPsbt } from '../../../src/core/psbt/build.ts';
import { PsbtError } from '../../../src/core/psbt/errors.ts';
import { bumpPlan, cancelPlan } from '../../../src/core/psbt/replace.ts';
import {
  MAX_INPUTS,
  MAX_OUTPUTS,
  maxFeeSats,
  type Plan,
  type Spending,
  select,
} from '../../../src/core/psbt/select.ts';
import { inputWeight } from '../../../src/core/psbt/weight.ts';
import { SCRIPT_TYPES, type ScriptType } from '../../../src/core/wallet/address.ts';
import { dustLimitOfScript } from '../../../src/core/wallet/dust.ts';
import { CHANGE, fund, payeesOf, signed, walletOf } from './support.ts';

const WALLETS = Object.fromEntries(SCRIPT_TYPES.map((type) => [type, walletOf(type)])) as Record<
  ScriptType,
  ReturnType<typeof walletOf>
>;
const UNLIMITED = 21_000_000n * 100_000_000n;

function spendingOf(
  scriptType: ScriptType,
  values: readonly number[],
  payouts: readonly number[],
  more: Partial<Spending> = {},
): Spending {
  const wallet = WALLETS[scriptType];
  return {
    inputWeight: inputWeight(wallet.scriptAt(CHANGE)),
    coins: fund(wallet, values).coins,
    payees: payeesOf(payouts),
    change: { script: wallet.scriptAt(CHANGE).script, place: CHANGE },
    satsPerKvb: 5000n,
    maxFeeSats: UNLIMITED,
    ...more,
  };
}

const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'planned';
  } catch (error) {
    if (error instanceof PsbtError) return error.code;
    throw error;
  }
};
const sum = (list: readonly { valueSats: bigint }[]) => list.reduce((total, { valueSats }) => total + valueSats, 0n);
const hasChange = (plan: Plan) => plan.outputs.some(({ place }) => place !== null);

const anySpending = fc.record({
  scriptType: fc.constantFrom(...SCRIPT_TYPES),
  values: fc.array(fc.integer({ min: 300, max: 3_000_000 }), { minLength: 1, maxLength: 12 }),
  payouts: fc.array(fc.integer({ min: 546, max: 1_500_000 }), { minLength: 1, maxLength: 6 }),
  satsPerKvb: fc.bigInt({ min: 1000n, max: 200_000n }),
});

describe('every plan', () => {
  it('balances, pays everybody, and leaves no dust', () => {
    fc.assert(
      fc.property(anySpending, ({ scriptType, values, payouts, satsPerKvb }) => {
        const spending = spendingOf(scriptType, values, payouts, { satsPerKvb });
        let plan: Plan;
        try {
          plan = select(spending);
        } catch (error) {
          expect(error).toBeInstanceOf(PsbtError);
          return;
        }
        expect(sum(plan.inputs)).toBe(sum(plan.outputs) + plan.feeSats);
        expect(plan.feeSats * 1000n).toBeGreaterThanOrEqual(BigInt(plan.vsize) * satsPerKvb);
        for (const { id, script, valueSats } of spending.payees) {
          expect(plan.outputs.filter(({ payoutId }) => payoutId === id)).toEqual([
            { script, valueSats, payoutId: id, place: null },
          ]);
        }
        for (const { script, valueSats } of plan.outputs)
          expect(valueSats).toBeGreaterThanOrEqual(dustLimitOfScript(script));
        expect(plan.outputs.length).toBe(spending.payees.length + (hasChange(plan) ? 1 : 0));
        expect(new Set(plan.inputs.map(({ outpoint }) => outpoint)).size).toBe(plan.inputs.length);
        // The same whichever order the database gives.
        expect(select({ ...spending, coins: spending.coins.toReversed() })).toEqual(plan);
      }),
      { numRuns: 100 },
    );
  });

  it('weighs once it is signed what was foreseen, or a little less', () => {
    fc.assert(
      fc.property(anySpending, ({ scriptType, values, payouts, satsPerKvb }) => {
        const funds = fund(WALLETS[scriptType], values);
        const spending = spendingOf(scriptType, values, payouts, { satsPerKvb });
        if (codeOf(() => select(spending)) !== 'planned') return;
        const plan = select(spending);
        const transaction = signed(WALLETS[scriptType], buildPsbt(plan, WALLETS[scriptType].scriptAt, funds.previous));
        transaction.finalize();
        expect(transaction.vsize).toBeLessThanOrEqual(plan.vsize);
        // A signature has a byte or two less now and then; a legacy one counts four times a witness.
        expect(transaction.vsize).toBeGreaterThanOrEqual(plan.vsize - 3 * plan.inputs.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('which coins', () => {
  it('takes the smallest one that pays all of it', () => {
    const plan = select(spendingOf('p2wpkh', [900_000, 50_000, 70_000, 60_000], [55_000]));
    expect(plan.inputs.map(({ valueSats }) => valueSats)).toEqual([60_000n]);
  });

  it('takes the largest ones where none does', () => {
    const plan = select(spendingOf('p2wpkh', [10_000, 50_000, 70_000, 60_000], [120_000]));
    expect(sum(plan.inputs)).toBe(130_000n);
  });

  it('leaves coins alone that cost more than they are worth', () => {
    expect(
      codeOf(() =>
        select(
          spendingOf(
            'p2pkh',
            Array.from({ length: 50 }, () => 700),
            [5000],
          ),
        ),
      ),
    ).toBe('insufficient_coins');
  });

  it('leaves no change that would cost more to spend than it is worth', () => {
    const without = select(spendingOf('p2wpkh', [100_000], [99_000]));
    expect([hasChange(without), without.feeSats]).toEqual([false, 1000n]);
    expect(hasChange(select(spendingOf('p2wpkh', [100_000], [90_000])))).toBe(true);
  });

  it('plans over ten thousand coins', () => {
    const spending = spendingOf('p2wpkh', [60_000], []);
    const [coin] = spending.coins;
    const coins = Array.from(
      { length: 10_000 },
      (_, n) =>
        ({
          ...coin,
          outpoint: `${n.toString(16).padStart(64, '0')}:0`,
          valueSats: BigInt(10_000 + ((n * 7919) % 90_000)),
        }) as never,
    );
    const plan = select({ ...spending, coins, payees: payeesOf(Array.from({ length: 100 }, () => 100_000)) });
    expect(plan.inputs.length).toBeGreaterThan(100);
    expect(plan.outputs.length).toBe(101);
  });
});

describe('what is refused', () => {
  it.each<[string, Spending, string]>([
    ['no payout', spendingOf('p2wpkh', [100_000], []), 'nothing_to_pay'],
    ['293 sats to a bc1q address', spendingOf('p2wpkh', [100_000], [293]), 'below_dust'],
    ['more than there is', spendingOf('p2wpkh', [100_000], [100_000]), 'insufficient_coins'],
    ['no coins', spendingOf('p2wpkh', [], [10_000]), 'insufficient_coins'],
    [
      'a fee above the limit',
      spendingOf('p2wpkh', [100_000], [10_000], { satsPerKvb: 10_000n, maxFeeSats: 1000n }),
      'fee_above_limit',
    ],
    ['less than 1 sat/vB', spendingOf('p2wpkh', [100_000], [10_000], { satsPerKvb: 999n }), 'fee_too_low'],
    [
      '101 payouts',
      spendingOf(
        'p2wpkh',
        [10_000_000],
        Array.from({ length: MAX_OUTPUTS + 1 }, () => 1000),
      ),
      'too_many_outputs',
    ],
    [
      'coins too small',
      spendingOf(
        'p2wpkh',
        Array.from({ length: MAX_INPUTS + 20 }, () => 1000),
        [(MAX_INPUTS + 10) * 650],
      ),
      'too_many_inputs',
    ],
  ])('%s', (_, spending, code) => {
    expect(codeOf(() => select(spending))).toBe(code);
  });

  it('allows a fee of a tenth, or less where the store says so', () => {
    expect(maxFeeSats(10_000n, 5000n)).toBe(1000n);
    expect(maxFeeSats(1_000_000n, 5000n)).toBe(5000n);
  });
});

describe('a further version', () => {
  const anyReplacement = fc.record({
    ...anySpendingArbitraries(),
    next: fc.bigInt({ min: 1000n, max: 400_000n }),
    cancels: fc.boolean(),
  });

  it('pays more than the one before, by rate and in all, for the same coins and the same payouts', () => {
    let planned = 0;
    fc.assert(
      fc.property(anyReplacement, ({ scriptType, values, payouts, satsPerKvb, next, cancels }) => {
        const spending = spendingOf(scriptType, values, payouts, { satsPerKvb });
        if (codeOf(() => select(spending)) !== 'planned') return;
        const earlier = select(spending);
        const run = () => (cancels ? cancelPlan : bumpPlan)({ ...spending, satsPerKvb: next, earlier });
        const code = codeOf(run);
        if (code !== 'planned') {
          expect(['insufficient_coins', 'too_many_inputs']).toContain(code);
          return;
        }
        const plan = run();
        planned++;
        expect(sum(plan.inputs)).toBe(sum(plan.outputs) + plan.feeSats);
        const outpoints = plan.inputs.map(({ outpoint }) => outpoint);
        for (const { outpoint } of earlier.inputs) expect(outpoints).toContain(outpoint);
        // BIP 125, rules 3, 4 and 6.
        expect(plan.feeSats - earlier.feeSats).toBeGreaterThanOrEqual(BigInt(plan.vsize));
        expect(plan.feeSats * BigInt(earlier.vsize)).toBeGreaterThan(earlier.feeSats * BigInt(plan.vsize));
        const paid = (one: Plan) => one.outputs.filter(({ payoutId }) => payoutId !== null);
        expect(paid(plan)).toEqual(cancels ? [] : paid(earlier));
        if (cancels) expect(plan.outputs).toEqual([expect.objectContaining({ place: CHANGE })]);
      }),
      { numRuns: 100 },
    );
    expect(planned).toBeGreaterThan(50);
  });

  it('takes a further coin where the change does not suffice', () => {
    const spending = spendingOf('p2wpkh', [100_000, 50_000], [99_000]);
    const earlier = select(spending);
    expect(earlier.inputs).toHaveLength(1);
    const plan = bumpPlan({ ...spending, satsPerKvb: 50_000n, earlier });
    expect(plan.inputs).toHaveLength(2);
  });

  it('keeps to the highest fee', () => {
    const spending = spendingOf('p2wpkh', [100_000], [50_000]);
    const earlier = select(spending);
    expect(codeOf(() => bumpPlan({ ...spending, earlier, satsPerKvb: 100_000n, maxFeeSats: 5000n }))).toBe(
      'fee_above_limit',
    );
  });
});

function anySpendingArbitraries() {
  return {
    scriptType: fc.constantFrom(...SCRIPT_TYPES),
    values: fc.array(fc.integer({ min: 20_000, max: 3_000_000 }), { minLength: 2, maxLength: 8 }),
    payouts: fc.array(fc.integer({ min: 546, max: 200_000 }), { minLength: 1, maxLength: 3 }),
    satsPerKvb: fc.bigInt({ min: 1000n, max: 60_000n }),
  };
}
