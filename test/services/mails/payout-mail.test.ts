// A merchant's people get a mail about a payout that waits for them, and none of those that a person ended. The mail says neither
// where the money goes nor what anyone has written.

import { expect, it } from 'vitest';
import type { Mail } from '../../../src/adapters/mail/mailer.ts';
import type { PayoutFact } from '../../../src/core/payout/facts.ts';
import { mailMerchants } from '../../../src/services/mails/merchant-mails.ts';
import { tryMove } from '../../../src/services/payouts/move.ts';
import { cancelForStore } from '../../../src/services/payouts/payouts.ts';
import { openMember } from '../../support/furnish.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, freshAddress, openPayer } from '../../support/payouts.ts';
import { expectStatus } from '../../support/person.ts';

async function openShop() {
  await bindings.DB.batch(
    ['UPDATE stores SET test_mode = 1', 'DELETE FROM mail_cursors', 'DELETE FROM mails', 'DELETE FROM cursors'].map(
      (sql) => bindings.DB.prepare(sql),
    ),
  );
  const mails: Mail[] = [];
  const shop = await openPayer({
    mode: 'live',
    overrides: { mailer: { send: async (mail) => void mails.push(mail) } },
  });
  const owner = await openMember(shop.account.id, 'owner');
  const minute = async () => {
    shop.clock.advanceMinutes(1);
    await mailMerchants(shop.deps);
    return mails.splice(0);
  };
  const claimed = async (destination: string = freshAddress()) => {
    const offered = await shop.offer({ name: 'secret bounty', metadata: { note: 'a secret wish' } });
    return shop.claim(offered.id, destination, { amount: '0.0001' });
  };
  const happen = (payout: { storeId: string; id: string }, fact: PayoutFact) =>
    tryMove(shop.deps, payout, () => fact, { by: { kind: 'satlane', id: null } });
  return { shop, owner, minute, claimed, happen };
}

it('One that waits for an approval: once, with its amount and its page, without its destination', async () => {
  const { shop, owner, minute, claimed } = await openShop();
  const payout = await claimed();
  const [mail, ...more] = await minute();
  expect([mail?.to, mail?.subject, more]).toEqual([owner.email, 'Payout to approve at Corner Shop', []]);
  expect(mail?.text).toContain('Amount: 0.00010000 BTC');
  expect(mail?.text).toContain(`https://pay.test/stores/${shop.store.id}/payouts/${payout.id}\n`);
  expect(mail?.text).not.toMatch(/bcrt1|secret/);
  expect(await minute()).toEqual([]);
});

it('None for one that was approved meanwhile, or that a person cancelled', async () => {
  const { shop, minute, claimed } = await openShop();
  await shop.approve(await claimed());
  await cancelForStore(shop.deps, await claimed(), { by: ANNA });
  expect(await minute()).toEqual([]);
});

it('One whose coins another transaction spends', async () => {
  const { shop, minute, claimed, happen } = await openShop();
  const payout = await claimed();
  await shop.approve(payout);
  await bindings.DB.prepare(`UPDATE payouts SET state = 'in_flight', txid = ?, vout = 0 WHERE id = ?`)
    .bind('ab'.repeat(32), payout.id)
    .run();
  await happen(payout, { kind: 'conflicted', confirmations: 1 });
  const [mail, ...more] = await minute();
  expect([mail?.subject, more]).toEqual(['Payout unknown at Corner Shop', []]);
  expect(mail?.text).toContain('Another transaction spends the coins');
});

it('One that was cancelled after its attempts, and none once the member ends this kind', async () => {
  const { shop, owner, minute, claimed, happen } = await openShop();
  const failing = async () => {
    const payout = await claimed('till@wallet.example');
    await shop.approve(payout);
    await happen(payout, { kind: 'not_resolved', number: 1, reason: 'no_such_name', permanent: true });
  };
  await failing();
  const [mail, ...more] = await minute();
  expect([mail?.subject, more]).toEqual(['Payout cancelled at Corner Shop', []]);
  expect(mail?.text).not.toMatch(/wallet\.example|secret/);
  await expectStatus(200, owner.ask('PATCH', `/v1/account/mails/${shop.store.id}`, { payout: false }));
  await failing();
  expect(await minute()).toEqual([]);
});
