// A store promises money, and people claim it: no more than was promised goes out, and no claim counts twice, however many come in one
// moment.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { listPayouts } from '../../../src/adapters/db/payouts.ts';
import { type ErrorCode, toApiError } from '../../../src/errors.ts';
import { expireLinks } from '../../../src/services/payouts/expire.ts';
import { changeLimits } from '../../../src/services/payouts/limits.ts';
import {
  archivePullPayment,
  readAnyPullPayment,
  readPullPayment,
  readPullPayments,
} from '../../../src/services/payouts/pull-payments.ts';
import { freshKey } from '../../support/keys.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, BUYER, freshAddress, KEY, openPayer } from '../../support/payouts.ts';

const db = openDatabase(bindings.DB);

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done' as const,
    (error: unknown) => toApiError(error).code,
  );

it('of 1 000 claims in one moment as many count as the limit has room for', async () => {
  const { offer, claim, store, deps } = await openPayer();
  const { id } = await offer({ amount: '0.01' });
  const outcomes = await Promise.all(
    Array.from({ length: 1_000 }, () => codeOf(claim(id, freshAddress(), { amount: '0.0003' }))),
  );
  const claims = await listPayouts(db, { storeId: store.id, pullPaymentId: id, limit: 2_000 });
  // 33 × 30 000 sats fit into a million.
  expect(claims).toHaveLength(33);
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(33);
  expect(new Set(outcomes)).toEqual(new Set(['done', 'pull_payment_overdraft']));
  expect(await readPullPayment(deps, store.id, id)).toMatchObject({ claimedAmount: '0.00990000' });
}, 120_000);

it('of many claims of a single-use one the first valid one wins', async () => {
  const { offer, claim, store, bolt11, events } = await openPayer();
  const { id } = await offer({ amount: '0.001', isSingleUse: true });
  expect(await codeOf(claim(id, 'nonsense'))).toBe('validation_error');
  expect(await codeOf(claim(id, bolt11(99_999n)))).toBe('validation_error');
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => codeOf(claim(id, bolt11(100_000n)))));
  expect(outcomes.sort()).toEqual([...Array(49).fill('already_claimed'), 'done']);
  const claims = await listPayouts(db, { storeId: store.id, pullPaymentId: id, limit: 10 });
  expect(claims).toMatchObject([{ state: 'awaiting_approval', amountSats: 100_000n, version: 1, createdBy: KEY }]);
  expect((await events()).map(({ type, by }) => [type, by])).toEqual([
    ['pull_payment.created', 'api_key'],
    ['payout.claimed', 'claimant'],
  ]);
});

it('the same destination again is the same claim: a second click, and many in one moment', async () => {
  const { offer, claim, bolt11, store } = await openPayer();
  const { id } = await offer();
  const texts = [freshAddress(), bolt11(5_000n), 'buyer@wallet.example'];
  for (const text of texts) {
    const amount = text === texts[1] ? null : '0.0001';
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(id, text, { amount })));
    expect(new Set(claims.map((one) => one.id)).size).toBe(1);
    expect(await claim(id, text.toUpperCase(), { amount })).toMatchObject({ id: claims[0]?.id });
  }
  expect(await codeOf(claim(id, texts[0] ?? '', { amount: '0.0002' }))).toBe('duplicate_destination');
  expect(await listPayouts(db, { storeId: store.id, pullPaymentId: id, limit: 10 })).toHaveLength(3);
});

it('a BOLT11 is of one payout in all time', async () => {
  const { offer, claim, bolt11, approve } = await openPayer();
  const [first, second] = [await offer(), await offer()];
  const text = bolt11(5_000n);
  const { id, storeId } = await claim(first.id, text);
  expect(await codeOf(claim(second.id, text))).toBe('duplicate_destination');
  await approve({ id, storeId });
  expect((await claim(first.id, text)).id).toBe(id);
  const single = await offer({ amount: '0.00005', isSingleUse: true });
  expect(await codeOf(claim(single.id, text))).toBe('duplicate_destination');
});

it('a claim is refused before the start, after the end, once it is archived, and of nothing', async () => {
  const { offer, claim, clock, deps, store } = await openPayer();
  const hour = 3_600_000;
  const timed = await offer({ startsAtMs: clock.ms + hour, expiresAtMs: clock.ms + 2 * hour });
  expect(await codeOf(claim(timed.id, freshAddress()))).toBe('pull_payment_not_started');
  clock.ms += hour;
  expect(await codeOf(claim(timed.id, freshAddress(), { amount: '0.1' }))).toBe('done');
  clock.ms += hour;
  expect(await codeOf(claim(timed.id, freshAddress()))).toBe('pull_payment_expired');
  const open = await offer();
  await claim(open.id, freshAddress(), { amount: '0.1' });
  await archivePullPayment(deps, store.id, open.id, { by: ANNA, use: null });
  expect(await codeOf(claim(open.id, freshAddress()))).toBe('pull_payment_archived');
  expect(await listPayouts(db, { storeId: store.id, pullPaymentId: open.id, limit: 5 })).toMatchObject([
    { state: 'cancelled', reason: 'link_archived' },
  ]);
  expect(await codeOf(claim(crypto.randomUUID(), freshAddress()))).toBe('not_found');
});

it('only what the pull payment offers can be claimed', async () => {
  const { offer, claim, bolt11 } = await openPayer();
  const { id } = await offer({ methods: ['lightning'] });
  expect(await codeOf(claim(id, freshAddress()))).toBe('method_not_supported');
  const both = await offer();
  expect(await codeOf(claim(both.id, freshAddress(), { method: 'lightning' }))).toBe('method_not_supported');
  expect(await codeOf(claim(both.id, freshAddress(), { amount: '0.00000293' }))).toBe('amount_too_low');
  expect(await codeOf(claim(both.id, freshAddress(), { amount: '0' }))).toBe('invalid_amount');
  expect(await codeOf(claim(both.id, freshAddress(), { amount: '1.00000001' }))).toBe('pull_payment_overdraft');
  expect(await codeOf(claim(both.id, bolt11(5_000n), { amount: '0.0001' }))).toBe('validation_error');
  expect(await claim(both.id, bolt11(5_000n))).toMatchObject({ amount: '0.00005000', amountSats: 5_000n });
});

it('nothing is paid to the store itself', async () => {
  const { offer, claim, store, createInvoice } = await openPayer({ wallet: { key: freshKey() } });
  const { address } = await createInvoice();
  const { id } = await offer();
  expect(await codeOf(claim(id, address))).toBe('validation_error');
  const other = await openPayer();
  expect(other.store.id).not.toBe(store.id);
  expect(await codeOf(other.claim((await other.offer()).id, address))).toBe('done');
});

it('a link that no one claims ends at its time, and its event says so', async () => {
  const { offer, claim, clock, deps, events, store } = await openPayer();
  const ends = clock.ms + 60_000;
  const [lost, claimed] = [
    await offer({ isSingleUse: true, expiresAtMs: ends }),
    await offer({ isSingleUse: true, expiresAtMs: ends }),
  ];
  const { id } = await claim(claimed.id, freshAddress());
  clock.ms = ends;
  await expireLinks(deps);
  await expireLinks(deps);
  const states = await listPayouts(db, { storeId: store.id, limit: 10 });
  expect(states.find((payout) => payout.id === id)).toMatchObject({ state: 'awaiting_approval' });
  expect(states.find((payout) => payout.pullPaymentId === lost.id)).toMatchObject({
    ...{ state: 'cancelled', reason: 'link_expired', dueAtMs: null },
  });
  expect((await events()).at(-1)).toMatchObject({ type: 'payout.cancelled', by: 'satlane' });
  expect((await events()).filter(({ type }) => type === 'payout.cancelled')).toHaveLength(1);
});

it('an approval in advance counts within the limits, and what is above them waits for a person', async () => {
  const { offer, claim, deps, store } = await openPayer();
  await changeLimits(deps, store.id, { approvalAboveSats: 50_000n, perDaySats: 120_000n }, ANNA);
  const { id } = await offer({ autoApprove: true });
  expect(await claim(id, freshAddress(), { amount: '0.0005' })).toMatchObject({
    state: 'queued',
    approvals: [{ by: KEY }],
  });
  expect(await claim(id, freshAddress(), { amount: '0.00050001' })).toMatchObject({
    ...{ state: 'awaiting_approval', reason: 'over_approval_limit' },
  });
  // 70 000 sats of the day are left: of many in one moment one fits.
  const claims = await Promise.all(Array.from({ length: 10 }, () => claim(id, freshAddress(), { amount: '0.0005' })));
  const queued = claims.filter(({ state }) => state === 'queued');
  expect(queued).toHaveLength(1);
  expect(claims.filter(({ reason }) => reason === 'over_day_limit')).toHaveLength(9);
});

it('a store’s pull payments are listed newest first, page by page, with what was claimed and paid', async () => {
  const { offer, claim, store, deps, clock } = await openPayer();
  const made: string[] = [];
  for (let nth = 0; nth < 101; nth++) {
    clock.ms += 1;
    made.unshift((await offer({ name: `Number ${nth}` })).id);
  }
  await archivePullPayment(deps, store.id, made[100] ?? '', { by: ANNA, use: null });
  await claim(made[0] ?? '', freshAddress(), { amount: '0.25' });
  const first = await readPullPayments(deps, { storeId: store.id, archived: false, limit: 60 });
  const rest = await readPullPayments(deps, { storeId: store.id, archived: false, after: first.next ?? '', limit: 60 });
  expect([...first.pullPayments, ...rest.pullPayments].map(({ id }) => id)).toEqual(made.slice(0, 100));
  expect([first.next, rest.next]).toEqual([made[59], null]);
  expect(first.pullPayments[0]).toMatchObject({ claimedAmount: '0.25000000', paidAmount: '0.00000000' });
  const other = await openPayer();
  expect(await codeOf(readPullPayment(deps, other.store.id, made[0] ?? ''))).toBe('not_found');
  expect(await readAnyPullPayment(deps, made[0] ?? '')).toMatchObject({ name: 'Number 100' });
});

it('who claims is in the log', async () => {
  const { offer, claim, events } = await openPayer();
  const { id } = await offer();
  await claim(id, freshAddress(), { amount: '0.1' });
  expect(BUYER.kind).toBe('claimant');
  expect((await events()).map(({ type, subject, by, seq }) => [type, subject, by, seq])).toEqual([
    ['pull_payment.created', 'pull_payment', 'api_key', 1],
    ['payout.created', 'payout', 'claimant', 1],
  ]);
});
