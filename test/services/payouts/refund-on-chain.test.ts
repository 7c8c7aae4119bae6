// A buyer paid too much, and gets it back on the chain: refund, claim, approval, batch, the merchant's signature, six blocks, and what each
// shop system hears on the way.

import { expect, it } from 'vitest';
import { type Packed, unpack } from '../../../src/adapters/db/packed.ts';
import { addEndpoint } from '../../../src/services/endpoints/endpoints.ts';
import { openBatches } from '../../support/batches.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { freshAddress } from '../../support/payouts.ts';

it('an overpaid invoice is refunded to an address, and every dialect tells of it', async () => {
  const shop = await openBatches();
  const { merchant, deps } = shop;
  const store = { id: shop.storeId, archivedAtMs: null };
  for (const dialect of ['native', 'greenfield', 'elenpay'] as const)
    await addEndpoint(deps, store, { url: (await startReceiver()).url, dialect });
  const ask = async (path: string, body: unknown) => {
    const response = await merchant.request('POST', path, body);
    return (await response.json()) as {
      pull_payment: { id: string; amount: string };
      payout: { id: string; state: string };
    };
  };

  const { id, address } = await shop.invoiceOf(60_000);
  await shop.pay(address, 100_000);
  await shop.mine();
  await shop.look(id);
  expect(await shop.read(id)).toMatchObject({ status: 'overpaid' });
  const { pull_payment: refund } = await ask(`/v1/invoices/${id}/refunds`, { variant: 'overpaid' });
  expect(refund.amount).toBe('0.00040000');
  const destination = freshAddress();
  const { payout } = await ask(`/v1/pull-payments/${refund.id}/claims`, { destination });
  expect(payout.state).toBe('awaiting_approval');
  expect((await ask(`/v1/payouts/${payout.id}/approve`, {})).payout.state).toBe('queued');

  const batch = await shop.make();
  await shop.upload(batch, await shop.sign(batch));
  await shop.grow(6);
  expect(await shop.payouts([payout.id])).toMatchObject([
    { state: 'settled', invoiceId: id, destination, amountSats: 40_000n, announcedConfirmations: 6, txid: batch.txid },
  ]);

  const { results } = await bindings.DB.prepare(
    `SELECT d.dialect, d.body, e.type
     FROM deliveries d JOIN events e ON e.store_id = d.store_id AND e.log_seq = d.log_seq
     WHERE d.store_id = ? AND e.subject_id = ? ORDER BY d.log_seq, d.target`,
  )
    .bind(shop.storeId, payout.id)
    .all<{ dialect: string; body: Packed | null; type: string }>();
  const sent = results.map(({ dialect, body, type }) => ({ dialect, type, ...(body && JSON.parse(unpack(body))) }));
  const of = (dialect: string) => sent.filter((one) => one.dialect === dialect);
  expect(of('native').map(({ type }) => type)).toEqual([
    ...['payout.created', 'payout.approved', 'payout.in_flight', 'payout.settled'],
  ]);
  // ElenPAY gets each confirmation once.
  expect(of('elenpay').map(({ type, tx }) => [type, tx.confirmations])).toEqual([
    ...[0, 1, 2, 3, 4, 5].map((count) => ['OnchainWithdrawalProcessing', count]),
    ['OnchainWithdrawalSettled', 6],
  ]);
  const greenfield = of('greenfield').map(({ type }) => type);
  expect(greenfield.slice(0, 2)).toEqual(['PayoutCreated', 'PayoutApproved']);
  expect(new Set(greenfield)).toEqual(new Set(['PayoutCreated', 'PayoutApproved', 'PayoutUpdated']));
}, 60_000);
