// A payment by a method that only this test knows goes the way of every other: committed, read again, shown, announced by webhook.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/invoice/methods.ts';
import type { Payment } from '../../../src/core/payment/payment.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { openMerchant, startReceiver } from '../../support/merchant.ts';
import { emptyOutbox, webhookOf } from '../../support/outbox.ts';

interface TokenPayment extends Payment {
  /** Null until the money is here for good. */
  preimage: string | null;
  route: { hops: number };
}

const HASH = 'c0ffee'.padEnd(64, '0');

function token(valueSats: bigint, firstSeenMs: number, preimage: string | null): TokenPayment {
  const state = preimage === null ? 'held' : 'settled';
  return { method: 'token', id: HASH, valueSats, state, firstSeenMs, preimage, route: { hops: 3 } };
}

beforeAll(() => {
  METHODS.token = {
    judge: ({ preimage }: TokenPayment) => {
      const isHere = preimage !== null;
      return { isLive: true, isCounted: isHere, isKept: isHere, depth: isHere ? 6 : 0, isFinal: isHere };
    },
    refer: ({ id }) => ({ name: id, index: 0, height: null }),
    arrived: ['settled'],
  };
});
afterAll(() => {
  delete METHODS.token;
});
beforeEach(emptyOutbox);

it('An invoice is paid by a method of which nothing but the table knows', async () => {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ endpointUrl: receiver.url });
  const { id } = await merchant.createInvoice({ amount_sats: '100000' });
  const atMs = merchant.clock.ms;
  const take = async (preimage: string | null) => {
    const { type } = await advance(merchant.deps, id, () => ({ payments: [token(100_000n, atMs, preimage)] }));
    await merchant.settled();
    return type;
  };
  expect(await take(null)).toBe('invoice.payment_seen');
  expect(await take(null)).toBeNull();
  // Two concurrent ones write it once.
  expect((await Promise.all([take('aa'), take('aa')])).sort()).toEqual(['invoice.paid', null]);
  expect(await merchant.readInvoice(id)).toMatchObject({
    status: 'paid',
    amount_confirmed_sats: '100000',
    payments: [
      { method: 'token', txid: HASH, vout: 0, status: 'settled', confirmations: 6, block_height: null, valid: true },
    ],
  });
  let kept: readonly Payment[] = [];
  await advance(merchant.deps, id, ({ payments }) => {
    kept = payments;
    return null;
  });
  expect(kept).toEqual([token(100_000n, atMs, 'aa')]);
  const events = (await receiver.deliveries()).map(webhookOf);
  expect(events.map(({ event_type }) => event_type)).toEqual([
    'invoice.created',
    'invoice.payment_seen',
    'invoice.paid',
  ]);
});
