// Deposits of earlier versions, which all were payments of one invoice with the address's own id: they go on where they were, and
// what comes from now on is an invoice of its own.

import { expect, it } from 'vitest';
import { bindings, openMerchant } from '../../../support/merchant.ts';
import { brief, openElenpay } from './support.ts';

/** Makes the deposits that an address has into one invoice of its name, as they were before. */
async function asBefore(addressId: string): Promise<void> {
  const { results } = await bindings.DB.prepare('SELECT id FROM invoices WHERE deposit_address_id = ?')
    .bind(addressId)
    .all<{ id: string }>();
  const [first] = results;
  if (!first || results.length > 1) throw new Error(`${results.length} deposits`);
  const rename = (table: string, column: string) =>
    bindings.DB.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).bind(addressId, first.id);
  await bindings.DB.batch([
    bindings.DB.prepare('PRAGMA defer_foreign_keys = on'),
    rename('invoices', 'id'),
    rename('payments', 'invoice_id'),
    rename('events', 'subject_id'),
  ]);
}

it('An old deposit is announced on from where it was, by blocks and through a reorg, and a new one beside it', async () => {
  const { put, ask, pay, mine, follow, look, reorg, announced, merchant, invoicesAt, watcher } = await openElenpay();
  const { id, address } = await put('a');
  const old = await pay(address, 10_000);
  await look(id);
  await mine();
  await follow();
  expect(brief(await announced())).toEqual(['Processing 0', 'Processing 1']);
  await asBefore(id);

  merchant.clock.ms += 1_000;
  const young = await pay(address, 20_000);
  await look(id);
  await mine();
  await follow();
  await watcher.rescan(id);
  await reorg(2);
  await follow();
  await mine(4);
  await follow();
  const heard = (await announced()).map(({ pspReferenceId, tx }) => `${pspReferenceId} ${tx.confirmations}`);
  const each = ({ txid, vout }: { txid: string; vout: number }) =>
    [0, 1, 2, 3, 4, 5, 6].map((confirmations) => `${txid}-${vout} ${confirmations}`);
  expect(heard.sort()).toEqual([...each(old), ...each(young)].sort());

  const invoices = await invoicesAt(id);
  expect(invoices.map(({ payments }) => payments.map(({ txid }) => txid))).toEqual([[old.txid], [young.txid]]);
  expect(invoices[0]).toMatchObject({ id, status: 'paid', hosted_checkout_url: `https://pay.test/o/${id}` });
  expect(await merchant.eventTypes(id)).not.toContain('invoice.payment_reverted');
  const listed = await ask<{ deposits: { status: string; tx: { hash: string } }[] }>(
    'GET',
    `/stores/${merchant.store.id}/onchain/btc/addresses/a`,
  );
  expect(listed.body.deposits.map(({ status, tx }) => [status, tx.hash])).toEqual([
    ['Settled', young.txid],
    ['Settled', old.txid],
  ]);
  // Links that its shop has kept.
  expect((await merchant.request('GET', `/i/${id}`)).headers.get('location')).toBe(`/o/${id}`);
  expect((await merchant.request('GET', `/o/${id}`)).status).toBe(200);
  await watcher.leave();
});

it('An old deposit that waits is known behind many newer ones, and its own invoice’s alone', async () => {
  const { put, pay, payMany, look, mine, follow, invoicesAt, merchant } = await openElenpay();
  const { id, address } = await put('a');
  const { txid } = await pay(address, 10_000);
  await look(id);
  await asBefore(id);
  merchant.clock.ms += 1_000;
  await payMany(
    address,
    Array.from({ length: 60 }, (_, index) => 20_000 + index),
  );
  await look(id);
  const [newest] = (await invoicesAt(id)).slice(-1);
  await look(newest?.id ?? '');
  await mine();
  await follow();
  const invoices = await invoicesAt(id);
  const ofOld = invoices.filter(({ payments }) => payments.some((payment) => payment.txid === txid));
  expect(ofOld).toMatchObject([{ id, payments: [{ status: 'confirmed' }] }]);
  expect(invoices).toHaveLength(61);
});

it('In test mode an address with an old deposit takes further ones', async () => {
  const merchant = await openMerchant();
  const response = await merchant.request('PUT', `/api/v1/stores/${merchant.store.id}/onchain/btc/addresses/a`);
  const { id } = (await response.json()) as { id: string };
  const simulate = async (amount: string) => {
    const body = { event_type: 'invoice.paid', amount_sats: amount };
    const answer = await merchant.request('POST', `/v1/invoices/${id}/simulate`, body);
    return (await answer.json()) as { invoice: { id: string; amount_paid_sats: string } };
  };
  await simulate('5000');
  await asBefore(id);
  const { invoice } = await simulate('6000');
  expect(invoice.id).not.toBe(id);
  expect(invoice.amount_paid_sats).toBe('6000');
  expect(await merchant.readInvoice(id)).toMatchObject({ amount_paid_sats: '5000' });
});

it('An old deposit that waits in the mempool keeps its invoice when it gets its block, or is replaced', async () => {
  const { put, pay, mine, follow, look, announced, invoicesAt, chain } = await openElenpay();
  const { id, address } = await put('a');
  const { txid } = await pay(address, 10_000);
  await look(id);
  await asBefore(id);
  await look(id);
  await chain.control('replace', { txid, address, sats: 30_000 });
  await look(id);
  await mine();
  await follow();
  expect(
    (await invoicesAt(id)).map(({ id: own, payments }) => [own === id, payments.map(({ status }) => status)]),
  ).toEqual([
    [true, ['replaced']],
    [false, ['confirmed']],
  ]);
  expect(brief(await announced())).toEqual(['Processing 0', 'Processing 0', 'Processing 1']);
});
