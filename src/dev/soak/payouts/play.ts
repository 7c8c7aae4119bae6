// Plays the steps of a history of payouts: what payees, merchants, the node and machines do. What cannot be done any more is left. Called by
// game.ts.

import { saveConnection } from '../../../adapters/db/connections.ts';
import { listPayouts, storesWithTurns } from '../../../adapters/db/payouts.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import { approvePayout } from '../../../services/payouts/approve.ts';
import { createPayout } from '../../../services/payouts/create.ts';
import { changeLimits } from '../../../services/payouts/limits.ts';
import { cancelForStore, resolvePayout } from '../../../services/payouts/payouts.ts';
import { isRefusal, unlessCrashed } from '../crash.ts';
import type { PayoutSoakStep } from './history.ts';
import { PAYING_STORE, type PayoutSoak } from './world.ts';

type Call = Extract<PayoutSoakStep, { do: 'call' }>['call'];

const MAX_PAYOUTS = 12;
const STEP_MS = 1_000;
const BY = { kind: 'person', id: 'owner' } as const;

/** Plays one step. Throws what the product must not throw. */
export async function playPayouts(world: PayoutSoak, step: PayoutSoakStep): Promise<void> {
  world.chain.nowMs += STEP_MS;
  try {
    await perform(world, step);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  await world.settled();
}

async function perform(world: PayoutSoak, step: PayoutSoakStep): Promise<void> {
  const { node } = world;
  switch (step.do) {
    case 'claim':
      return claim(world, step);
    case 'call':
      return void (await Promise.all(
        Array.from({ length: step.times }, () => call(world, step.call, step.payout).catch(unlessRefused)),
      ));
    case 'pause':
      return pauseAmid(world, step);
    case 'next':
      node.next = step.script;
      return;
    case 'trouble':
      node.trouble = step.trouble;
      return;
    case 'another identity':
      if (node.identity === null) return;
      world.isAnother = true;
      return node.becomeAnother();
    case 'change credential':
      return changeCredential(world);
    case 'restart':
      return world.restart();
    case 'second object':
      return world.addObject();
    case 'crash':
      return crash(world, step);
    case 'pass':
      await wakeDue(world);
      return world.pass(step.seconds);
  }
}

/** To what pays, a node that does not say who it is is another one with another credential. */
async function changeCredential(world: PayoutSoak): Promise<void> {
  const { node, deps, secret } = world;
  const saved = await saveConnection(deps.db, { storeId: PAYING_STORE, id: 'node' }, { pay: secret });
  if (saved && node.identity === null) world.isAnother = true;
}

async function call(world: PayoutSoak, name: Call, index: number): Promise<unknown> {
  const { deps } = world;
  if (name === 'alarm') return world.ring();
  if (name === 'cron') return wakeDue(world);
  if (name === 'claim') return claim(world, { sats: 5_000, to: 'bolt11', isApproved: true });
  const payouts = await listPayouts(deps.db, { storeId: PAYING_STORE, limit: MAX_PAYOUTS });
  const payout = payouts[index % Math.max(1, payouts.length)];
  if (!payout) return;
  if (name === 'pay by hand') return payByHand(world, payout);
  if (name === 'approve') return approvePayout(deps, payout, null, { by: BY });
  return name === 'cancel' ? cancelForStore(deps, payout, { by: BY }) : resolveTruly(world, payout);
}

/** Each has a payee of its own. */
async function claim(
  world: PayoutSoak,
  { sats, to, isApproved }: Pick<Extract<PayoutSoakStep, { do: 'claim' }>, 'sats' | 'to' | 'isApproved'>,
): Promise<void> {
  const { deps } = world;
  const made = await listPayouts(deps.db, { storeId: PAYING_STORE, limit: MAX_PAYOUTS });
  if (made.length >= MAX_PAYOUTS) return;
  const payee = world.newPayee();
  const destination = to === 'address' ? payee : world.bolt11(payee, BigInt(sats) * 1000n).bolt11;
  const wanted = {
    ...{ destination, method: null, amount: `0.${String(sats).padStart(8, '0')}`, currency: 'BTC', fixesRate: false },
    ...{ isApproved, metadata: {}, withdrawal: null },
  };
  await createPayout(deps, PAYING_STORE, wanted, { by: BY, use: null });
}

async function pauseAmid(
  world: PayoutSoak,
  { on, afterTurns }: Extract<PayoutSoakStep, { do: 'pause' }>,
): Promise<void> {
  if (afterTurns === undefined) return pause(world, on);
  const ringing = world.ring();
  for (let turns = 0; turns < afterTurns; turns++) await null;
  await Promise.all([ringing, pause(world, on)]);
}

async function pause({ stops, chain, node, deps }: PayoutSoak, isPaused: boolean): Promise<void> {
  const last = stops.at(-1);
  const isStopped = last?.until === Number.POSITIVE_INFINITY;
  if (!isPaused && isStopped) last.until = node.sent.length;
  await changeLimits(deps, PAYING_STORE, { isPaused }, BY);
  if (!isPaused || isStopped) return;
  const underWay = new Set(chain.d1.rows<{ hash: string }>(UNDER_WAY).map(({ hash }) => hash));
  stops.push({ from: node.sent.length, until: Number.POSITIVE_INFINITY, underWay });
}

/** What waits is paid by the merchant, who says nothing of it here. */
function payByHand({ node }: PayoutSoak, { state, bolt11, paymentHash, amountSats }: Payout): void {
  if (state !== 'queued' || bolt11 === null || paymentHash === null || amountSats === null) return;
  const limits = { maxFeeMsat: 0n, timeoutSeconds: 30, namesAmount: false };
  node.payByHand({ bolt11, paymentHash, amountMsat: amountSats * 1_000n, ...limits });
}

/** The merchant has looked into the node, and says the truth. */
export async function resolveTruly({ deps, node, chain }: PayoutSoak, payout: Payout): Promise<void> {
  const { state, paymentHash, id } = payout;
  if (state !== 'unknown' || paymentHash === null) return;
  const sent = node.of(paymentHash);
  if (sent.some(({ endsAtMs }) => endsAtMs > chain.nowMs)) return;
  const isPaid = sent.some(({ ends }) => ends === 'paid');
  const preimage = node.preimages.get(paymentHash) ?? '';
  await resolvePayout(deps, payout, isPaid ? { preimage } : { confirmation: id }, { by: BY });
}

export async function wakeDue({ deps, chain }: PayoutSoak): Promise<void> {
  for (const id of await storesWithTurns(deps.db, chain.nowMs, 10)) await deps.payouts.check(id);
}

/** The machine dies in the middle of a call, and its object with it. */
async function crash(world: PayoutSoak, step: Extract<PayoutSoakStep, { do: 'crash' }>): Promise<void> {
  const { d1 } = world.chain;
  d1.failAt({ inCalls: step.inCalls, isDone: step.isDone });
  await call(world, step.call, step.payout).catch(unlessCrashed);
  await world.settled();
  d1.failAt(null);
  world.alarmMs = null;
  world.restart();
}

function unlessRefused(error: unknown): void {
  if (!isRefusal(error)) throw error;
}

const UNDER_WAY = "SELECT payment_hash AS hash FROM payouts WHERE state IN ('in_flight', 'unknown')";
