// What the payout tests share: one payout in each state of each method, and the facts that can happen to it.

import { createHash } from 'node:crypto';
import type { PayoutFact, StepContext } from '../../../src/core/payout/facts.ts';
import { DEFAULT_PAYOUT_LIMITS, type PayoutLimits } from '../../../src/core/payout/limits.ts';
import type {
  Decider,
  LoggedPayoutEventType,
  Payout,
  PayoutState,
  PullPayment,
} from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';

export const NOW_MS = Date.UTC(2026, 10, 30, 12);
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const PREIMAGE = '11'.repeat(32);
export const PAYMENT_HASH = createHash('sha256').update(Buffer.from(PREIMAGE, 'hex')).digest('hex');
export const BOLT11 = { bolt11: 'lnbcrt1first', paymentHash: PAYMENT_HASH, expiresAtMs: NOW_MS + DAY_MS };
export const OTHER_BOLT11 = { bolt11: 'lnbcrt1other', paymentHash: '22'.repeat(32), expiresAtMs: NOW_MS + DAY_MS };
export const ADDRESS = 'bcrt1qtmp74ayg7p24uslctssvjm06q5phz4yrxucgnv';
export const TXID = 'aa'.repeat(32);
export const BUMP = 'bb'.repeat(32);
export const NODE = `02${'cd'.repeat(32)}`;

export const ANNA: Decider = { kind: 'person', id: 'anna' };
export const BEN: Decider = { kind: 'person', id: 'ben' };
export const KEY: Decider = { kind: 'api_key', id: 'key' };
export const BUYER: Decider = { kind: 'claimant', id: null };

export const TO_BOLT11: PayoutFact = {
  kind: 'claimed',
  destination: { method: 'lightning', destination: BOLT11.bolt11, bolt11: BOLT11 },
  approvedBy: null,
};
export const TO_LN_ADDRESS: PayoutFact = {
  kind: 'claimed',
  destination: { method: 'lightning', destination: 'buyer@wallet.example', bolt11: null },
  approvedBy: null,
};
export const TO_ADDRESS: PayoutFact = {
  kind: 'claimed',
  destination: { method: 'onchain', destination: ADDRESS, bolt11: null },
  approvedBy: null,
};
export const APPROVED: PayoutFact = { kind: 'approved', by: ANNA, revision: null, rate: null };
export const STARTED: PayoutFact = { kind: 'attempt_started', nodeId: NODE };
export const PAID = { state: 'settled', preimage: PREIMAGE, feeMsat: 2_000n } as const;
export const FAILED = { state: 'failed', reason: 'no_route', permanent: false, certain: true } as const;
export const WEAK = { ...FAILED, certain: false } as const;
export const UNKNOWN = { state: 'unknown', reason: 'timeout' } as const;
export const NEVER = { state: 'never', certain: true } as const;
export const BATCHED: PayoutFact = { kind: 'batched', batchId: 'batch' };
export const SIGNED: PayoutFact = { kind: 'signed', batchId: 'batch', txid: TXID, vout: 1 };

export function seen(confirmations: number, txid = TXID, hash = `block of ${txid}`): PayoutFact {
  const block = confirmations === 0 ? null : { height: 900_000, hash };
  return { kind: 'seen', txid, vout: 1, block, confirmations };
}

type Answer<Kind extends PayoutFact['kind']> = Extract<PayoutFact, { kind: Kind; answer: unknown }>['answer'];

export function ended(number: number, answer: Answer<'attempt_ended'>): PayoutFact {
  return { kind: 'attempt_ended', number, answer };
}

export function looked(answer: Answer<'looked_up'>, nodeId: string | null = NODE): PayoutFact {
  return { kind: 'looked_up', answer, nodeId };
}

export function context(nowMs = NOW_MS, limits: Partial<PayoutLimits> = {}, daySats = 0n): StepContext {
  return { nowMs, limits: { ...DEFAULT_PAYOUT_LIMITS, ...limits }, daySats, rate: { rate: '61000', currency: 'EUR' } };
}

/** 50 000 sats that wait for a claim. */
export function payout(over: Partial<Payout> = {}): Payout {
  return {
    storeId: 'store',
    id: 'payout',
    pullPaymentId: 'pull',
    invoiceId: null,
    environment: 'test',
    state: 'awaiting_claim',
    method: null,
    destination: null,
    amount: '0.0005',
    currency: 'BTC',
    amountSats: 50_000n,
    rate: null,
    usdRate: '100000',
    bolt11: null,
    paymentHash: null,
    bolt11ExpiresAtMs: null,
    preimage: null,
    feeMsat: null,
    attempts: [],
    batchId: null,
    txid: null,
    vout: null,
    blockHeight: null,
    blockHash: null,
    announcedConfirmations: null,
    approvals: [],
    revision: 0,
    dueAtMs: null,
    leaseUntilMs: null,
    endingReason: null,
    alertedAtMs: null,
    settledAtMs: null,
    settledRate: null,
    settledCurrency: null,
    reason: null,
    metadata: {},
    orderRef: null,
    sameOrderAs: null,
    createdAtMs: NOW_MS,
    createdBy: KEY,
    version: 1,
    ...over,
  };
}

/** 50 000 sats for one claim. */
export function pullPayment(over: Partial<PullPayment> = {}): PullPayment {
  return {
    storeId: 'store',
    id: 'pull',
    environment: 'test',
    origin: 'withdrawal',
    dialect: null,
    invoiceId: null,
    name: '',
    description: '',
    amount: '0.0005',
    currency: 'BTC',
    fixedRate: null,
    isSingleUse: true,
    autoApprove: false,
    methods: ['onchain', 'lightning'],
    minBolt11Seconds: 600,
    startsAtMs: null,
    expiresAtMs: null,
    archivedAtMs: null,
    metadata: {},
    orderRef: null,
    redirectUrl: null,
    redirectAutomatically: false,
    createdAtMs: NOW_MS,
    createdBy: KEY,
    version: 1,
    ...over,
  };
}

/** What became of a payout, and what was announced; a fact at another time names it. @throws Error where a fact is refused */
export function become(
  facts: readonly (PayoutFact | [PayoutFact, number])[],
  from: Payout = payout(),
): { payout: Payout; types: LoggedPayoutEventType[] } {
  const types: LoggedPayoutEventType[] = [];
  let nowMs = NOW_MS;
  let now = from;
  for (const each of facts) {
    const fact = Array.isArray(each) ? each[0] : each;
    if (Array.isArray(each)) nowMs = NOW_MS + each[1];
    const result = step(now, fact, context(nowMs));
    if ('refused' in result) throw new Error(`${fact.kind} was refused: ${result.refused}`);
    now = result.payout;
    if (result.type) types.push(result.type);
  }
  return { payout: now, types };
}

const CANCELLED: PayoutFact = { kind: 'cancelled', reason: 'rejected' };

/** A payout in each state, as facts have brought it there. */
export const LIGHTNING: Record<PayoutState, Payout> = {
  awaiting_claim: payout(),
  awaiting_approval: become([TO_BOLT11]).payout,
  queued: become([TO_BOLT11, APPROVED]).payout,
  in_flight: become([TO_BOLT11, APPROVED, STARTED]).payout,
  unknown: become([TO_BOLT11, APPROVED, STARTED, ended(1, UNKNOWN)]).payout,
  settled: become([TO_BOLT11, APPROVED, STARTED, ended(1, PAID)]).payout,
  cancelled: become([TO_BOLT11, CANCELLED]).payout,
};

export const ONCHAIN: Record<PayoutState, Payout> = {
  awaiting_claim: payout(),
  awaiting_approval: become([TO_ADDRESS]).payout,
  queued: become([TO_ADDRESS, APPROVED, BATCHED]).payout,
  in_flight: become([TO_ADDRESS, APPROVED, BATCHED, SIGNED]).payout,
  unknown: become([TO_ADDRESS, APPROVED, BATCHED, SIGNED, { kind: 'conflicted', confirmations: 1 }]).payout,
  settled: become([TO_ADDRESS, APPROVED, BATCHED, SIGNED, seen(6)]).payout,
  cancelled: become([TO_ADDRESS, APPROVED, CANCELLED]).payout,
};
