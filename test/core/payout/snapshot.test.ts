// What a payout, a pull payment and the limits show, and what they do not.

import { expect, test } from 'vitest';
import { DEFAULT_PAYOUT_LIMITS } from '../../../src/core/payout/limits.ts';
import { limitsSnapshot, payoutSnapshot, pullPaymentSnapshot } from '../../../src/core/payout/snapshot.ts';
import { LIGHTNING, NODE, NOW_MS, PREIMAGE, payout, pullPayment } from './support.ts';

test('a payout shows its preimage once it is settled, and never the node or the attempts’ own words', () => {
  const { settled, unknown } = LIGHTNING;
  expect(payoutSnapshot(settled)).toMatchObject({
    state: 'settled',
    preimage: PREIMAGE,
    fee_msat: '2000',
    attempts: 1,
  });
  expect(payoutSnapshot({ ...unknown, preimage: PREIMAGE }).preimage).toBeNull();
  expect(JSON.stringify(payoutSnapshot(unknown))).not.toContain(NODE);
});

test('sats are texts, times are ISO 8601, and what is not known is null', () => {
  expect(payoutSnapshot(payout())).toMatchObject({
    ...{ amount: '0.0005', amount_sats: '50000', created_at: new Date(NOW_MS).toISOString(), settled_at: null },
  });
  expect(payoutSnapshot(payout({ amountSats: null })).amount_sats).toBeNull();
  expect(pullPaymentSnapshot(pullPayment({ expiresAtMs: NOW_MS }))).toMatchObject({
    ...{ single_use: true, expires_at: new Date(NOW_MS).toISOString(), archived_at: null },
  });
  expect(limitsSnapshot({ ...DEFAULT_PAYOUT_LIMITS, perDaySats: 2n ** 50n })).toMatchObject({
    ...{ per_day_sats: '1125899906842624', per_payout_sats: null, paused: false },
  });
});
