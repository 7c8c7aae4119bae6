// The events and the status that shops of each dialect get of a payout.

import { describe, expect, test } from 'vitest';
import { bitpayRefundStatus } from '../../../src/core/dialects/bitpay/payouts.ts';
import { greenfieldPayoutState } from '../../../src/core/dialects/greenfield/payouts.ts';
import { dialectOf } from '../../../src/core/dialects/table.ts';
import type { PayoutFact } from '../../../src/core/payout/facts.ts';
import { PAYOUT_STATES, type Payout } from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';
import * as of from '../payout/support.ts';

const { LIGHTNING, NOW_MS, ONCHAIN } = of;
const METADATA = { OrderId: '12345678', CustomerId: '401329b6-dd4e-4b4e-a866-730d4bc116c4' };

/** The events of a dialect over a history. */
function told(dialect: string, facts: PayoutFact[], from: Payout = of.payout()): Record<string, unknown>[] {
  let payout: Payout = { ...from, metadata: METADATA };
  return facts.flatMap((fact) => {
    const result = step(payout, fact, of.context());
    if ('refused' in result) throw new Error(result.refused);
    const transition = { before: payout, after: result.payout, atMs: NOW_MS };
    payout = result.payout;
    const events = result.type === null ? [] : dialectOf(dialect).payoutEvents?.(transition, result.type);
    return (events ?? []).map(({ type, body }) => ({ type, ...JSON.parse(body ?? '{}') }));
  });
}

const types = (events: Record<string, unknown>[]) => events.map(({ type }) => type);
const PAID = [of.TO_BOLT11, of.APPROVED, of.STARTED, of.ended(1, of.UNKNOWN), of.looked(of.PAID)];
const REJECTED: PayoutFact = { kind: 'cancelled', reason: 'rejected' };

describe('Greenfield', () => {
  test('has its own word for each state', () => {
    expect(PAYOUT_STATES.map((state) => greenfieldPayoutState(LIGHTNING[state]))).toEqual([
      null,
      'AwaitingApproval',
      'AwaitingPayment',
      'InProgress',
      'InProgress',
      'Completed',
      'Cancelled',
    ]);
    expect(greenfieldPayoutState({ ...LIGHTNING.cancelled, destination: null })).toBeNull();
  });

  test('tells of a payout that is claimed, approved and paid, each word once', () => {
    const events = told('greenfield', PAID);
    expect(events.map(({ type, payoutState }) => [type, payoutState])).toEqual([
      ['PayoutCreated', 'AwaitingApproval'],
      ['PayoutApproved', 'AwaitingPayment'],
      ['PayoutUpdated', 'InProgress'],
      ['PayoutUpdated', 'Completed'],
    ]);
    expect(events[0]).toEqual({
      payoutId: 'payout',
      pullPaymentId: 'pull',
      payoutState: 'AwaitingApproval',
      type: 'PayoutCreated',
      timestamp: NOW_MS / 1000,
      storeId: 'store',
    });
  });

  test('tells of one that was approved in advance that it was created, and approved', () => {
    const claimed = { ...of.TO_BOLT11, approvedBy: of.KEY } as PayoutFact;
    expect(types(told('greenfield', [claimed]))).toEqual(['PayoutCreated', 'PayoutApproved']);
  });

  test('tells nothing of a link that ends without a claim', () => {
    expect(told('greenfield', [{ kind: 'link_ended', reason: 'link_expired' }])).toEqual([]);
  });
});

describe('ElenPAY', () => {
  test("tells how a withdrawal over Lightning ends, in the guide's fields and their order", () => {
    const [event, ...others] = told('elenpay', PAID);
    expect(others).toEqual([]);
    expect(Object.entries(event ?? {})).toEqual([
      ['type', 'PullPaymentSettled'],
      ['currency', 'BTC'],
      ['cryptoAmount', 0.0005],
      ['fiatAmount', 50],
      ['timestamp', NOW_MS / 1000],
      ['storeId', 'store'],
      ['pullPaymentId', 'pull'],
      ['invoiceId', null],
      ['reason', null],
      ['metadata', METADATA],
    ]);
    const transition = { before: LIGHTNING.in_flight, after: LIGHTNING.settled, atMs: NOW_MS };
    const [{ body } = { body: null }] = dialectOf('elenpay').payoutEvents?.(transition, 'payout.settled') ?? [];
    const fields = ['currency', 'cryptoAmount', 'fiatAmount', 'type', 'timestamp', 'storeId', 'pullPaymentId'];
    expect(Object.keys(JSON.parse(body ?? '{}'))).toEqual([...fields, 'invoiceId', 'reason', 'metadata']);
  });

  test('tells of a cancelled one why, and nothing while it is unknown', () => {
    const [event] = told('elenpay', [of.TO_BOLT11, REJECTED]);
    expect(event).toMatchObject({ type: 'PullPaymentCancelled', reason: 'rejected', pullPaymentId: 'pull' });
    expect(told('elenpay', PAID.slice(0, 4))).toEqual([]);
  });

  test('tells of each confirmation from 0 to 5, and that it is settled at 6, each once', () => {
    const facts = [of.TO_ADDRESS, of.APPROVED, of.BATCHED, of.SIGNED];
    const events = told('elenpay', [...facts, of.seen(0), of.seen(0), of.seen(3), of.seen(6)]);
    const brief = events.map(({ type, tx }) => [type, (tx as { confirmations: number }).confirmations]);
    const processing = [0, 1, 2, 3, 4, 5].map((count) => ['OnchainWithdrawalProcessing', count]);
    expect(brief).toEqual([...processing, ['OnchainWithdrawalSettled', 6]]);
    expect(Object.keys(events[0] ?? {})).toEqual(
      'type timestamp pspReferenceId storeId currency cryptoAmount fiatAmount metadata tx'.split(' '),
    );
    expect(events[6]).toMatchObject({
      pspReferenceId: 'pull',
      cryptoAmount: 0.0005,
      fiatAmount: 50,
      metadata: METADATA,
      tx: { hash: of.TXID, address: of.ADDRESS, sats: 50_000, confirmations: 6 },
    });
  });

  test('tells of a bump by its new hash, and of a reorg no confirmation again', () => {
    const bump: PayoutFact = { kind: 'replaced', batchId: 'bump', txid: of.BUMP, vout: 0 };
    const hashes = told('elenpay', [of.seen(0), bump, of.seen(1, of.BUMP)], ONCHAIN.in_flight);
    expect(hashes.map(({ tx }) => tx)).toMatchObject([
      { hash: of.TXID, confirmations: 0 },
      { hash: of.BUMP, confirmations: 1 },
    ]);
    const reorged: PayoutFact = { kind: 'reorged', blockHash: `block of ${of.TXID}` };
    expect(
      told('elenpay', [reorged, of.seen(1, of.TXID, 'another'), of.seen(6, of.TXID, 'another')], ONCHAIN.settled),
    ).toEqual([]);
  });

  test('tells both amounts of a price in fiat by the rate of that price', () => {
    const fiat = of.payout({ amount: '5.00', currency: 'EUR', rate: '80000', amountSats: 6_250n });
    expect(told('elenpay', PAID, fiat)[0]).toMatchObject({ cryptoAmount: 0.0000625, fiatAmount: 5 });
  });

  test('tells of one that was paid by other means', () => {
    const paid: PayoutFact = { kind: 'marked_paid', proof: of.TXID };
    const [event] = told('elenpay', [of.TO_ADDRESS, of.APPROVED, paid]);
    expect(event).toMatchObject({ type: 'OnchainWithdrawalSettled', tx: { hash: of.TXID, confirmations: 0 } });
  });
});

test('BitPay has its own word for each state of a refund', () => {
  expect(PAYOUT_STATES.map((state) => bitpayRefundStatus(LIGHTNING[state]))).toEqual([
    'created',
    'created',
    'pending',
    'pending',
    'pending',
    'success',
    'canceled',
  ]);
  expect(bitpayRefundStatus({ state: 'cancelled', reason: 'no_route' })).toBe('failure');
});
