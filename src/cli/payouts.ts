// `satlane payouts`: takes approved Lightning payouts under a lease (POST /v1/payouts/next), pays them from the merchant's own node, and
// says what became of them. It keeps nothing: after a kill at any moment the same program, started again, looks up what it had.

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { NodeError } from '../adapters/nodes/node.ts';
import { payOnce } from '../adapters/nodes/pay-once.ts';
import { failedPay, type PayRequest } from '../adapters/nodes/payer.ts';
import { readBolt11 } from '../core/lightning/bolt11.ts';
import type { LookUpAnswer, PayAnswer } from '../core/payout/facts.ts';
import { type Api, Fatal, Unreachable } from './api.ts';
import { type NodeOptions, type OwnNode, openOwnNode } from './own-node.ts';
import { patiently } from './patience.ts';
import { complain, say } from './say.ts';

export interface PayoutOptions extends NodeOptions {
  /** Of one payout; null for SatLane's limits alone. */
  maxSats: bigint | null;
  /** Ends when nothing is to be done. */
  isOnce: boolean;
}

interface Lease {
  payout_id: string;
  purpose: string;
  attempt: number;
  bolt11: string;
  payment_hash: string;
  amount_sats: string;
  max_fee_msat: string;
}

interface Taken {
  lease: Lease;
  secret: string;
  /** Since it was asked for. */
  elapsedMs: () => number;
}

const ASK_MS = 60_000;
const POLL_MS = 5_000;
/** So long an answer that was lost is asked for again; then the lease is left to end. */
const SAME_LEASE_MS = 20_000;
/** From the request for the lease to the request to pay: with the wait for the answer it is over before the lease is. */
const MAX_BEFORE_PAY_MS = 45_000;
const PAY_SECONDS = 30;

const IDLE: Record<string, string> = {
  nothing_due: 'Nothing to pay now.',
  payouts_paused: 'The store has stopped its payouts. They go on when its limits allow it again.',
  connection_pays:
    'The store pays from a node that is connected to SatLane. To pay from here, remove that right there.',
};

/** @returns the exit code @throws Fatal */
export async function payPayouts(api: Api, options: PayoutOptions, stop: AbortSignal): Promise<number> {
  let node: OwnNode | undefined;
  try {
    node = await patiently(() => openOwnNode(options), stop);
    const { payer } = node;
    say(`${api.url} → ${payer.kind} at ${payer.host}. Ctrl-C ends it after the payment that is under way.`);
    if (!payer.limitsFees) say(`${payer.kind} keeps no limit of fees.`);
    await work(api, node, options, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    node?.payer.close();
  }
  if (stop.aborted) say('Stopped.');
  return 0;
}

async function work(api: Api, node: OwnNode, { maxSats, isOnce }: PayoutOptions, stop: AbortSignal): Promise<void> {
  let saidIdle = '';
  for (;;) {
    stop.throwIfAborted();
    const taken = await take(api, node.nodeId, stop);
    if (typeof taken !== 'string') {
      saidIdle = '';
      await report(api, taken, await answerOf(node, taken, maxSats));
      continue;
    }
    if (taken !== saidIdle) say(IDLE[taken] ?? `Nothing to pay now: ${taken}.`);
    saidIdle = taken;
    if (isOnce) return;
    await pause(POLL_MS, undefined, { signal: stop });
  }
}

/** @returns why there is nothing where there is nothing */
async function take(api: Api, nodeId: string, stop: AbortSignal): Promise<Taken | string> {
  let asked: Pick<Taken, 'secret' | 'elapsedMs'> | null = null;
  return patiently(async () => {
    if (!asked || asked.elapsedMs() > SAME_LEASE_MS)
      asked = { secret: randomBytes(32).toString('hex'), elapsedMs: stopwatch() };
    const body = { node_id: nodeId, lease: asked.secret };
    const answer = (await api.ask('POST', '/v1/payouts/next', { body, timeoutMs: ASK_MS, signal: stop })) as {
      lease?: Lease | null;
      reason?: string;
    };
    if (answer.lease) return { ...asked, lease: answer.lease };
    if (typeof answer.reason === 'string') return answer.reason;
    throw new Unreachable('the answer is no lease');
  }, stop);
}

async function answerOf(
  { payer }: OwnNode,
  { lease, elapsedMs }: Taken,
  maxSats: bigint | null,
): Promise<LookUpAnswer> {
  const request: PayRequest = {
    ...{ bolt11: lease.bolt11, paymentHash: lease.payment_hash, amountMsat: BigInt(lease.amount_sats) * 1_000n },
    ...{ namesAmount: false, maxFeeMsat: BigInt(lease.max_fee_msat), timeoutSeconds: PAY_SECONDS },
  };
  if (lease.purpose !== 'pay') {
    say(`${lease.payout_id}: looking up what became of ${lease.amount_sats} sats.`);
    return payer.lookupPay(request).catch(unheard);
  }
  say(`${lease.payout_id}: paying ${lease.amount_sats} sats.`);
  const problem = problemOf(request, maxSats);
  if (problem) return failedPay('refused', problem);
  // SatLane gives a further attempt only where those before are proven to have failed.
  const before = Array.from({ length: lease.attempt - 1 }, () => ({ outcome: 'failed' as const }));
  return payOnce(payer, request, { attempts: [...before, { outcome: null }] }, () => elapsedMs() > MAX_BEFORE_PAY_MS);
}

/** SatLane is not believed: what is signed has to say the same. */
function problemOf({ bolt11, paymentHash, amountMsat }: PayRequest, maxSats: bigint | null): string | null {
  if (maxSats !== null && amountMsat > maxSats * 1_000n) return `This is more than --max-sats ${maxSats}.`;
  try {
    const read = readBolt11(bolt11);
    const isSame = read.paymentHash === paymentHash && read.amountMsat === amountMsat;
    return isSame ? null : 'The BOLT11 invoice asks for another payment than SatLane does.';
  } catch {
    return 'The BOLT11 invoice cannot be read.';
  }
}

function unheard(error: unknown): PayAnswer {
  if (error instanceof NodeError) return { state: 'unknown', reason: error.message };
  throw error;
}

/** Until SatLane has heard it: what is not said here is looked up by the next start. */
async function report(api: Api, { lease, secret }: Taken, answer: LookUpAnswer): Promise<void> {
  const body = { lease: secret, ...bodyOf(answer) };
  const path = `/v1/payouts/${lease.payout_id}/result`;
  try {
    const said = await patiently(() => api.ask('POST', path, { body, timeoutMs: ASK_MS }));
    const { payout } = said as { payout?: { state?: string } };
    say(`${lease.payout_id}: ${wordsOf(answer)} SatLane has it as ${payout?.state}.`);
  } catch (error) {
    if (!(error instanceof Fatal) || (error.code !== 'conflict' && error.code !== 'payout_not_changeable')) throw error;
    complain(`${lease.payout_id}: ${wordsOf(answer)} SatLane does not take this result: ${error.message}`);
  }
}

function bodyOf(answer: LookUpAnswer): object {
  switch (answer.state) {
    case 'settled': {
      const { preimage, feeMsat } = answer;
      return { outcome: 'paid', preimage, fee_msat: feeMsat === null ? null : String(feeMsat) };
    }
    case 'failed': {
      const { reason, certain, permanent } = answer;
      return { outcome: 'failed', reason: reason.slice(0, 300), certain, permanent };
    }
    case 'never':
      return { outcome: 'never_asked', certain: answer.certain };
    case 'unknown':
      return { outcome: 'unknown', reason: answer.reason.slice(0, 300) };
  }
}

function wordsOf(answer: LookUpAnswer): string {
  switch (answer.state) {
    case 'settled':
      return answer.feeMsat === null ? 'paid.' : `paid, with a fee of ${Number(answer.feeMsat) / 1_000} sats.`;
    case 'failed':
      return `not paid: ${answer.reason}.`;
    case 'never':
      return answer.certain
        ? 'the node was never asked to pay it.'
        : 'the node does not show it, which proves nothing.';
    case 'unknown':
      return `not known whether it was paid (${answer.reason}). It is looked up and not paid again.`;
  }
}

/** A machine that slept counts the time, and a clock that was set back does not hide it. */
function stopwatch(): () => number {
  const [wallMs, steadyMs] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wallMs, performance.now() - steadyMs);
}
