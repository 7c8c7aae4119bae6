// What a refund comes to: each variant by an invoice over 100 USD, paid at 50 000 USD per bitcoin and refunded at 40 000.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type RefundedInvoice,
  type RefundTerms,
  type RefundVariant,
  refundAmount,
} from '../../../src/core/payout/amounts.ts';

/** 200 000 sats were the price; 250 000 were paid. */
const INVOICE: RefundedInvoice = {
  paidSats: 250_000n,
  overpaidSats: 50_000n,
  currency: 'USD',
  rateThen: (currency) => ({ USD: '50000' })[currency] ?? null,
  rateNow: (currency) => ({ USD: '40000', EUR: '32000' })[currency] ?? null,
};

const refund = (variant: RefundVariant, terms: Partial<RefundTerms> = {}, over: Partial<RefundedInvoice> = {}) =>
  refundAmount(variant, { ...INVOICE, ...over }, { subtractPercentage: '0', leftSats: 250_000n, ...terms });
const custom = (amount: string, currency: string, rate: 'then' | 'now' | 'later' = 'later') =>
  ({ kind: 'custom', amount, currency, rate }) as const;
const bitcoin = (amount: string, refundSats: bigint) => ({ amount, currency: 'BTC', fixedRate: null, refundSats });

describe('a refund', () => {
  test('at the rate of the invoice is the bitcoin that was paid', () => {
    expect(refund({ kind: 'rate_then' })).toEqual(bitcoin('0.00250000', 250_000n));
  });

  test("at today's rate is its value then, and counts as what was paid", () => {
    expect(refund({ kind: 'current_rate' })).toEqual(bitcoin('0.00312500', 250_000n));
  });

  test('of the overpaid part is that part', () => {
    expect(refund({ kind: 'overpaid' })).toEqual(bitcoin('0.00050000', 50_000n));
  });

  test('in fiat is the value then, without a rate until it is approved', () => {
    expect(refund({ kind: 'fiat' })).toEqual({
      amount: '125.00',
      currency: 'USD',
      fixedRate: null,
      refundSats: 250_000n,
    });
  });

  test('of an amount has the rate that was asked for, and counts at the rate of the invoice', () => {
    const fiat = { amount: '10.50', currency: 'USD', refundSats: 21_000n };
    expect(refund(custom('10.5', 'USD', 'then'))).toEqual({ ...fiat, fixedRate: '50000' });
    expect(refund(custom('10.5', 'USD', 'now'))).toEqual({ ...fiat, fixedRate: '40000' });
    expect(refund(custom('10.5', 'USD'))).toEqual({ ...fiat, fixedRate: null });
    expect(refund(custom('32', 'EUR', 'now'))).toMatchObject({ amount: '32.00', refundSats: 100_000n });
    expect(refund(custom('0.0001', 'BTC'))).toEqual(bitcoin('0.00010000', 10_000n));
    expect(refund(custom('777', 'SATS'))).toEqual(bitcoin('0.00000777', 777n));
  });

  test('of an invoice priced in bitcoin is in bitcoin, by every variant', () => {
    for (const kind of ['rate_then', 'current_rate', 'fiat'] as const)
      expect(refund({ kind }, {}, { currency: 'BTC' })).toEqual(bitcoin('0.00250000', 250_000n));
  });

  test('is less by a percentage, to the smallest unit', () => {
    expect(refund({ kind: 'rate_then' }, { subtractPercentage: '2.5' })).toEqual(bitcoin('0.00243750', 243_750n));
    expect(refund({ kind: 'fiat' }, { subtractPercentage: '33.333' })).toMatchObject({
      amount: '83.33',
      refundSats: 166_668n,
    });
    expect(refund(custom('10', 'USD', 'then'), { subtractPercentage: '10' })).toMatchObject({ amount: '9.00' });
  });
});

describe('refused is a refund', () => {
  test('of nothing', () => {
    expect(refund({ kind: 'rate_then' }, {}, { paidSats: 0n })).toEqual({ refused: 'nothing_paid' });
    expect(refund({ kind: 'overpaid' }, {}, { overpaidSats: 0n })).toEqual({ refused: 'not_overpaid' });
    expect(refund({ kind: 'rate_then' }, { subtractPercentage: '100' })).toEqual({ refused: 'amount_too_low' });
    expect(refund({ kind: 'fiat' }, {}, { paidSats: 1n })).toEqual({ refused: 'amount_too_low' });
  });

  test('of more than is left of what was paid, unless more is allowed', () => {
    expect(refund({ kind: 'rate_then' }, { leftSats: 249_999n })).toEqual({ refused: 'over_paid' });
    expect(refund(custom('125.01', 'USD', 'now'))).toEqual({ refused: 'over_paid' });
    expect(refund(custom('125.01', 'USD', 'now'), { leftSats: null })).toMatchObject({ amount: '125.01' });
  });

  test('without a rate', () => {
    expect(refund({ kind: 'current_rate' }, {}, { rateNow: () => null })).toEqual({ refused: 'rate_missing' });
    expect(refund(custom('1', 'EUR', 'then'))).toEqual({ refused: 'rate_missing' });
    expect(refund(custom('1', 'GBP'))).toEqual({ refused: 'rate_missing' });
  });

  test('less a percentage that is none', () => {
    for (const subtractPercentage of ['-1', '100.1', 'ten', ''])
      expect(refund({ kind: 'rate_then' }, { subtractPercentage })).toEqual({ refused: 'bad_percentage' });
  });
});

test('no refund uses up more than was paid, at any rates and percentages', () => {
  const kinds = fc.constantFrom('rate_then', 'current_rate', 'fiat', 'overpaid');
  const rate = fc.integer({ min: 1, max: 10_000_000 }).map(String);
  fc.assert(
    fc.property(
      kinds,
      rate,
      rate,
      fc.bigInt({ min: 2n, max: 10n ** 12n }),
      fc.nat({ max: 100 }),
      (kind, then, now, paidSats, percent) => {
        const over = { paidSats, overpaidSats: paidSats / 2n, rateThen: () => then, rateNow: () => now };
        const result = refund(
          { kind } as RefundVariant,
          { subtractPercentage: String(percent), leftSats: paidSats },
          over,
        );
        if ('refused' in result) expect(result.refused).toBe('amount_too_low');
        else expect(result.refundSats).toBeLessThanOrEqual(paidSats);
      },
    ),
  );
});
