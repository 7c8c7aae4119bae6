// Who decides about a payout, how often, and how much: each decision is in the log with who made it, and no two in one moment let out
// more than the store allows.

import { describe, expect, it } from 'vitest';
import { type ErrorCode, toApiError } from '../../../src/errors.ts';
import { createPayout } from '../../../src/services/payouts/create.ts';
import { changeLimits, readLimits } from '../../../src/services/payouts/limits.ts';
import { move, tryMove } from '../../../src/services/payouts/move.ts';
import {
  cancelForStore,
  markPayoutPaid,
  readPayout,
  readPayoutHistory,
  readPayouts,
  resolvePayout,
} from '../../../src/services/payouts/payouts.ts';
import { startReceiver } from '../../support/merchant.ts';
import { ANNA, BEN, freshAddress, KEY, openPayer, type Payer } from '../../support/payouts.ts';

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done' as const,
    (error: unknown) => toApiError(error).code,
  );

const OWN = { method: null, currency: 'BTC', fixesRate: false, isApproved: false, metadata: {}, withdrawal: null };

const own = ({ deps, store }: Payer, over: object = {}, by = KEY) =>
  createPayout(deps, store.id, { ...OWN, destination: freshAddress(), amount: '0.001', ...over }, { by, use: null });

const limit = ({ deps, store }: Payer, change: Parameters<typeof changeLimits>[2]) =>
  changeLimits(deps, store.id, change, ANNA);

describe('An approval', () => {
  it('by a person or a key lets a payout go, and tells the store’s endpoint', async () => {
    const receiver = await startReceiver();
    const payer = await openPayer({ endpointUrl: receiver.url });
    const payout = await own(payer);
    expect(payout).toMatchObject({ state: 'awaiting_approval', version: 1 });
    expect((await payer.approve(payout)).payout).toMatchObject({
      state: 'queued',
      version: 2,
      approvals: [{ by: ANNA }],
    });
    await payer.settled();
    const deliveries = (await receiver.deliveries(2)).map(({ body }) => JSON.parse(body));
    expect(deliveries.map(({ event_type, data }) => [event_type, data.payout.state])).toEqual([
      ['payout.created', 'awaiting_approval'],
      ['payout.approved', 'queued'],
    ]);
    expect(deliveries[1].data.payout).toMatchObject({ id: payout.id, amount_sats: '100000', by: ANNA });
  });

  it('of many in one moment is one', async () => {
    const payer = await openPayer();
    const payout = await own(payer);
    const moved = await Promise.all(Array.from({ length: 10 }, () => payer.approve(payout)));
    expect(moved.filter(({ type }) => type === 'payout.approved')).toHaveLength(1);
    expect(await readPayout(payer.deps, payout)).toMatchObject({ version: 2, approvals: [{ by: ANNA }] });
  });

  it('above an amount takes a second person: neither who made it nor who approved it, nor a key', async () => {
    const payer = await openPayer();
    await limit(payer, { secondApprovalAboveSats: 50_000n });
    const payout = await own(payer, {}, BEN);
    expect((await payer.approve(payout, ANNA)).payout).toMatchObject({ state: 'awaiting_approval' });
    expect(await codeOf(payer.approve(payout, KEY))).toBe('second_approval_needed');
    expect(await codeOf(payer.approve(payout, BEN))).toBe('second_approval_needed');
    const third = { kind: 'person', id: 'third' } as const;
    expect((await payer.approve(payout, third)).payout).toMatchObject({ state: 'queued' });
  });

  it('counts for what was shown alone', async () => {
    const payer = await openPayer();
    expect(await codeOf(payer.approve(await own(payer), ANNA, 7))).toBe('old_revision');
  });

  it('fixes the sats of a fiat amount by the rate of its moment', async () => {
    const payer = await openPayer();
    const payout = await own(payer, { amount: '100.00', currency: 'USD' });
    expect(payout).toMatchObject({ amountSats: null, rate: null });
    const { payout: approved } = await payer.approve(payout);
    expect(approved.rate).toMatch(/^\d+(\.\d+)?$/);
    expect(approved.amountSats).toBeGreaterThan(0n);
    expect(await own(payer, { amount: '100', currency: 'USD', fixesRate: true })).toMatchObject({
      rate: approved.rate,
    });
  });

  it('of 1 000 in one moment lets out no more than the store allows in a day', async () => {
    const payer = await openPayer();
    await limit(payer, { perDaySats: 250_000n });
    const payouts = await Promise.all(Array.from({ length: 1_000 }, () => own(payer)));
    const outcomes = await Promise.all(payouts.map((payout) => codeOf(payer.approve(payout))));
    expect(outcomes.sort()).toEqual([...Array(2).fill('done'), ...Array(998).fill('over_payout_limit')]);
    const { payouts: queued } = await readPayouts(payer.deps, {
      storeId: payer.store.id,
      states: ['queued'],
      limit: 50,
    });
    expect(queued).toHaveLength(2);
    // A day after they were paid there is room again.
    for (const payout of queued) await markPayoutPaid(payer.deps, payout, null, { by: ANNA });
    const waiting = payouts.find(({ id }) => queued.every((one) => one.id !== id));
    if (!waiting) throw new Error('none waits');
    payer.clock.ms += 24 * 3_600_000 - 1;
    expect(await codeOf(payer.approve(waiting))).toBe('over_payout_limit');
    payer.clock.ms += 1;
    expect(await codeOf(payer.approve(waiting))).toBe('done');
  });

  it('of more than one payout may be is refused', async () => {
    const payer = await openPayer();
    await limit(payer, { perPayoutSats: 99_999n });
    expect(await codeOf(payer.approve(await own(payer)))).toBe('over_payout_limit');
  });
});

describe('The kill switch', () => {
  it('stops what is not on its way, and who pressed it is in the log', async () => {
    const payer = await openPayer();
    const payout = await own(payer, { destination: payer.bolt11(100_000n), isApproved: true });
    await limit(payer, { isPaused: true });
    const started = await tryMove(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), { by: KEY });
    expect(started).toEqual({ refused: 'paused' });
    const start = () => move(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), { by: KEY });
    expect(await codeOf(start())).toBe('payouts_paused');
    await limit(payer, { isPaused: false });
    expect(await readLimits(payer.deps, payer.store.id)).toMatchObject({ isPaused: false, version: 2 });
    expect(
      await tryMove(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), { by: KEY }),
    ).toMatchObject({ payout: { state: 'in_flight' } });
    const events = await payer.events();
    expect(events.map(({ type, by, seq }) => [type, by, seq])).toEqual([
      ['payout.created', 'api_key', 1],
      ['payout_limits.updated', 'person', 1],
      ['payout_limits.updated', 'person', 2],
      ['payout.in_flight', 'api_key', 2],
    ]);
  });

  it('changes of the limits in one moment are all kept', async () => {
    const payer = await openPayer();
    await Promise.all([
      limit(payer, { isPaused: true }),
      limit(payer, { perDaySats: 5n }),
      limit(payer, { perPayoutSats: 4n }),
    ]);
    expect(await readLimits(payer.deps, payer.store.id)).toMatchObject({
      ...{ isPaused: true, perDaySats: 5n, perPayoutSats: 4n, version: 3 },
    });
  });
});

describe('What became of a payment that nothing says', () => {
  it('only the merchant decides, by its preimage or by typing the id', async () => {
    const payer = await openPayer();
    const unknown = async () => {
      const payout = await own(payer, { destination: payer.bolt11(100_000n), isApproved: true });
      await move(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), { by: KEY });
      expect(await codeOf(cancelForStore(payer.deps, payout, { by: ANNA }))).toBe('payout_in_flight');
      const answer = { state: 'unknown', reason: 'timeout' } as const;
      await move(payer.deps, payout, () => ({ kind: 'attempt_ended', number: 1, answer }), { by: KEY });
      return payout;
    };
    const [paid, failed] = [await unknown(), await unknown()];
    const wrong = resolvePayout(payer.deps, paid, { preimage: '00'.repeat(32) }, { by: ANNA });
    expect(await codeOf(wrong)).toBe('validation_error');
    await resolvePayout(payer.deps, failed, { confirmation: failed.id }, { by: ANNA });
    expect(await readPayout(payer.deps, failed)).toMatchObject({ state: 'cancelled', reason: 'failed_by_hand' });
    expect(await readPayout(payer.deps, paid)).toMatchObject({ state: 'unknown' });
  });
});

describe('A store’s own payout', () => {
  it('to the same BOLT11 again is the same one, and to another amount or claim is refused', async () => {
    const payer = await openPayer();
    const destination = payer.bolt11(100_000n);
    const [first, second] = await Promise.all([own(payer, { destination }), own(payer, { destination, amount: null })]);
    expect(first.id).toBe(second.id);
    expect(await codeOf(own(payer, { destination, amount: '0.002' }))).toBe('validation_error');
    const link = await payer.offer();
    expect(await codeOf(payer.claim(link.id, destination))).toBe('duplicate_destination');
  });

  it('may have a pull payment of its own, whose id names it', async () => {
    const payer = await openPayer();
    const withdrawal = { dialect: 'elenpay', name: 'Withdrawal', description: '' };
    const payout = await own(payer, { withdrawal, metadata: { OrderId: '7' } });
    const { payouts } = await readPayouts(payer.deps, {
      ...{ storeId: payer.store.id, pullPaymentId: payout.pullPaymentId ?? '', limit: 5 },
    });
    expect(payouts).toMatchObject([{ id: payout.id, metadata: { OrderId: '7' } }]);
    expect(await codeOf(payer.claim(payout.pullPaymentId ?? '', freshAddress()))).toBe('already_claimed');
  });

  it('is cancelled before it is on its way, and marked paid where the store has paid it otherwise', async () => {
    const payer = await openPayer();
    const [rejected, paid] = [await own(payer), await own(payer, { isApproved: true })];
    await cancelForStore(payer.deps, rejected, { by: BEN });
    expect(await readPayout(payer.deps, rejected)).toMatchObject({ state: 'cancelled', reason: 'rejected' });
    expect(await codeOf(payer.approve(rejected))).toBe('payout_not_changeable');
    await markPayoutPaid(payer.deps, paid, 'ab'.repeat(32), { by: ANNA });
    expect(await readPayout(payer.deps, paid)).toMatchObject({ state: 'settled', txid: 'ab'.repeat(32) });
    expect(await codeOf(cancelForStore(payer.deps, paid, { by: ANNA }))).toBe('payout_not_changeable');
    expect(await readPayoutHistory(payer.deps, rejected)).toMatchObject([
      { type: 'payout.created', state: 'awaiting_approval', by: KEY },
      { type: 'payout.cancelled', state: 'cancelled', by: BEN },
    ]);
  });

  it('is listed by state, newest first, page by page', async () => {
    const payer = await openPayer();
    const made: string[] = [];
    for (let nth = 0; nth < 105; nth++) {
      payer.clock.ms += 1;
      made.unshift((await own(payer, { isApproved: nth % 2 === 0 })).id);
    }
    const walk = async (states?: ['queued']) => {
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await readPayouts(payer.deps, { storeId: payer.store.id, states, after, limit: 20 });
        ids.push(...page.payouts.map(({ id }) => id));
        after = page.next ?? undefined;
      } while (after !== undefined);
      return ids;
    };
    expect(await walk()).toEqual(made);
    expect(await walk(['queued'])).toEqual(made.filter((_, index) => index % 2 === 0));
  });
});
