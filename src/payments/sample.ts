// An invoice that never was, in the state that follows one event: what a synthetic webhook shows. It is made by the road of
// every other, so that a receiver that can read it can read the real ones.

import { assess } from '../invoice/assess.ts';
import type { EventType, History, Invoice, Mark, Payment } from '../invoice/invoice.ts';
import { type NativeInvoice, nativeInvoice } from '../invoice/native.ts';
import { DEFAULT_EXPIRY_MINUTES, DEFAULT_LATE_GRACE_MINUTES } from '../invoice/policy.ts';
import { FIRST, leadingTo } from './simulate.ts';

/** No store ever makes it: receivers that look it up find nothing. */
export const SAMPLE_INVOICE_ID = '00000000-0000-4000-8000-000000000000';
/** Receivers can tell a synthetic event from a real one by it. */
export const SAMPLE_METADATA = { satlane_test_event: 'true' };

const MINUTE_MS = 60_000;
const AMOUNT_SATS = 25_000n;
/** Of BIP 173's example key, which everybody knows: nobody should pay it. */
const ADDRESS = 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx';

export function sampleInvoice(
  type: EventType,
  store: { id: string; name: string; testMode: boolean },
  { nowMs, origin }: { nowMs: number; origin: string },
): NativeInvoice {
  const invoice = blank(store, nowMs);
  let payments: Payment[] = [];
  let marks: Mark[] = [];
  let lookedAtMs = 0;
  const history: History = { 'invoice.created': nowMs };
  for (const event of [FIRST[type], type].filter((one) => one !== undefined)) {
    const change = leadingTo(event, null, { invoice: { ...invoice, marks }, payments }, nowMs);
    payments = change.payments ?? payments;
    marks = change.marks ?? marks;
    lookedAtMs = change.lookedAtMs ?? lookedAtMs;
    history[event] = nowMs;
  }
  const assessment = assess({ terms: invoice, payments, marks, history, tipHeight: null, lookedAtMs });
  return nativeInvoice({ ...invoice, history, marks }, payments, assessment, { tipHeight: null, origin });
}

function blank(store: { id: string; testMode: boolean }, nowMs: number): Invoice {
  const expiresAtMs = nowMs + DEFAULT_EXPIRY_MINUTES * MINUTE_MS;
  return {
    id: SAMPLE_INVOICE_ID,
    storeId: store.id,
    environment: store.testMode ? 'test' : 'live',
    network: 'testnet',
    walletId: '',
    addressIndex: 0,
    address: ADDRESS,
    script: '',
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
    paymentUri: `bitcoin:${ADDRESS}?amount=0.00025`,
    status: 'pending',
    version: 1,
    marks: [],
    history: {},
  };
}
