// What the invoice tests share: one invoice on its way, and payments, looks and facts about it that spell out only what
// matters to the test.

import { type Assessment, assess, bounds, type Facts } from '../../../src/core/invoice/assess.ts';
import type { EventType, History, Invoice, LoggedEventType, Terms } from '../../../src/core/invoice/invoice.ts';
import { transition } from '../../../src/core/invoice/transition.ts';
import type { Look, SeenTx } from '../../../src/core/onchain/look.ts';
import type { OnchainPayment } from '../../../src/core/onchain/payment.ts';
import { type OnchainPrompt, onchainPrompt } from '../../../src/core/onchain/prompt.ts';

export const MINUTE_MS = 60_000;
export const CREATED_MS = Date.UTC(2026, 4, 16, 11, 15);
export const EXPIRES_MS = CREATED_MS + 15 * MINUTE_MS;
export const DEADLINE_MS = EXPIRES_MS + 60 * MINUTE_MS;
export const TIP = 900_000;
export const SCRIPT = `0014${'ab'.repeat(20)}`;
export const OTHER_SCRIPT = `0014${'cd'.repeat(20)}`;

/** Sixty-four hex digits that begin with a name's own bytes: readable in a failure, shaped like a txid or block hash. */
export function hash(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

/** 100 000 sats, give or take 1000, one confirmation. */
export function terms(over: Partial<Terms> = {}): Terms {
  return {
    amountSats: 100_000n,
    toleranceBelowSats: 1_000n,
    toleranceAboveSats: 1_000n,
    confThreshold: 1,
    expiresAtMs: EXPIRES_MS,
    lateDeadlineMs: DEADLINE_MS,
    ...over,
  };
}

/** What a look has to know of an invoice with these terms. */
export function payee(over: Partial<Terms> = {}) {
  return { script: SCRIPT, createdAtMs: CREATED_MS, leastSats: bounds(terms(over)).least };
}

let made = 0;

type Over = Partial<OnchainPayment> & { txid?: string; vout?: number };

/** A payment on time that waits in the mempool. */
export function mempool(valueSats: bigint, { txid, vout, ...over }: Over = {}): OnchainPayment {
  made += 1;
  return {
    method: 'onchain',
    id: `${txid ?? hash(`tx${made}`)}:${vout ?? 0}`,
    valueSats,
    state: 'mempool',
    firstSeenMs: CREATED_MS + MINUTE_MS,
    blockHeight: null,
    blockHash: null,
    inputs: [],
    ...over,
  };
}

/** A payment on time with that many confirmations at `TIP`. */
export function mined(valueSats: bigint, confirmations = 1, over: Over = {}): OnchainPayment {
  const blockHeight = TIP - confirmations + 1;
  return mempool(valueSats, { state: 'confirmed', blockHeight, blockHash: hash(`block${blockHeight}`), ...over });
}

/** Facts as of a look while there is still time. */
export function facts(over: Partial<Facts> = {}): Facts {
  return {
    terms: terms(),
    payments: [],
    marks: [],
    history: { 'invoice.created': CREATED_MS },
    tipHeight: TIP,
    witnessedHeight: TIP,
    lookedAtMs: CREATED_MS + 5 * MINUTE_MS,
    ...over,
  };
}

export function statusOf(over: Partial<Facts>): Assessment['status'] {
  return assess(facts(over)).status;
}

/** A history in which those events are already told. */
export function announced(...types: LoggedEventType[]): History {
  return Object.fromEntries(['invoice.created', ...types].map((type) => [type, CREATED_MS]));
}

/** An invoice step by step, as it goes, and what its merchant was told on the way. */
export interface Story {
  facts: Facts;
  /** As of the last look. */
  assessment: Assessment;
  /** As of the last commit: what the next look is compared with. */
  committed: Assessment;
  events: EventType[];
}

export function begin(over: Partial<Facts> = {}): Story {
  const start = facts({ lookedAtMs: 0, ...over });
  const assessment = assess(start);
  return { facts: start, assessment, committed: assessment, events: ['invoice.created'] };
}

/** One step, as transition.ts decides it upon new facts; the event goes into the history. */
export function advance(story: Story, change: Partial<Facts>, atMs: number): Story {
  const next: Facts = { ...story.facts, lookedAtMs: 0, ...change };
  const { status, confirmedSats } = story.committed;
  const { terms, history, tipHeight, witnessedHeight = null, heldAboveHeight = null, lookedAtMs } = next;
  const hold = heldAboveHeight === null ? null : { aboveHeight: heldAboveHeight };
  const step = transition(
    {
      invoice: invoice({ ...terms, status, history, marks: [...story.facts.marks] }),
      payments: story.facts.payments,
      ...{ confirmedSats, tipHeight, witnessedHeight, hold },
    },
    { payments: [...next.payments], lookedAtMs, ...(change.marks && { marks: [...change.marks] }) },
    atMs,
  );
  if (step.type === null) return { ...story, facts: next, assessment: step.assessment };
  const events = step.type === 'invoice.updated' ? story.events : [...story.events, step.type];
  const facts = { ...next, history: step.invoice.history };
  return { facts, assessment: step.assessment, committed: step.assessment, events };
}

export function tx(name: string, over: Partial<SeenTx> & { sats?: bigint } = {}): SeenTx {
  const { sats = 100_000n, ...rest } = over;
  return {
    txid: hash(name),
    inputs: [`${hash(`coin of ${name}`)}:0`],
    outputs: [{ vout: 0, script: SCRIPT, valueSats: sats }],
    block: null,
    ...rest,
  };
}

export function look(over: Partial<Look> = {}): Look {
  return {
    atMs: CREATED_MS + 2 * MINUTE_MS,
    tipHeight: TIP,
    transactions: [],
    lostBlocks: new Set(),
    unknownTxids: new Set(),
    ...over,
  };
}

export function prompt(over: Partial<OnchainPrompt> = {}): OnchainPrompt {
  return onchainPrompt({
    address: 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
    script: SCRIPT,
    walletId: 'private-wallet-id',
    index: 7,
    uri: 'bitcoin:tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx?amount=0.00150234',
    ...over,
  });
}

/** The integration guide's own example (§4). */
export function invoice(over: Partial<Invoice> = {}): Invoice {
  return {
    id: '22872e14-4216-4c78-8fe1-088ea649f3c2',
    storeId: '5f0f9d2e-8f57-4a56-9be1-2f8a4f0d9c11',
    environment: 'test',
    network: 'testnet',
    depositAddressId: null,
    prompts: [prompt()],
    amountSats: 150_234n,
    toleranceBelowSats: 375n,
    toleranceAboveSats: 375n,
    fiatAmount: '49.99',
    fiatCurrency: 'USD',
    fiatRate: '33280.45',
    usdRate: '33280.45',
    feeSats: 1_502n,
    confThreshold: 1,
    createdAtMs: CREATED_MS,
    expiresAtMs: EXPIRES_MS,
    lateGraceMinutes: 60,
    lateDeadlineMs: DEADLINE_MS,
    orderRef: 'private-order-ref',
    callbackUrl: 'https://shop.example/private-callback',
    successUrl: 'https://shop.example/thanks',
    buyerEmail: 'private-buyer@shop.example',
    metadata: { 'private-key': 'private-value' },
    checkout: null,
    archivedAtMs: null,
    announced: {},
    version: 1,
    status: 'pending',
    marks: [{ kind: 'review_opened', atMs: CREATED_MS, by: 'private-person', reason: 'private-mark' }],
    history: { 'invoice.created': CREATED_MS },
    watchUntilMs: DEADLINE_MS,
    ...over,
  };
}
