// An invoice that never was, in the state that follows one event: what a synthetic webhook shows. It is made by the road of
// every other, so that a receiver that can read it can read the real ones.

import { type Assessment, assess } from '../../core/invoice/assess.ts';
import type { EventType, Invoice } from '../../core/invoice/invoice.ts';
import { DEFAULT_EXPIRY_MINUTES, DEFAULT_LATE_GRACE_MINUTES } from '../../core/invoice/policy.ts';
import type { InvoiceState, Transition } from '../../core/invoice/state.ts';
import { onchainPrompt } from '../../core/onchain/prompt.ts';
import { type InvoiceSnapshot, snapshotOf } from '../../core/snapshot/invoice.ts';
import { FIRST, leadingTo } from './simulate.ts';

/** No store ever makes it: receivers that look it up find nothing. */
export const SAMPLE_INVOICE_ID = '00000000-0000-4000-8000-000000000000';
/** Receivers can tell a synthetic event from a real one by it. */
const SAMPLE_METADATA = { satlane_test_event: 'true' };

const MINUTE_MS = 60_000;
const AMOUNT_SATS = 25_000n;
/** Of BIP 173's published example key: no one must pay it. */
const ADDRESS = 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx';

/** The step that leads to the event, and the invoice after it in the native API's shape. */
export function sampleStep(
  type: EventType,
  store: { id: string; name: string; testMode: boolean },
  { nowMs, origin }: { nowMs: number; origin: string },
  id = SAMPLE_INVOICE_ID,
): { transition: Transition; snapshot: InvoiceSnapshot } {
  const invoice = { ...blank(store, nowMs), id };
  let before: InvoiceState | null = null;
  let after: InvoiceState = { invoice, payments: [], confirmedSats: 0n, tipHeight: null };
  let assessment = assessed(after, 0);
  let lookedAtMs = 0;
  for (const event of [FIRST[type], type].filter((one) => one !== undefined)) {
    if (event === 'invoice.created') continue;
    before = after;
    const change = leadingTo(event, null, { ...before, payments: [...before.payments] }, nowMs);
    lookedAtMs = change.lookedAtMs ?? lookedAtMs;
    const history = { ...before.invoice.history, [event]: nowMs };
    const marks = change.marks ?? before.invoice.marks;
    after = { ...before, invoice: { ...before.invoice, marks, history }, payments: change.payments ?? before.payments };
    assessment = assessed(after, lookedAtMs);
    const { status, announced, confirmedSats } = assessment;
    after = { ...after, invoice: { ...after.invoice, status, announced }, confirmedSats };
  }
  const snapshot = snapshotOf(after.invoice, [...after.payments], assessment, { tipHeight: null, origin });
  return { transition: { before, after, atMs: nowMs, origin }, snapshot };
}

function assessed({ invoice, payments }: InvoiceState, lookedAtMs: number): Assessment {
  const { marks, history } = invoice;
  return assess({ terms: invoice, payments, marks, history, tipHeight: null, lookedAtMs });
}

function blank(store: { id: string; testMode: boolean }, nowMs: number): Invoice {
  const expiresAtMs = nowMs + DEFAULT_EXPIRY_MINUTES * MINUTE_MS;
  return {
    id: SAMPLE_INVOICE_ID,
    storeId: store.id,
    environment: store.testMode ? 'test' : 'live',
    network: 'testnet',
    prompts: [
      onchainPrompt({ address: ADDRESS, script: '', walletId: '', index: 0, uri: `bitcoin:${ADDRESS}?amount=0.00025` }),
    ],
    amountSats: AMOUNT_SATS,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    confThreshold: 1,
    feeSats: 0n,
    fiatAmount: null,
    fiatCurrency: null,
    fiatRate: null,
    usdRate: null,
    lateGraceMinutes: DEFAULT_LATE_GRACE_MINUTES,
    createdAtMs: nowMs,
    expiresAtMs,
    lateDeadlineMs: expiresAtMs + DEFAULT_LATE_GRACE_MINUTES * MINUTE_MS,
    watchUntilMs: null,
    orderRef: 'satlane-test-event',
    callbackUrl: null,
    successUrl: null,
    buyerEmail: null,
    metadata: SAMPLE_METADATA,
    checkout: null,
    archivedAtMs: null,
    depositAddressId: null,
    announced: {},
    status: 'pending',
    version: 1,
    marks: [],
    history: { 'invoice.created': nowMs },
  };
}
