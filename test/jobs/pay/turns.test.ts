// What the job does with a payout over Lightning (R18 to R22): one attempt is written down, looked up, paid, and judged; what nothing is
// known of is looked up until the node that was asked says what became of it.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { hashOfPreimage, preimageOf } from '../../../src/dev/soak/payouts/node.ts';
import { toApiError } from '../../../src/errors.ts';
import { removeFromStore } from '../../../src/services/connections/connections.ts';
import { changeConnection } from '../../../src/services/connections/register.ts';
import { changeLimits } from '../../../src/services/payouts/limits.ts';
import { cancelForStore, resolvePayout } from '../../../src/services/payouts/payouts.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { connect, openPayingStore } from '../../support/paying.ts';
import { ANNA } from '../../support/payouts.ts';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => toApiError(error).code,
  );

it('an approved payout is paid in one attempt, and its events say so', async () => {
  const { queued, pass, node, read, events } = await openPayingStore();
  const payout = await queued();
  await pass(1);
  expect(await read(payout)).toMatchObject({ state: 'settled', feeMsat: 1_000n, dueAtMs: null });
  expect(node.asked).toEqual(['nodeId', 'look up', 'pay']);
  expect((await events()).map(({ type }) => type)).toEqual([
    'pull_payment.created',
    'payout.created',
    'payout.approved',
    'payout.in_flight',
    'payout.settled',
  ]);
});

it('R18: a failed attempt is made again after 10 s, 1 min, 5 min … and each looks up first', async () => {
  const { queued, pass, node, read, clock } = await openPayingStore();
  node.next = { ends: 'failed', seconds: 0 };
  const payout = await queued(5_000n);
  const startMs = clock.ms;
  await pass(25 * 60);
  expect(node.sent.map(({ atMs }) => (atMs - startMs) / 1_000)).toEqual([0, 10, 60, 300, 900]);
  node.next = { ends: 'paid', seconds: 3 };
  await pass(40 * 60);
  // The BOLT11 ends before the next attempt, after an hour.
  expect(node.paidTimes(payout.paymentHash ?? '')).toBe(0);
  expect(await read(payout)).toMatchObject({ state: 'cancelled', reason: 'attempts_used_up' });
});

it('R19: an attempt is written down before the node is asked, so a crash pays once', async () => {
  const { queued, pass, node, read, deps, restart } = await openPayingStore();
  const payout = await queued();
  node.beforeAnswer = async () => {
    expect(await read(payout)).toMatchObject({ state: 'in_flight', attempts: [{ number: 1, outcome: null }] });
    Object.assign(deps, { db: null });
  };
  const { db } = deps;
  await pass(0);
  Object.assign(deps, { db });
  restart();
  await deps.payouts.wake(payout.storeId);
  await pass(120);
  expect(await read(payout)).toMatchObject({ state: 'settled' });
  expect(node.paidTimes(payout.paymentHash ?? '')).toBe(1);
});

it('R21: an answer that never came is unknown, is looked up, and is not sent again', async () => {
  const { queued, pass, node, read, events } = await openPayingStore();
  node.trouble = 'no answer';
  node.next = { ends: 'paid', seconds: 2 * 3_600 };
  const payout = await queued();
  // Its look-up before the attempt has to be answered.
  node.beforeAnswer = async () => {};
  await pass(5);
  expect(node.sent).toHaveLength(0);
  expect(await read(payout)).toMatchObject({ state: 'queued' });
  node.trouble = null;
  await pass(3_700);
  expect(await read(payout)).toMatchObject({ state: 'unknown', alertedAtMs: expect.any(Number) });
  expect((await events()).map(({ type }) => type)).toContain('payout.unknown');
  await pass(2 * 3_600);
  expect(await read(payout)).toMatchObject({ state: 'settled' });
  expect(node.sent).toHaveLength(1);
});

it('R21: what another node has never heard of stays unknown, until the merchant says what became of it', async () => {
  const { queued, pass, node, read, deps } = await openPayingStore();
  node.next = { ends: 'paid', seconds: 3_600 };
  const payout = await queued();
  await pass(45);
  node.becomeAnother();
  await pass(26 * 3_600);
  expect(await read(payout)).toMatchObject({ state: 'unknown' });
  expect(await codeOf(cancelForStore(deps, payout, { by: ANNA }))).toBe('payout_in_flight');
  const { payout: ended } = await resolvePayout(deps, payout, { confirmation: payout.id }, { by: ANNA });
  expect(ended).toMatchObject({ state: 'cancelled' });
  expect(node.sent).toHaveLength(1);
});

it('R18: of LNbits a failure counts only when it is said twice, a minute apart', async () => {
  const { queued, pass, node, read } = await openPayingStore();
  node.identity = null;
  node.trouble = 'weak failures';
  node.next = { ends: 'failed', seconds: 0 };
  const payout = await queued();
  await pass(59);
  expect(await read(payout)).toMatchObject({ state: 'unknown' });
  expect(node.sent).toHaveLength(1);
  node.next = { ends: 'paid', seconds: 0 };
  await pass(300);
  node.trouble = null;
  await pass(300);
  expect(await read(payout)).toMatchObject({ state: 'settled' });
  expect(node.paidTimes(payout.paymentHash ?? '')).toBe(1);
});

it('a node that does not say who it is, or has become another, is not asked to pay', async () => {
  const { queued, pass, node, read } = await openPayingStore();
  node.trouble = 'nameless';
  const payout = await queued();
  await pass(300);
  expect(await read(payout)).toMatchObject({ state: 'queued', attempts: [] });
  node.trouble = null;
  const known = `02${'11'.repeat(32)}`;
  await bindings.DB.prepare('UPDATE connections SET node_id = ? WHERE store_id = ?').bind(known, payout.storeId).run();
  await pass(300);
  expect(node.sent).toHaveLength(0);
  node.identity = known;
  await pass(300);
  expect(await read(payout)).toMatchObject({ state: 'settled' });
});

it('the kill switch stops what is not sent; look-ups go on, and lifting it sends', async () => {
  const { queued, pass, node, read, deps, store } = await openPayingStore();
  node.next = { ends: 'paid', seconds: 600 };
  const first = await queued();
  await pass(45);
  await changeLimits(deps, store.id, { isPaused: true }, ANNA);
  node.next = { ends: 'paid', seconds: 0 };
  const second = await queued();
  await pass(1_200);
  expect([(await read(first)).state, (await read(second)).state]).toEqual(['settled', 'queued']);
  expect(node.sent).toHaveLength(1);
  await changeLimits(deps, store.id, { isPaused: false }, ANNA);
  await pass(1);
  expect((await read(second)).state).toBe('settled');
});

it('while payouts are stopped, one that was tried is cancelled, and one whose BOLT11 runs out ends', async () => {
  const { queued, pass, node, read, deps, store } = await openPayingStore();
  node.next = { ends: 'failed', seconds: 0 };
  const [first, second] = [await queued(), await queued()];
  await pass(5);
  await changeLimits(deps, store.id, { isPaused: true }, ANNA);
  expect(await codeOf(cancelForStore(deps, first, { by: ANNA }))).toBe('done');
  await pass(90);
  expect(await read(first)).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
  await pass(4_000);
  expect(await read(second)).toMatchObject({ state: 'cancelled', reason: 'bolt11_expired' });
  expect(node.sent).toHaveLength(2);
});

it('a node that is down is asked less and less, and without delay once something changed', async () => {
  const { queued, pass, node, read, deps } = await openPayingStore();
  node.trouble = 'down';
  const payout = await queued();
  await pass(3_000);
  // The cron finds it due each minute, and that changes nothing.
  for (let minute = 0; minute < 5; minute++) {
    await deps.payouts.check(payout.storeId);
    await pass(60);
  }
  expect(node.asked.length).toBeLessThanOrEqual(14);
  node.trouble = null;
  await deps.payouts.wake(payout.storeId);
  await pass(1);
  expect(await read(payout)).toMatchObject({ state: 'settled' });
});

it('a store without a node, a test, and an archived store send nothing', async () => {
  const { queued, pass, node, read, store } = await openPayingStore();
  const change = (sql: string) => bindings.DB.prepare(sql).bind(store.id).run();
  await change('UPDATE connections SET removed_at = 1 WHERE store_id = ?');
  const payout = await queued();
  await pass(300);
  await change('UPDATE connections SET removed_at = NULL WHERE store_id = ?');
  await change('UPDATE stores SET archived_at = 1 WHERE id = ?');
  await pass(300);
  expect(node.sent).toHaveLength(0);
  await change('UPDATE stores SET archived_at = NULL WHERE id = ?');
  await pass(300);
  expect((await read(payout)).state).toBe('settled');
  const test = await openPayingStore({ mode: 'test' });
  const simulated = await test.queued();
  await test.pass(120);
  expect((await test.read(simulated)).state).toBe('queued');
  expect(test.node.asked).toEqual([]);
});

it('of a Lightning address one BOLT11 is written down, and only that is paid', async () => {
  const { queued, pass, node, read, deps, bolt11 } = await openPayingStore();
  let asked = 0;
  Object.assign(deps, {
    resolvePay: async () => {
      asked += 1;
      if (asked === 1) throw new NodeError('timeout', 'The server did not answer in time.');
      const preimage = preimageOf(`resolved ${asked}`);
      node.preimages.set(hashOfPreimage(preimage), preimage);
      const paymentHash = hashOfPreimage(preimage);
      return { bolt11: bolt11(5_000n, { paymentHash }), paymentHash, expiresAtMs: deps.now() + 3_600_000 };
    },
  });
  node.next = { ends: 'failed', seconds: 0 };
  const payout = await queued(5_000n, 'buyer@wallet.example');
  await pass(1);
  expect(await read(payout)).toMatchObject({ state: 'queued', paymentHash: null, attempts: [{ outcome: 'failed' }] });
  await pass(30);
  const { paymentHash } = await read(payout);
  node.next = { ends: 'paid', seconds: 0 };
  await pass(120);
  expect(await read(payout)).toMatchObject({ state: 'settled', paymentHash });
  expect([asked, new Set(node.sent.map(({ request }) => request.paymentHash)).size]).toEqual([2, 1]);
});

it('R22: what pays is not changed or removed while anything is on its way', async () => {
  const merchant = await openPayingStore();
  const { queued, pass, node, deps, connectionId } = merchant;
  const row = await bindings.DB.prepare('SELECT * FROM stores WHERE id = ?').bind(merchant.store.id).first();
  const store = { ...row, id: merchant.store.id, archivedAtMs: null } as unknown as Parameters<
    typeof changeConnection
  >[1];
  node.next = { ends: 'paid', seconds: 600 };
  await queued();
  await pass(45);
  expect(await codeOf(removeFromStore(deps, store, connectionId))).toBe('payout_in_flight');
  expect(await codeOf(changeConnection(deps, store, connectionId, { payText: null }))).toBe('payout_in_flight');
  expect(await codeOf(changeConnection(deps, store, connectionId, { name: 'Other name' }))).toBe('done');
  await connect(merchant, 2);
  await pass(1_200);
  expect(await codeOf(changeConnection(deps, store, connectionId, { payText: null }))).toBe('done');
  expect(await codeOf(removeFromStore(deps, store, connectionId))).toBe('done');
});

it('120 payouts are paid three side by side, and one that takes long holds up no other', async () => {
  const { queued, pass, node, read } = await openPayingStore();
  node.trouble = 'down';
  const first = await queued(1_000n);
  for (let made = 1; made < 120; made++) await queued(1_000n);
  node.trouble = null;
  const others = Promise.withResolvers<void>();
  let [open, most] = [0, 0];
  node.beforeAnswer = async () => {
    most = Math.max(most, ++open);
    if (node.sent.length === 120) others.resolve();
    await (node.sent.length === 1 ? others.promise : read(first));
    open -= 1;
  };
  await pass(120);
  expect(new Set(node.sent.map(({ request }) => request.paymentHash)).size).toBe(120);
  expect([node.sent.length, most]).toEqual([120, 3]);
}, 60_000);

it('two objects of one store, both woken, pay each payout once', async () => {
  const { queued, node, queue, restart, read } = await openPayingStore();
  const payouts = [await queued(), await queued(), await queued()];
  const first = queue();
  restart();
  await Promise.all([first.run(), queue().run(), queue().wake()]);
  for (const payout of payouts) expect(node.paidTimes(payout.paymentHash ?? '')).toBe(1);
  expect(await Promise.all(payouts.map(async (one) => (await read(one)).state))).toEqual(Array(3).fill('settled'));
});

it.each([1, 2])(
  'what is approved while the object reads its list is paid without the cron: read %i after a payment',
  async (nth) => {
    const { queued, node, pass, read, deps, settled } = await openPayingStore();
    const payouts = [await queued()];
    await settled();
    let reads = 0;
    const { d1 } = watchD1(bindings.DB, undefined, async ({ statements }) => {
      if (node.sent.length === 0 || !statements[0]?.sql.includes('turn_at')) return;
      reads += 1;
      if (reads === nth) payouts.push(await queued());
    });
    Object.assign(deps, { db: openDatabase(d1) });
    await pass(1);
    for (const payout of payouts) expect(await read(payout)).toMatchObject({ state: 'settled' });
  },
);
