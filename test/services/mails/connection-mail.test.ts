// A merchant's people get a mail when their Lightning node stops answering and when it is back, and one that flaps fills no mailbox.

import { expect, it } from 'vitest';
import type { Mail } from '../../../src/adapters/mail/mailer.ts';
import { MAILS_PER_HOUR } from '../../../src/core/invoice/mail-digest.ts';
import { type Connection, keepConnection, removeFromStore } from '../../../src/services/connections/connections.ts';
import { connectionAnswered, connectionFailed } from '../../../src/services/connections/health.ts';
import { mailMerchants } from '../../../src/services/mails/merchant-mails.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { openMember } from '../../support/furnish.ts';
import { bindings } from '../../support/merchant.ts';
import { openLiveShop, sell } from '../../support/operator.ts';
import { expectStatus } from '../../support/person.ts';

async function openShop() {
  await bindings.DB.batch(
    ['UPDATE stores SET test_mode = 1', 'DELETE FROM mail_cursors', 'DELETE FROM mails', 'DELETE FROM cursors'].map(
      (sql) => bindings.DB.prepare(sql),
    ),
  );
  const mails: Mail[] = [];
  const shop = await openLiveShop({ overrides: { mailer: { send: async (mail) => void mails.push(mail) } } });
  const owner = await openMember(shop.account.id, 'owner');
  const store = { id: shop.store.id, archivedAtMs: null };
  const connection = await keepConnection(shop.deps, store, { ...PHOENIXD, name: 'Till http://evil.example' });
  const minute = async () => {
    shop.clock.advanceMinutes(1);
    await mailMerchants(shop.deps);
    return mails.splice(0);
  };
  const down = async (one: Connection) => {
    let last = one;
    for (let i = 0; i < 5; i++) last = await connectionFailed(shop.deps, last, 'certificate');
    return last;
  };
  return { shop, owner, store, connection, minute, down };
}

it('The mail says which node stopped answering, why, and where to test it; another that it is back', async () => {
  const { shop, owner, connection, minute, down } = await openShop();
  const last = await down(connection);
  const [mail, ...more] = await minute();
  expect([mail?.to, mail?.subject, more]).toEqual([owner.email, 'Lightning down at Corner Shop', []]);
  expect(mail?.text).toContain('Reason: the certificate of its server cannot be verified');
  expect(mail?.text).toContain(`https://pay.test/stores/${shop.store.id}/lightning\n`);
  expect(mail?.text).not.toMatch(/http:\/\/evil|secret word/);
  await connectionAnswered(shop.deps, last);
  expect((await minute()).map(({ subject }) => subject)).toEqual(['Lightning works again at Corner Shop']);
  expect(await minute()).toEqual([]);
});

it('One that flaps makes no more mails in an hour than a person reads, then one that counts the rest', async () => {
  const { shop, connection, minute, down } = await openShop();
  let last = connection;
  for (let i = 0; i < 8; i++) last = await connectionAnswered(shop.deps, await down(last));
  await sell(shop);
  expect(await minute()).toHaveLength(MAILS_PER_HOUR + 1);
  shop.clock.advanceMinutes(60);
  const [summary, ...more] = await minute();
  expect([summary?.subject, more]).toEqual(['6 more events at Corner Shop', []]);
  expect(summary?.text).toContain('Lightning connections went down or came back 6 times');
});

it('Those who ended this kind get none, and one about a connection that is gone still arrives', async () => {
  const { shop, owner, store, connection, minute, down } = await openShop();
  await down(connection);
  await removeFromStore(shop.deps, store, connection.id);
  expect((await minute()).map(({ subject }) => subject)).toEqual(['Lightning down at Corner Shop']);
  const path = `/v1/account/mails/${store.id}`;
  await expectStatus(200, owner.ask('PATCH', path, { connection: false }));
  await down(await keepConnection(shop.deps, store, PHOENIXD));
  expect(await minute()).toEqual([]);
});
