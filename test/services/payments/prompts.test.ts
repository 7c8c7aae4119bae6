// A store may be paid in several ways, and none of them is privileged: a method that the core has never heard of comes in by one
// line, is offered beside the address or without it, is read back as it was, and its absence costs nothing.

import { describe, expect, it } from 'vitest';
import { statesOf } from '../../../src/adapters/db/invoices.ts';
import { duePlaces, openPlaces, watchedAmong } from '../../../src/adapters/db/watch.ts';
import { METHODS } from '../../../src/core/invoice/methods.ts';
import type { InvoiceState } from '../../../src/core/invoice/state.ts';
import { onchainPromptOf } from '../../../src/core/onchain/prompt.ts';
import { simulated } from '../../../src/core/simulated/payment.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { ApiError } from '../../../src/errors.ts';
import { hashKey } from '../../../src/services/access/keys.ts';
import { cancel } from '../../../src/services/payments/cancel.ts';
import { create } from '../../../src/services/payments/create.ts';
import { expire, expireOffChain } from '../../../src/services/payments/expire.ts';
import { type Method, type Methods, OFFERED_METHODS } from '../../../src/services/payments/offers.ts';
import { bindings, type Merchant, type MerchantOptions, openMerchant } from '../../support/merchant.ts';

/** Payments by pigeon: no address, no wallet, and nothing too small to carry. */
const pigeon: Method = () => ({
  minSats: 5n,
  prompt: ({ invoiceId, amountSats }) => ({ method: 'pigeon', minSats: 5n, loft: `${invoiceId}/${amountSats}` }),
});
const wounded: Method = () => {
  throw new ApiError('rate_unavailable');
};
/** Promises a prompt, and then has none. */
const lost: Method = () => ({ minSats: 5n, prompt: () => Promise.reject(new ApiError('database_unavailable')) });

async function order(merchant: Merchant, methods: Methods | undefined, sats: bigint | null = 100_000n) {
  const price = sats === null ? { any: true as const, currency: null } : { sats };
  const rest = { orderRef: null, callbackUrl: null, successUrl: null, buyerEmail: null, expiresInMinutes: null };
  const asker = { keyHash: await hashKey(merchant.store.apiKey) };
  const wanted = { price, ...rest, metadata: {}, checkout: null };
  const made = await create(merchant.deps, asker, Promise.resolve(true), wanted, null, '', methods);
  await merchant.settled();
  return made;
}

async function open(options: MerchantOptions = {}): Promise<Merchant> {
  const merchant = await openMerchant(options);
  if (options.mode === 'live') await merchant.showTip();
  return merchant;
}

async function stored(merchant: Merchant, id: string): Promise<InvoiceState> {
  const [state] = await statesOf(merchant.deps.db, [id]);
  if (!state) throw new Error(`${id} is not stored`);
  return state;
}

const methodsOf = ({ invoice }: InvoiceState) => invoice.prompts.map(({ method }) => method);
const issuedTo = async ({ store }: Merchant) =>
  (await bindings.DB.prepare('SELECT count(*) AS n FROM addresses WHERE wallet_id = ? AND invoice_id IS NOT NULL')
    .bind(store.wallet?.id ?? '')
    .first<number>('n')) ?? 0;

describe('A method that is new', () => {
  it('is offered beside the address, and read back as it was', async () => {
    const merchant = await open();
    const { id, invoice, snapshot } = await order(merchant, { ...OFFERED_METHODS, pigeon });
    const state = await stored(merchant, id);
    expect(methodsOf(state)).toEqual(['onchain', 'pigeon']);
    expect(state.invoice.prompts).toEqual(invoice?.prompts);
    expect(state.invoice.prompts[1]).toEqual({ method: 'pigeon', minSats: 5n, loft: `${id}/100000` });
    const { address, payment_uri } = JSON.parse(snapshot) as InvoiceSnapshot;
    expect(onchainPromptOf(state.invoice)).toMatchObject({ address, uri: payment_uri });
    expect(address).toMatch(/^bcrt1q/);
    expect(await issuedTo(merchant)).toBe(1);
  });

  it('changes nothing of what a client sees of the address', async () => {
    const merchant = await open();
    const shape = async (methods?: Methods) => {
      const { id, snapshot } = await order(merchant, methods);
      const { address } = JSON.parse(snapshot) as InvoiceSnapshot;
      return snapshot.replaceAll(id, 'ID').replaceAll(address, 'ADDRESS').replace(',"pigeon"', '');
    };
    expect(await shape({ ...OFFERED_METHODS, pigeon })).toBe(await shape());
  });

  it.each([
    ['the store has no wallet', { wallet: null }],
    ['the chain is not followed', { mode: 'live' as const }],
  ])('is offered alone where %s', async (_, options) => {
    // Other tests have shown a tip.
    await bindings.DB.prepare('DELETE FROM chain_state').run();
    const merchant = await openMerchant(options);
    const { id, snapshot } = await order(merchant, { ...OFFERED_METHODS, pigeon });
    const state = await stored(merchant, id);
    expect(methodsOf(state)).toEqual(['pigeon']);
    expect(JSON.parse(snapshot)).toMatchObject({ address: '', payment_uri: '', amount_due_sats: '100000' });
    expect(snapshot).not.toContain('address-of');
    expect(await merchant.eventTypes(id)).toEqual(['invoice.created']);
  });

  it('is offered alone where the wallet has no address left, in the same batch as ever', async () => {
    const merchant = await open({ mode: 'live', wallet: { gapLimit: 10, pool: 2 } });
    for (let made = 0; made < 5; made++) await order(merchant, OFFERED_METHODS);
    await expect(order(merchant, OFFERED_METHODS)).rejects.toThrow(
      expect.objectContaining({ code: 'gap_limit_exceeded' }),
    );
    const { id, snapshot } = await order(merchant, { ...OFFERED_METHODS, pigeon });
    expect(methodsOf(await stored(merchant, id))).toEqual(['pigeon']);
    expect(snapshot).not.toContain('address-of');
    expect(await issuedTo(merchant)).toBe(5);
  });

  it('is offered alone for an amount that no address takes, down to its own least', async () => {
    const merchant = await open();
    const { id } = await order(merchant, { ...OFFERED_METHODS, pigeon }, 5n);
    expect(methodsOf(await stored(merchant, id))).toEqual(['pigeon']);
    await expect(order(merchant, { ...OFFERED_METHODS, pigeon }, 4n)).rejects.toThrow('at least 5 sats');
    await expect(order(merchant, OFFERED_METHODS, 5n)).rejects.toThrow('at least 294 sats');
    expect(await issuedTo(merchant)).toBe(0);
  });

  it('is offered beside the address for any amount', async () => {
    const merchant = await open();
    const { id } = await order(merchant, { ...OFFERED_METHODS, pigeon }, null);
    expect(methodsOf(await stored(merchant, id))).toEqual(['onchain', 'pigeon']);
  });

  it('makes an invoice that is cancelled and expires like any other', async () => {
    const merchant = await open({ wallet: null });
    const [one, other] = [await order(merchant, { pigeon }), await order(merchant, { pigeon })];
    await cancel(merchant.deps, merchant.store.id, one.id, 'test');
    merchant.clock.advanceMinutes(16);
    await expire(merchant.deps, other.id);
    expect(await merchant.eventTypes(one.id)).toEqual(['invoice.created', 'invoice.cancelled']);
    expect(await merchant.eventTypes(other.id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('makes a live invoice that expires once, and neither by the cron nor by its page before its method was looked at', async () => {
    const merchant = await open({ mode: 'live', wallet: null });
    const [polled, other] = [await order(merchant, { pigeon }), await order(merchant, { pigeon })];
    const expiresMs = Date.parse((JSON.parse(polled.snapshot) as InvoiceSnapshot).expires_at);
    merchant.clock.ms = expiresMs - 1;
    await expireOffChain(merchant.deps);
    expect(await merchant.eventTypes(polled.id)).toEqual(['invoice.created']);
    merchant.clock.ms = expiresMs + 3_600_000;
    let lookedAtMs = expiresMs - 1;
    METHODS.pigeon = { ...simulated, lookedAtMs: () => lookedAtMs };
    await expireOffChain(merchant.deps);
    await expire(merchant.deps, polled.id);
    expect(await merchant.eventTypes(polled.id)).toEqual(['invoice.created']);
    lookedAtMs = expiresMs;
    await Promise.all([polled, polled, other, other].map(({ id }) => expire(merchant.deps, id)));
    await expireOffChain(merchant.deps);
    delete METHODS.pigeon;
    for (const { id } of [polled, other]) {
      expect(await merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.expired']);
    }
  });

  it('makes a live invoice that its open page expires on the second', async () => {
    const merchant = await open({ mode: 'live', wallet: null });
    const { id } = await order(merchant, { pigeon });
    merchant.clock.advanceMinutes(15);
    await expire(merchant.deps, id);
    expect(await merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('takes part in a hundred concurrent creations, and each has its own address and loft', async () => {
    const merchant = await open({ wallet: { pool: 130 } });
    const made = await Promise.all(Array.from({ length: 100 }, () => order(merchant, { ...OFFERED_METHODS, pigeon })));
    const states = await statesOf(
      merchant.deps.db,
      made.map(({ id }) => id),
    );
    const addresses = new Set(states.map(({ invoice }) => onchainPromptOf(invoice)?.address));
    const lofts = new Set(states.map(({ invoice }) => JSON.stringify(invoice.prompts[1], ['loft'])));
    expect([addresses.size, lofts.size]).toEqual([100, 100]);
  });
});

describe('A method that cannot be offered', () => {
  it('leaves the others, before the price is known and after', async () => {
    const merchant = await open();
    const { id } = await order(merchant, { wounded, lost, ...OFFERED_METHODS });
    expect(methodsOf(await stored(merchant, id))).toEqual(['onchain']);
  });

  it('fails the creation where it was the last, with the reason of the first', async () => {
    const merchant = await open({ wallet: null });
    await expect(order(merchant, OFFERED_METHODS)).rejects.toThrow(expect.objectContaining({ code: 'no_active_xpub' }));
    await expect(order(merchant, { wounded, ...OFFERED_METHODS })).rejects.toThrow(
      expect.objectContaining({ code: 'rate_unavailable' }),
    );
    await expect(order(merchant, { lost })).rejects.toThrow(expect.objectContaining({ code: 'database_unavailable' }));
  });

  it('fails the creation by a fault of its own, which is no refusal', async () => {
    const merchant = await open();
    const broken: Method = () => {
      throw new TypeError('a fault');
    };
    await expect(order(merchant, { ...OFFERED_METHODS, broken })).rejects.toThrow('a fault');
    expect(await issuedTo(merchant)).toBe(0);
  });
});

describe('The watcher', () => {
  it('asks no explorer about an invoice without an address', async () => {
    const merchant = await open({ mode: 'live', wallet: null });
    const { id } = await order(merchant, { pigeon });
    const ids = async (found: Promise<{ id: string }[]>) => (await found).map(({ id }) => id);
    expect(await ids(watchedAmong(merchant.deps.db, [id]))).toEqual([]);
    expect(await ids(openPlaces(merchant.deps.db, merchant.clock.ms, 10_000))).not.toContain(id);
    const due = duePlaces(merchant.deps.db, Number.MAX_SAFE_INTEGER, 10_000);
    expect(await ids(due.then(({ places }) => places))).not.toContain(id);
  });
});
