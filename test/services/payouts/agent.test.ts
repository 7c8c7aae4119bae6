// A merchant pays from his own machine, with no credential at SatLane (R17): agents take approved payouts under a lease, one each, and
// say what became of them. What no agent has said is unknown, and the node that was to pay looks it up.

import { expect, it } from 'vitest';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import type { LookUpAnswer } from '../../../src/core/payout/facts.ts';
import type { Payout } from '../../../src/core/payout/payout.ts';
import { hashOfPreimage, preimageOf } from '../../../src/dev/soak/payouts/node.ts';
import { toApiError } from '../../../src/errors.ts';
import { leaseNext, type PayoutLease, reportResult } from '../../../src/services/payouts/agent.ts';
import { changeLimits } from '../../../src/services/payouts/limits.ts';
import { cancelForStore, readPayoutHistory, resolvePayout } from '../../../src/services/payouts/payouts.ts';
import { bindings } from '../../support/merchant.ts';
import { connect, openPayingStore } from '../../support/paying.ts';
import { ANNA } from '../../support/payouts.ts';

const NODE = `02${'ab'.repeat(32)}`;
const FAILED = { state: 'failed', reason: 'no_route', permanent: false, certain: true } as const;
const NEVER = { state: 'never', certain: true } as const;
const UNKNOWN = { state: 'unknown', reason: 'timeout' } as const;

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => toApiError(error).code,
  );

/** A store without a connection that pays, whose object rings when something is due. */
async function openAgents() {
  const shop = await openPayingStore();
  const { deps, store } = shop;
  await bindings.DB.prepare('UPDATE connections SET removed_at = 1, pay = NULL WHERE store_id = ?')
    .bind(store.id)
    .run();
  const preimages = new Map<string, string>();
  let drawn = 0;
  const agent = (key = 'agent', nodeId = NODE) => {
    const by = { kind: 'agent', id: key } as const;
    let secret = '';
    return {
      by,
      next: (again = false) => {
        if (!again) secret = `${key} ${drawn++}`.padEnd(32, '.');
        return leaseNext(deps, store.id, { nodeId, secret, by });
      },
      report: (payout: Pick<Payout, 'storeId' | 'id'>, answer: LookUpAnswer) =>
        reportResult(deps, payout, answer, { secret, by }),
    };
  };
  return Object.assign(shop, {
    agent,
    async owed(sats = 5_000n) {
      const preimage = preimageOf(`${store.id} agent ${drawn++}`);
      preimages.set(hashOfPreimage(preimage), preimage);
      return shop.queued(sats, shop.invoice(sats, { paymentHash: hashOfPreimage(preimage) }));
    },
    paid: ({ paymentHash }: Payout): LookUpAnswer => ({
      state: 'settled',
      preimage: preimages.get(paymentHash ?? '') ?? '',
      feeMsat: 1_000n,
    }),
  });
}

const had = (lease: PayoutLease | string): PayoutLease => {
  if (typeof lease === 'string') throw new Error(`no lease: ${lease}`);
  return lease;
};

it('an agent takes an approved payout, pays it and proves it; the log says who and when', async () => {
  const { agent, owed, paid, deps, read, events } = await openAgents();
  const payout = await owed();
  const one = agent('key 7');
  const lease = had(await one.next());
  expect(lease).toMatchObject({ purpose: 'pay', maxFeeMsat: 50_000n, payout: { id: payout.id, state: 'in_flight' } });
  expect(await one.report(payout, paid(payout))).toMatchObject({ state: 'settled', feeMsat: 1_000n });
  expect(await read(payout)).toMatchObject({ state: 'settled', dueAtMs: null, leaseUntilMs: null });
  const history = await readPayoutHistory(deps, payout);
  expect(history.slice(-2).map(({ type, by }) => [type, by])).toEqual([
    ['payout.in_flight', { kind: 'agent', id: 'key 7' }],
    ['payout.settled', { kind: 'agent', id: 'key 7' }],
  ]);
  expect((await events()).at(-1)).toMatchObject({ type: 'payout.settled', by: 'agent' });
  expect(await one.next()).toBe('nothing_due');
});

it('two agents share twenty payouts: each is had once, and paid once', async () => {
  const { agent, owed, paid, read } = await openAgents();
  const payouts = await Promise.all(Array.from({ length: 20 }, () => owed()));
  const taken: string[] = [];
  const work = async (one: ReturnType<typeof agent>) => {
    for (;;) {
      const lease = await one.next();
      if (typeof lease === 'string') return;
      taken.push(lease.payout.id);
      await one.report(lease.payout, paid(lease.payout));
    }
  };
  await Promise.all([work(agent('a')), work(agent('b'))]);
  expect(taken.toSorted()).toEqual(payouts.map(({ id }) => id).toSorted());
  for (const payout of payouts)
    expect(await read(payout)).toMatchObject({ state: 'settled', attempts: [{ number: 1, outcome: 'success' }] });
}, 60_000);

it('ten agents that ask for one payout in one moment: one has it', async () => {
  const { agent, owed } = await openAgents();
  await owed();
  const leases = await Promise.all(Array.from({ length: 10 }, (_, at) => agent(`a${at}`).next()));
  expect(leases.filter((lease) => typeof lease !== 'string')).toHaveLength(1);
});

it('the same lease asked for again, because the answer was lost, is the same lease', async () => {
  const { agent, owed } = await openAgents();
  const [one, other] = [agent('a'), agent('b')];
  await owed();
  const first = had(await one.next());
  const again = had(await one.next(true));
  expect(again).toMatchObject({ purpose: 'pay', payout: { id: first.payout.id, attempts: [{ number: 1 }] } });
  expect(await other.next()).toBe('nothing_due');
});

it('a lease without a result leaves the payout unknown; the node that was to pay looks it up', async () => {
  const { agent, owed, paid, pass, read } = await openAgents();
  const payout = await owed();
  await agent('a').next();
  expect(await agent('a').next()).toBe('nothing_due');
  await pass(121);
  expect(await read(payout)).toMatchObject({ state: 'unknown', reason: 'lease_ended' });
  expect(await agent('a', 'another node').next()).toBe('nothing_due');
  const restarted = agent('a');
  expect(had(await restarted.next())).toMatchObject({ purpose: 'look_up', payout: { attempts: [{ number: 1 }] } });
  expect(await agent('a').next()).toBe('nothing_due');
  expect(await restarted.report(payout, paid(payout))).toMatchObject({ state: 'settled' });
});

it('what a look-up shows was never sent is paid in a second attempt, with the same payment hash', async () => {
  const { agent, owed, paid, pass } = await openAgents();
  const payout = await owed();
  await agent().next();
  await pass(121);
  const looking = agent();
  await looking.next();
  expect(await looking.report(payout, NEVER)).toMatchObject({ state: 'queued' });
  await pass(10);
  const second = agent();
  expect(had(await second.next())).toMatchObject({ purpose: 'pay', payout: { attempts: { length: 2 } } });
  expect(await second.report(payout, paid(payout))).toMatchObject({
    paymentHash: payout.paymentHash,
    state: 'settled',
  });
});

it('a wallet that lists nothing proves nothing: the payout stays unknown, and is looked up less and less', async () => {
  const { agent, owed, pass } = await openAgents();
  const payout = await owed();
  const first = agent();
  await first.next();
  await first.report(payout, UNKNOWN);
  let looks = 0;
  for (let minute = 0; minute < 60; minute++) {
    await pass(60);
    const one = agent();
    if (typeof (await one.next()) === 'string') continue;
    looks++;
    expect(await one.report(payout, { state: 'never', certain: false })).toMatchObject({ state: 'unknown' });
  }
  expect(looks).toBeGreaterThan(5);
  expect(looks).toBeLessThan(15);
});

it('R21: what failed for good is cancelled by a look-up a minute later, and not before', async () => {
  const { agent, owed, pass } = await openAgents();
  const payout = await owed();
  const first = agent();
  await first.next();
  const said = await first.report(payout, { ...FAILED, permanent: true });
  expect(said).toMatchObject({ state: 'in_flight', reason: 'no_route' });
  expect(await agent().next()).toBe('nothing_due');
  await pass(61);
  const looking = agent();
  expect(had(await looking.next())).toMatchObject({ purpose: 'look_up' });
  expect(await looking.report(payout, { ...FAILED, permanent: true })).toMatchObject({ state: 'cancelled' });
});

it('an agent that calls it failed without proof has said nothing: two look-ups, a minute apart, decide', async () => {
  const { agent, owed, pass } = await openAgents();
  const payout = await owed();
  const weak = { ...FAILED, certain: false };
  const first = agent();
  await first.next();
  expect(await first.report(payout, weak)).toMatchObject({ state: 'unknown' });
  const states: string[] = [];
  for (let tries = 0; tries < 2; tries++) {
    await pass(180);
    const looking = agent();
    await looking.next();
    states.push((await looking.report(payout, weak)).state);
  }
  expect(states).toEqual(['unknown', 'queued']);
});

it('each result twice is the same as once', async () => {
  const { agent, owed, paid, pass } = await openAgents();
  const payout = await owed();
  for (const answer of [FAILED, UNKNOWN]) {
    const one = agent();
    await one.next();
    const once = await one.report(payout, answer);
    expect(await one.report(payout, answer)).toEqual(once);
    await pass(10);
  }
  await pass(120);
  const looking = agent();
  await looking.next();
  const settled = await looking.report(payout, paid(payout));
  expect(await looking.report(payout, paid(payout))).toEqual(settled);
  // What comes late takes nothing back.
  expect(await looking.report(payout, FAILED)).toEqual(settled);
});

it('a preimage of another payment is refused, and the payout stays as it is', async () => {
  const { agent, owed, read } = await openAgents();
  const payout = await owed();
  const one = agent();
  await one.next();
  const lie = { state: 'settled', preimage: '33'.repeat(32), feeMsat: null } as const;
  expect(await codeOf(one.report(payout, lie))).toBe('validation_error');
  expect(await read(payout)).toMatchObject({ state: 'in_flight', preimage: null });
});

it('without the lease only a preimage counts: not another key’s word, not that of a lease before', async () => {
  const { agent, owed, paid, pass, read } = await openAgents();
  const payout = await owed();
  const [one, other] = [agent('a'), agent('b')];
  expect(await codeOf(one.report(payout, FAILED))).toBe('conflict');
  await one.next();
  await other.next();
  expect(await codeOf(other.report(payout, FAILED))).toBe('conflict');
  await one.report(payout, FAILED);
  await pass(11);
  const second = agent('a');
  await second.next();
  expect(await codeOf(one.report(payout, FAILED))).toBe('conflict');
  expect(await read(payout)).toMatchObject({
    state: 'in_flight',
    attempts: [{ outcome: 'failed' }, { outcome: null }],
  });
  expect(await one.report(payout, paid(payout))).toMatchObject({ state: 'settled' });
});

it('another store’s payout is not found', async () => {
  const [mine, theirs] = [await openAgents(), await openAgents()];
  const payout = await theirs.owed();
  const one = mine.agent();
  expect(await one.next()).toBe('nothing_due');
  expect(await codeOf(one.report({ storeId: mine.store.id, id: payout.id }, UNKNOWN))).toBe('not_found');
});

it('a Lightning address is resolved at SatLane and written down before it is had; both agents then see one BOLT11', async () => {
  const { agent, queued, deps, invoice, read, pass } = await openAgents();
  const payout = await queued(5_000n, 'supplier@wallet.example');
  let asked = 0;
  const resolvePay = async () => {
    if (++asked === 1) throw new NodeError('unreachable', 'wallet.example cannot be reached.');
    const paymentHash = hashOfPreimage(preimageOf(`${payout.id} ${asked}`));
    return { bolt11: invoice(5_000n, { paymentHash }), paymentHash, expiresAtMs: deps.now() + 3_600_000 };
  };
  Object.assign(deps, { resolvePay });
  expect(await agent().next()).toBe('nothing_due');
  expect(await read(payout)).toMatchObject({ state: 'queued', paymentHash: null, attempts: [{ outcome: 'failed' }] });
  await pass(11);
  const leases = await Promise.all([agent('a').next(), agent('b').next()]);
  const [lease, ...more] = leases.filter((one) => typeof one !== 'string');
  expect(more).toEqual([]);
  const { paymentHash } = await read(payout);
  expect(had(lease ?? 'none').payout).toMatchObject({ paymentHash, attempts: [{ number: 1 }] });
});

it('limits, the kill switch, the end of the BOLT11 and a connection that pays hold for a lease as for an attempt', async () => {
  const shop = await openAgents();
  const { agent, owed, pass, deps, store, read, paid } = shop;
  const first = await owed();
  const one = agent();
  await one.next();
  const second = await owed();
  await changeLimits(deps, store.id, { isPaused: true }, ANNA);
  expect(await agent().next()).toBe('payouts_paused');
  // What is on its way still arrives.
  expect(await one.report(first, paid(first))).toMatchObject({ state: 'settled' });
  await changeLimits(deps, store.id, { isPaused: false }, ANNA);
  await connect(shop);
  expect(await agent().next()).toBe('connection_pays');
  await bindings.DB.prepare('UPDATE connections SET removed_at = 1, pay = NULL WHERE store_id = ?')
    .bind(store.id)
    .run();
  await pass(3_900);
  expect(await agent().next()).toBe('nothing_due');
  expect(await read(second)).toMatchObject({ state: 'cancelled', reason: 'bolt11_expired' });
});

it('what an agent had stays its own when the merchant connects a node that pays', async () => {
  const shop = await openAgents();
  const { agent, owed, pass, node, read, paid } = shop;
  const payout = await owed();
  await agent().next();
  await connect(shop);
  await pass(3_600);
  expect(node.asked).not.toContain('pay');
  expect(await read(payout)).toMatchObject({ state: 'unknown', alertedAtMs: expect.any(Number) });
  const looking = agent();
  expect(had(await looking.next())).toMatchObject({ purpose: 'look_up' });
  expect(await looking.report(payout, paid(payout))).toMatchObject({ state: 'settled' });
});

it('a person may end an unknown one by hand, and not one that an agent has', async () => {
  const { agent, owed, pass, deps, paid } = await openAgents();
  const payout = await owed();
  const one = agent();
  await one.next();
  const byHand = () => resolvePayout(deps, payout, { confirmation: payout.id }, { by: ANNA });
  expect(await codeOf(byHand())).toBe('payout_not_changeable');
  expect(await codeOf(cancelForStore(deps, payout, { by: ANNA }))).toBe('payout_in_flight');
  await pass(121);
  expect(await byHand()).toMatchObject({ payout: { state: 'cancelled' } });
  expect(await one.report(payout, FAILED)).toMatchObject({ state: 'cancelled' });
  // The proof that it was paid after all counts against that.
  expect(await one.report(payout, paid(payout))).toMatchObject({ state: 'settled' });
});

it('money of a test is never given to an agent', async () => {
  const { agent, owed, store } = await openAgents();
  await owed();
  await bindings.DB.prepare("UPDATE payouts SET environment = 'test' WHERE store_id = ?").bind(store.id).run();
  expect(await agent().next()).toBe('nothing_due');
});
