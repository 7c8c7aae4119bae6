// In every order of what can happen to an invoice by both rails: a BOLT11 is credited once, the status agrees with what was paid, and
// nothing expires unseen. A failure prints the seed that repeats it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { cancel } from '../../../src/services/payments/cancel.ts';
import {
  type LightningMerchant,
  lookAtChain,
  openLightningMerchant,
  payOnchain,
  unreachable,
} from '../../support/lightning.ts';
import { bindings } from '../../support/merchant.ts';

const PRICE = 100_000n;
const PART = 40_000n;

/** One of an invoice's BOLT11s, by its place among them; the newest beyond that. */
const which = fc.integer({ min: 0, max: 2 });
const step = fc.oneof(
  fc.constantFrom('look', 'page', 'hook', 'hook twice', 'restart', 'node down', 'node up', 'look at the chain'),
  fc.constantFrom('cancel', 'part on chain', 'all on chain', 'runs out', 'forged hook', 'held', 'released'),
  fc.record({ pay: which }),
  fc.record({ pass: fc.constantFrom(1, 4, 61, 200, 640, 960, 7_200) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Life {
  merchant: LightningMerchant;
  id: string;
  /** What the chain has brought, sats. */
  onchain: bigint;
  expiresAtMs: number;
}

async function take(life: Life, step: Step): Promise<void> {
  const { merchant, id } = life;
  const { node, store } = merchant;
  const { lightning } = merchant.deps;
  if (typeof step === 'object') {
    if ('pass' in step) return merchant.pass(step.pass);
    const made = node.made[Math.min(step.pay, node.made.length - 1)];
    if (made && made.incoming.state === 'open' && merchant.clock.ms <= made.expiresAtMs)
      node.pay(made.minted.paymentHash);
    return;
  }
  const hashes = node.made.map(({ minted }) => minted.paymentHash);
  switch (step) {
    case 'look':
      return void (await merchant.readInvoice(id));
    case 'page':
      return lightning.hot(store.id, id);
    case 'hook':
      return lightning.look(store.id, hashes);
    case 'hook twice':
      return void (await Promise.all([1, 2].map(() => lightning.look(store.id, hashes))));
    case 'forged hook':
      return lightning.look(store.id, ['ab'.repeat(32)]);
    case 'restart':
      merchant.restart();
      return lightning.wake(store.id);
    case 'node down':
      node.fault = unreachable();
      return;
    case 'node up':
      node.fault = null;
      return;
    case 'look at the chain':
      return lookAtChain(merchant, id);
    case 'cancel':
      return void (await cancel(merchant.deps, store.id, id, 'test').catch(() => {}));
    case 'part on chain':
    case 'all on chain': {
      const sats = step === 'all on chain' ? PRICE : PART;
      life.onchain += sats;
      return payOnchain(merchant, id, sats, 120);
    }
    case 'runs out':
      // Its server gives less time than is asked for.
      node.maxExpirySeconds = 60;
      return;
    case 'held':
    case 'released': {
      const [from, to] = step === 'held' ? (['open', 'held'] as const) : (['held', 'open'] as const);
      const made = node.made.find(({ incoming }) => incoming.state === from);
      if (made) made.incoming = { ...made.incoming, state: to };
    }
  }
}

/** What has to be true whenever the object has looked. */
async function check({ merchant, id, onchain, expiresAtMs }: Life, invoice: InvoiceSnapshot, isLast: boolean) {
  const { node } = merchant;
  const settled = node.made.filter(({ incoming }) => incoming.state === 'settled');
  const hashes = invoice.payments.filter(({ block_height }) => block_height === null).map(({ txid }) => txid);
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const hash of hashes) expect(settled.map(({ minted }) => minted.paymentHash)).toContain(hash);
  const { results } = await bindings.DB.prepare(
    "SELECT type, created_at FROM events WHERE subject_id = ? AND type <> 'invoice.updated'",
  )
    .bind(id)
    .all<{ type: string; created_at: number }>();
  const types = results.map(({ type }) => type);
  for (const once of ['invoice.paid', 'invoice.overpaid', 'invoice.late_paid', 'invoice.expired']) {
    expect(types.filter((type) => type === once).length, once).toBeLessThan(2);
  }
  const expired = results.find(({ type }) => type === 'invoice.expired');
  if (expired) {
    expect(expired.created_at).toBeGreaterThanOrEqual(expiresAtMs);
    // Nothing had been paid in time that the invoice did not know of then.
    for (const { incoming } of settled) {
      const isInTime = (incoming.settledAtMs ?? 0) < expiresAtMs;
      if (isInTime) expect(incoming.settledAtMs).toBeGreaterThan(expired.created_at);
    }
  }
  if (!isLast) return;
  expect(hashes.length).toBe(settled.length);
  const received = onchain + settled.reduce((sum, { incoming }) => sum + incoming.receivedMsat / 1000n, 0n);
  const shown = invoice.payments.reduce((sum, { amount_sats }) => sum + BigInt(amount_sats), 0n);
  expect(shown).toBe(received);
  // What came after the grace is not credited by itself: it asks for a review, unless the invoice was paid before.
  const inTime = invoice.payments.filter((one) => one.first_seen_at <= invoice.late_payment_deadline_at);
  const credited = inTime.reduce((sum, { amount_sats }) => sum + BigInt(amount_sats), 0n);
  if (received === 0n) expect(['expired', 'cancelled']).toContain(invoice.status);
  else if (credited < PRICE) expect(['underpaid', 'requires_review']).toContain(invoice.status);
  else if (credited <= PRICE + 1_000n) expect(['paid', 'late_paid', 'requires_review']).toContain(invoice.status);
  else expect(['overpaid', 'requires_review']).toContain(invoice.status);
}

it('In every order a BOLT11 is credited once, and nothing expires unseen', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 18 }), fc.boolean(), async (steps, cancels) => {
      const merchant = await openLightningMerchant();
      merchant.node.cancels = cancels;
      const { id, expires_at } = await merchant.createInvoice({ amount_sats: String(PRICE) });
      merchant.deps.watcher.look = async () => lookAtChain(merchant, id);
      const life: Life = { merchant, id, onchain: 0n, expiresAtMs: Date.parse(expires_at) };
      for (const one of steps) {
        await take(life, one);
        await merchant.settled();
        await check(life, await stateOf(merchant, id), false);
      }
      // In the end all is well again, for long enough.
      merchant.node.fault = null;
      for (const made of merchant.node.made)
        if (made.incoming.state === 'held') made.incoming = { ...made.incoming, state: 'open' };
      await merchant.pass(2 * 60 * 60);
      await lookAtChain(merchant, id);
      await check(life, await stateOf(merchant, id), true);
    }),
    { numRuns: 60 },
  );
});

/** Without the look that a read by the API is. */
async function stateOf(merchant: LightningMerchant, id: string): Promise<InvoiceSnapshot> {
  const { readInvoice } = await import('../../../src/services/payments/read.ts');
  return readInvoice(merchant.deps, merchant.store.id, id);
}
