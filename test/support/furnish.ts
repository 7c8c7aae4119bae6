// A store with one of everything, for tests that try every route with ids that exist.

import type { Role } from '../../src/adapters/db/schema.ts';
import { keepConnection } from '../../src/services/connections/connections.ts';
import { PHOENIXD } from './connections.ts';
import { freshKey } from './keys.ts';
import { bindings, startReceiver } from './merchant.ts';
import { expectStatus, openPerson, type TestPerson } from './person.ts';

export type Ids = Record<
  | 'store'
  | 'key'
  | 'wallet'
  | 'connection'
  | 'address'
  | 'webhook'
  | 'delivery'
  | 'invoice'
  | 'pullPayment'
  | 'payout'
  | 'batch',
  string
>;

/** A store with one of everything, and a native key of it. */
export async function furnish(owner: TestPerson): Promise<{ ids: Ids; secret: string }> {
  const { ask } = owner;
  type Made = { store: { id: string }; key: { id: string }; secret: string; wallet: { id: string } } & {
    lightning_address: { name: string };
    webhook: { id: string };
    delivery: { id: string };
    invoice: { id: string };
    pull_payment: { id: string };
    payout: { id: string };
  };
  const make = async (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    (await expectStatus(201, ask<Made>('POST', path, body, headers))).body;
  const receiver = await startReceiver();
  const store = (await make('/v1/stores', { name: 'Shop' })).store.id;
  const path = `/v1/stores/${store}`;
  const { key, secret } = await make(`${path}/keys`);
  const { wallet } = await make(`${path}/wallets`, { text: freshKey() });
  const connection = await keepConnection(owner.deps, { id: store, archivedAtMs: null }, PHOENIXD);
  const { lightning_address: address } = await make(`${path}/lightning-addresses`, { name: `shop-${store}` });
  const { webhook } = await make(`${path}/webhooks`, { url: receiver.url });
  const { invoice } = await make(`${path}/test-invoice`);
  const byKey = { authorization: `Bearer ${secret}` };
  const { pull_payment } = await make('/v1/pull-payments', { amount_sats: '5000' }, byKey);
  const sent = { amount_sats: '5000', destination: 'buyer@wallet.example' };
  const { payout } = await make('/v1/payouts', sent, byKey);
  const batch = await insertPayoutBatch(store, wallet.id);
  await owner.settled();
  const { body } = await ask<{ deliveries: { id: string }[] }>('GET', `${path}/webhooks/${webhook.id}/deliveries`);
  const delivery = body.deliveries[0]?.id ?? '';
  return {
    ids: {
      store,
      key: key.id,
      wallet: wallet.id,
      connection: connection.id,
      address: address.name,
      webhook: webhook.id,
      delivery,
      invoice: invoice.id,
      pullPayment: pull_payment.id,
      payout: payout.id,
      batch,
    },
    secret,
  };
}

/** Another member of the account, in a role. */
export async function openMember(accountId: string, role: Role): Promise<TestPerson> {
  const person = await openPerson();
  await bindings.DB.batch([
    bindings.DB.prepare('DELETE FROM members WHERE user_id = ?').bind(person.id),
    bindings.DB.prepare('INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, 1)').bind(
      accountId,
      person.id,
      role,
    ),
  ]);
  return person;
}

/** A route's path with ids in the place of its parameters. */
export const fill = (path: string, ids: Ids) =>
  path.replaceAll(/:(\w+)/g, (_, name: keyof Ids) => ids[name] ?? 'nothing');

/** In test mode nothing is sent, so that no request makes one. */
async function insertPayoutBatch(storeId: string, walletId: string): Promise<string> {
  const id = crypto.randomUUID();
  const plan = { inputs: [], outputs: [], feeSats: 0, vsize: 1 };
  await bindings.DB.prepare(
    `INSERT INTO payout_batches (store_id, id, wallet_id, root_id, state, plan, reserved_until, created_at, created_by, is_watched, version)
     VALUES (?1, ?2, ?3, ?2, 'awaiting_signatures', ?4, 1, 1, '{"kind":"satlane","id":null}', 0, 1)`,
  )
    .bind(storeId, id, walletId, JSON.stringify(plan))
    .run();
  return id;
}
