// What a shop that speaks ElenPAY is announced: of a permanent address every confirmation of every deposit, once; of other
// invoices what Greenfield tells, with the amounts.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dialectOf } from '../../../src/core/dialects/table.ts';
import type { Invoice, Payment } from '../../../src/core/invoice/invoice.ts';
import type { InvoiceState } from '../../../src/core/invoice/state.ts';
import { transition } from '../../../src/core/invoice/transition.ts';
import { addressOf } from '../../../src/core/onchain/prompt.ts';
import { CREATED_MS, hash, invoice, MINUTE_MS, mempool, mined, TIP } from '../invoice/support.ts';

const FOREVER_MS = CREATED_MS + 100 * 365 * 24 * 60 * MINUTE_MS;
const AT_MS = CREATED_MS + 2 * MINUTE_MS;

const golden = (name: string) =>
  JSON.parse(readFileSync(`${import.meta.dirname}/../../vectors/elenpay/${name}.json`, 'utf8')) as unknown;

interface Announced {
  type: string;
  pspReferenceId?: string;
  tx?: { confirmations: number; sats: number };
  [field: string]: unknown;
}

function permanent(over: Partial<Invoice> = {}): InvoiceState {
  const fresh = invoice({
    amountSats: null,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    confThreshold: 6,
    expiresAtMs: FOREVER_MS,
    lateDeadlineMs: FOREVER_MS,
    fiatAmount: null,
    fiatRate: '100000.00',
    fiatCurrency: 'USD',
    orderRef: '12345678',
    buyerEmail: null,
    marks: [],
    metadata: { OrderId: '12345678', CustomerId: '31a68df4-3ed2-4b54-abd0-bdfb401a22a6' },
    depositAddressId: 'address',
    checkout: { dialect: 'elenpay', announcesConfirmations: true },
    ...over,
  });
  return { invoice: fresh, payments: [], confirmedSats: 0n, tipHeight: TIP };
}

/** One look at the chain: the payments as they are now. */
function take(before: InvoiceState, payments: Payment[]) {
  const known = { ...before, witnessedHeight: null, hold: null };
  const { invoice, assessment } = transition(known, { payments, lookedAtMs: AT_MS }, AT_MS);
  const after = { ...before, payments, invoice, confirmedSats: assessment.confirmedSats };
  const step = { before, after, atMs: AT_MS, origin: 'https://pay.test' };
  const events = dialectOf('elenpay').events(step, 'invoice.updated');
  return { after, announced: events.map(({ body }) => JSON.parse(body ?? '') as Announced) };
}

const brief = (announced: Announced[]) =>
  announced.map(({ type, tx }) => `${type.replace('OnchainDeposit', '')} ${tx?.confirmations}`);

describe('A deposit', () => {
  test('is announced at every confirmation from the mempool to the sixth', () => {
    const waiting = mempool(10_000n);
    let state = permanent();
    const heard: string[] = [];
    for (let confirmations = 0; confirmations <= 8; confirmations++) {
      const seen = confirmations === 0 ? waiting : mined(10_000n, confirmations, { id: waiting.id });
      const { after, announced } = take(state, [seen]);
      state = after;
      heard.push(...brief(announced));
    }
    expect(heard).toEqual([
      ...['Processing 0', 'Processing 1', 'Processing 2', 'Processing 3', 'Processing 4', 'Processing 5'],
      'Settled 6',
    ]);
  });

  test('that comes in its block, or gets several blocks together, leaves no confirmation out', () => {
    const first = take(permanent(), [mined(10_000n, 2, { txid: hash('a') })]);
    expect(brief(first.announced)).toEqual(['Processing 0', 'Processing 1', 'Processing 2']);
    const second = take(first.after, [mined(10_000n, 9, { txid: hash('a') })]);
    expect(brief(second.announced)).toEqual(['Processing 3', 'Processing 4', 'Processing 5', 'Settled 6']);
    expect(take(second.after, [mined(10_000n, 10, { txid: hash('a') })]).announced).toEqual([]);
  });

  test('that a reorg takes back is announced again only where it gets further than before', () => {
    const third = take(permanent(), [mined(10_000n, 3, { txid: hash('a') })]).after;
    const gone = take(third, [mempool(10_000n, { txid: hash('a'), state: 'reorged' })]);
    expect(gone.announced).toEqual([]);
    const back = take(gone.after, [mined(10_000n, 1, { txid: hash('a') })]);
    expect(back.announced).toEqual([]);
    expect(brief(take(back.after, [mined(10_000n, 4, { txid: hash('a') })]).announced)).toEqual(['Processing 4']);
  });

  test('and another in the same transaction are two, each under its own name', () => {
    const outputs = [mempool(1_000n, { txid: hash('a') }), mempool(2_000n, { txid: hash('a'), vout: 1 })];
    const { announced } = take(permanent(), outputs);
    expect(announced.map(({ pspReferenceId, tx }) => [pspReferenceId, tx?.sats])).toEqual([
      [`${hash('a')}-0`, 1_000],
      [`${hash('a')}-1`, 2_000],
    ]);
  });

  test('after others goes on alone: what is settled is not told of again', () => {
    const settled = take(permanent(), [mined(5_000n, 6, { txid: hash('a') })]).after;
    expect(settled.invoice.status).toBe('paid');
    const { announced } = take(settled, [mined(5_000n, 7, { txid: hash('a') }), mempool(1_000n, { txid: hash('b') })]);
    expect(announced.map(({ type, pspReferenceId }) => [type, pspReferenceId])).toEqual([
      ['OnchainDepositProcessing', `${hash('b')}-0`],
    ]);
  });

  test('has a body in ElenPAY’s shape, first and last', () => {
    const { after, announced } = take(permanent(), [mempool(10_000n, { txid: hash('a') })]);
    const settled = take(after, [mined(10_000n, 6, { txid: hash('a') })]).announced.at(-1);
    const named = (body: unknown) =>
      JSON.parse(
        JSON.stringify(body)
          .replaceAll(hash('a'), 'TXID')
          .replaceAll(after.invoice.storeId, 'STORE')
          .replaceAll(addressOf(after.invoice), 'ADDRESS'),
      ) as unknown;
    expect([named(announced[0]), named(settled)]).toEqual(golden('deposit-events'));
  });

  test('has no worth where no rate is known, and one in whole yen', () => {
    const deposit = [mempool(10_000n, { txid: hash('a') })];
    expect(take(permanent({ fiatRate: null }), deposit).announced[0]?.fiatAmount).toBeNull();
    const inYen = take(permanent({ fiatCurrency: 'JPY', fiatRate: '15000000' }), deposit).announced[0];
    expect(inYen?.fiatAmount).toBe(1_500);
  });

  test('to an address whose first deposit a reorg took for good is announced all the same', () => {
    const settled = take(permanent(), [mined(5_000n, 6, { txid: hash('a') })]).after;
    const gone = mempool(5_000n, { txid: hash('a'), state: 'reorged' });
    const reverted = take(settled, [gone]).after;
    const { announced } = take(reverted, [gone, mined(1_000n, 6, { txid: hash('b') })]);
    expect(brief(announced).at(-1)).toBe('Settled 6');
    expect(announced.at(-1)?.pspReferenceId).toBe(`${hash('b')}-0`);
  });
});

describe('An ordinary invoice', () => {
  const priced = (over: Partial<Invoice>): InvoiceState => ({
    ...permanent({
      depositAddressId: null,
      checkout: { dialect: 'greenfield' },
      amountSats: 100_000n,
      confThreshold: 1,
      expiresAtMs: CREATED_MS + 15 * MINUTE_MS,
      lateDeadlineMs: CREATED_MS + 75 * MINUTE_MS,
      ...over,
    }),
  });

  test('is announced as Greenfield does, with the amounts and the metadata as they were given', () => {
    const { announced, after } = take(priced({ fiatAmount: '350.00' }), [mined(100_000n)]);
    const settled = announced.find(({ type }) => type === 'InvoiceSettled');
    expect({ ...settled, storeId: 'STORE', invoiceId: 'INVOICE' }).toEqual(golden('invoice-settled'));
    expect(settled?.invoiceId).toBe(after.invoice.id);
  });

  test('priced in bitcoin is worth what the rate of its making says', () => {
    const { announced } = take(priced({ fiatRate: null, usdRate: '50000' }), [mined(100_000n)]);
    expect(announced.at(-1)).toMatchObject({ currency: 'BTC', cryptoAmount: 0.001, fiatAmount: 50 });
  });

  test('of any amount has that of what came', () => {
    const { announced } = take(priced({ amountSats: null, fiatRate: '50000' }), [mined(30_000n)]);
    expect(announced.at(-1)).toMatchObject({ type: 'InvoiceSettled', cryptoAmount: 0.0003, fiatAmount: 15 });
  });
});
