// Two concurrent requests leave behind what one after the other would: no limit is passed, no name is held twice, nothing is
// taken up twice. Each race is run several times: without a rule that the database holds, it is lost now and then.

import { describe, expect, it } from 'vitest';
import { putEmailChange } from '../../../src/adapters/db/email-changes.ts';
import { addPasskey } from '../../../src/adapters/db/passkeys.ts';
import { becomeOperator, openAccount } from '../../../src/adapters/db/people.ts';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { sha256Hex } from '../../../src/adapters/vault.ts';
import type { Deps } from '../../../src/deps.ts';
import { A_PERSON, issueKey } from '../../../src/services/accounts/api-keys.ts';
import { authorize } from '../../../src/services/accounts/applications.ts';
import { confirmEmailChange } from '../../../src/services/accounts/email-change.ts';
import {
  approvePairing,
  claimPairing,
  offerPairing,
  requestPairing,
} from '../../../src/services/accounts/paired-clients.ts';
import { goLive } from '../../../src/services/accounts/stores.ts';
import { activateWallet, registerWallet } from '../../../src/services/wallets/wallets.ts';
import { freshKey } from '../../support/keys.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

const ROUNDS = 10;
const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
const count = (sql: string, ...values: (string | number)[]) =>
  bindings.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
    .bind(...values)
    .first<number>('n');

async function storeOf(deps: Deps, id: string) {
  const store = await storeById(deps.db, id);
  if (!store) throw new Error('no store');
  return store;
}

/** How many of several went well; the others have to be refused as `code`. */
async function wellOf(code: string, asked: Promise<unknown>[]): Promise<number> {
  const results = await Promise.allSettled(asked);
  for (const one of results) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code });
  return results.filter(({ status }) => status === 'fulfilled').length;
}

describe('People', () => {
  it('who sign up with one address concurrently are one person with one account', async () => {
    for (const _ of rounds.slice(0, 4)) {
      const email = `${crypto.randomUUID()}@example.com`;
      const signup = { email, password: PASSWORD, name: 'Ada', account_name: 'Shops' };
      const spelled = [signup, { ...signup, email: email.toUpperCase() }];
      await Promise.all(spelled.map((wish) => expectStatus(202, openBrowser().ask('POST', '/v1/auth/signup', wish))));
      expect(await count('users WHERE lower(email) = ?', email)).toBe(1);
      expect(await count('members m JOIN users u ON u.id = m.user_id WHERE u.email = ?', email)).toBe(1);
    }
  });

  it('who move to one address concurrently: one gets it, and the other keeps theirs', async () => {
    const people = [await openPerson(), await openPerson()];
    for (const _ of rounds) {
      const email = `${crypto.randomUUID()}@example.com`;
      // Two mails to one address within minutes are not sent: the links are made by hand.
      const tokens = await Promise.all(
        people.map(async ({ deps, id }) => {
          const token = crypto.randomUUID();
          const hash = await sha256Hex(token);
          await putEmailChange(deps.db, { hash, userId: id, email, nowMs: deps.now(), untilMs: deps.now() + 60_000 });
          return token;
        }),
      );
      const followed = people.map(({ deps }, at) => confirmEmailChange(deps, null, tokens[at] ?? ''));
      expect(await wellOf('conflict', followed)).toBe(1);
      expect(await count('users WHERE email = ?', email)).toBe(1);
    }
  });

  it('are invited once by one address, and join once', async () => {
    const owner = await openPerson();
    for (const _ of rounds.slice(0, 4)) {
      const guest = await openPerson();
      const wish = { email: guest.email, role: 'viewer' };
      await Promise.all([0, 1].map(() => owner.ask('POST', '/v1/account/invitations', wish)));
      expect(await count('invitations WHERE email = ?', guest.email)).toBe(1);
      owner.clock.ms += 61_000;
      await expectStatus(201, owner.ask('POST', '/v1/account/invitations', wish));
      const token = owner.mails.findLast(({ to }) => to === guest.email)?.text.match(/#token=(\S+)/)?.[1];
      const joined = await Promise.all([0, 1].map(() => guest.ask('POST', '/v1/auth/accept-invitation', { token })));
      expect(joined.filter(({ status }) => status < 300).length).toBeLessThanOrEqual(1);
      expect(
        await count('members m WHERE m.user_id = ? AND m.account_id = ?', guest.id, owner.accountId),
      ).toBeLessThanOrEqual(1);
    }
  });

  it('have at most so many passkeys, and one second factor', async () => {
    const ada = await openPerson();
    const key = (credentialId: string) => ({
      ...{ credentialId, userId: ada.id, publicKey: '-7:x', counter: 0, label: '', createdAtMs: 1 },
    });
    for (let at = 0; at < 18; at++) expect(await addPasskey(ada.deps.db, key(`${ada.id}-${at}`), 20)).toBe(true);
    const added = await Promise.all(rounds.map((at) => addPasskey(ada.deps.db, key(`${ada.id}-more-${at}`), 20)));
    expect(added.filter(Boolean)).toHaveLength(2);
    expect(await addPasskey(ada.deps.db, key(`${ada.id}-0`), 50)).toBe(false);

    for (const _ of rounds.slice(0, 3)) {
      const person = await openPerson();
      const asked = [0, 1].map(() => person.ask('POST', '/v1/auth/totp/enable', { password: PASSWORD }));
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
      expect(await count('two_factors WHERE user_id = ?', person.id)).toBe(1);
    }
  });

  it('find one operator among them', async () => {
    const { deps } = await openMerchant();
    const ids = rounds.map(() => crypto.randomUUID());
    for (const id of ids) {
      const sql = 'INSERT INTO users (id, name, email, created_at, updated_at) VALUES (?1, ?1, ?1, 1, 1)';
      await bindings.DB.prepare(sql).bind(id).run();
      const opened = { userId: id, accountId: `account-${id}`, name: id, nowMs: 1 };
      await Promise.all([openAccount(deps.db, opened), openAccount(deps.db, { ...opened, accountId: `second-${id}` })]);
      expect(await count('members WHERE user_id = ?', id)).toBe(1);
    }
    await bindings.DB.prepare('UPDATE accounts SET is_operator = 0').run();
    await Promise.all(ids.map((id) => becomeOperator(deps.db, id)));
    expect(await count('accounts WHERE is_operator')).toBe(1);
  });
});

describe('Stores', () => {
  it('are at most so many in an account, with so many endpoints and keys', async () => {
    const ada = await openPerson();
    const many = async (most: number, ask: (at: number) => Promise<{ status: number }>) => {
      for (let made = 0; made < most; made += 10) await Promise.all(rounds.map((at) => ask(made + at)));
      return (await Promise.all(rounds.map((at) => ask(most + at)))).map(({ status }) => status);
    };
    const refused = rounds.map(() => 409);
    const made = await expectStatus(201, ada.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'One' }));
    const path = `/v1/stores/${made.body.store.id}`;
    expect(await many(50, () => ada.ask('POST', `${path}/keys`, { label: 'x', environment: 'test' }))).toEqual(refused);
    const working = 'api_keys WHERE store_id = ? AND revoked_at IS NULL';
    expect(await count(working, made.body.store.id)).toBe(50);
    await many(20, (at) => ada.ask('POST', `${path}/webhooks`, { url: `http://127.0.0.1:9/${at}` }));
    const endpoints = await count('endpoints WHERE store_id = ?', made.body.store.id);
    await Promise.all(
      rounds.map((at) => ada.ask('POST', `${path}/webhooks`, { url: `http://127.0.0.1:9/more/${at}` })),
    );
    expect(await count('endpoints WHERE store_id = ?', made.body.store.id)).toBe(endpoints);
    expect(await many(100, (at) => ada.ask('POST', '/v1/stores', { name: `${at}` }))).toEqual(refused);
    expect(await count('stores WHERE account_id = ?', ada.accountId)).toBe(100);
  });

  it('give an application that asks twice one key that works: the last one', async () => {
    const { deps, store } = await openMerchant();
    const application = { permissions: [], name: 'Shop', isStrict: false };
    for (const round of rounds) {
      const asked = { ...application, identifier: `shop-${round}`, redirect: 'https://shop.example/' };
      const choice = { label: 'Shop', permissions: ['btcpay.store.cancreateinvoice' as const], oldShapes: false };
      const row = await storeOf(deps, store.id);
      const issued = await Promise.all([0, 1, 2].map(() => authorize(deps, row, asked, choice)));
      const ids = issued.map(({ key }) => key.id);
      const { results } = await bindings.DB.prepare(
        'SELECT id FROM api_keys WHERE revoked_at IS NULL AND id IN (SELECT value FROM json_each(?))',
      )
        .bind(JSON.stringify(ids))
        .all();
      expect(results).toHaveLength(1);
    }
    const kept = await issueKey(
      deps,
      await storeOf(deps, store.id),
      { label: 'by hand', environment: 'test', permissions: null },
      A_PERSON,
    );
    expect(kept.key.revokedAtMs).toBeNull();
  });

  it('let BitPay’s clients in once by a code, and no more of them than they may have', async () => {
    const { deps, store } = await openMerchant();
    const row = await storeOf(deps, store.id);
    for (const round of rounds) {
      const { pairingCode: code } = await offerPairing(deps, row, { label: '', role: 'merchant' });
      const claims = [0, 1].map((at) =>
        claimPairing(deps, { code, keyId: `key-${store.id}-${round}-${at}`, label: '' }),
      );
      expect(await wellOf('not_found', claims)).toBe(1);
    }
    const codes: string[] = [];
    for (let at = 0; at < 45; at++) {
      const keyId = `asks-${store.id}-${at}`;
      codes.push((await requestPairing(deps, { label: '', role: 'pos', keyId })).pairingCode);
    }
    expect(
      await wellOf(
        'conflict',
        codes.map((code) => approvePairing(deps, row, code)),
      ),
    ).toBe(40);
    expect(await count('bitpay_tokens WHERE store_id = ?', store.id)).toBe(50);
  });

  it('are never live with a wallet of another network', async () => {
    for (const _ of rounds) {
      const { deps, store } = await openMerchant();
      const test = await storeOf(deps, store.id);
      const real = test.walletId ?? '';
      const wish = {
        text: freshKey('mainnet'),
        scriptType: 'p2wpkh' as const,
        gapLimit: 100,
        label: 'x',
        startIndex: 0,
      };
      const foreign = await registerWallet(deps, test, wish);
      await activateWallet(deps, test, real);
      await Promise.allSettled([
        storeOf(deps, store.id).then((row) => goLive(deps, row)),
        activateWallet(deps, test, foreign.id),
        activateWallet(deps, test, real),
        activateWallet(deps, test, foreign.id),
      ]);
      const live =
        'stores s JOIN wallets w ON w.id = s.wallet_id WHERE s.id = ? AND NOT s.test_mode AND w.network <> ?';
      expect(await count(live, store.id, 'regtest')).toBe(0);
    }
  });
});
