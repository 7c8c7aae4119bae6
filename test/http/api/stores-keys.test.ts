// A store's API keys: shown once, known by their last four characters, exchanged without a gap, revoked immediately.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { A_PERSON, issueKey } from '../../../src/services/accounts/api-keys.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

interface Key {
  id: string;
  label: string;
  environment: string;
  hint: string;
  permissions: string[] | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

const HOUR_MS = 60 * 60_000;
const keysPath = (merchant: Merchant) => `/v1/stores/${merchant.store.id}/keys`;

async function ask<T>(merchant: Merchant, method: string, path: string, body?: unknown, key?: string) {
  const response = await merchant.request(method, path, body, key ? { authorization: `Bearer ${key}` } : {});
  await merchant.settled();
  return { status: response.status, body: (await response.json()) as T & { error?: { code: string } } };
}

const issue = (merchant: Merchant, body: unknown = {}) =>
  ask<{ key: Key; secret: string }>(merchant, 'POST', keysPath(merchant), body);

/** As a person who is logged in makes one. */
async function issueLive(merchant: Merchant): Promise<{ id: string; secret: string }> {
  const store = await storeById(merchant.deps.db, merchant.store.id);
  if (!store) throw new Error('no store');
  const wanted = { label: 'Web shop', environment: 'live' as const, permissions: null };
  const { key, secret } = await issueKey(merchant.deps, store, wanted, A_PERSON);
  return { id: key.id, secret };
}

const use = async (merchant: Merchant, key: string) => {
  const { status, body } = await ask(merchant, 'GET', '/v1/invoices', undefined, key);
  return status === 200 ? 'works' : body.error?.code;
};

describe('A key', () => {
  it('is shown once, and hashed ever after', async () => {
    const merchant = await openMerchant();
    const { status, body } = await issue(merchant, { label: 'Web shop' });
    expect(status).toBe(201);
    expect(body.secret).toMatch(/^sl_test_[0-9a-f]{48}$/);
    expect(body.key).toMatchObject({
      label: 'Web shop',
      environment: 'test',
      hint: `sl_test_…${body.secret.slice(-4)}`,
      permissions: null,
      last_used_at: null,
      revoked_at: null,
    });
    expect(await use(merchant, body.secret)).toBe('works');
    const shown = [
      await ask(merchant, 'GET', keysPath(merchant)),
      await ask(merchant, 'GET', `${keysPath(merchant)}/${body.key.id}`),
      await ask(merchant, 'PATCH', `${keysPath(merchant)}/${body.key.id}`, { label: 'Till' }),
    ];
    const { results } = await bindings.DB.prepare('SELECT * FROM api_keys').all();
    expect(JSON.stringify([shown, results])).not.toContain(body.secret);
    expect(JSON.stringify(shown)).not.toMatch(/[0-9a-f]{48}/);
    expect(JSON.stringify(shown)).toContain('Till');
  });

  it('of either environment can be had; none of a third', async () => {
    const merchant = await openMerchant();
    const { secret } = await issueLive(merchant);
    const other = await ask<{ secret: string }>(merchant, 'POST', keysPath(merchant), { environment: 'live' }, secret);
    expect([secret, other.body.secret]).toEqual([
      expect.stringMatching(/^sl_live_/),
      expect.stringMatching(/^sl_live_/),
    ]);
    expect((await issue(merchant, { environment: 'both' })).status).toBe(400);
    expect((await issue(merchant, { label: 5 })).status).toBe(400);
    expect((await issue(merchant, { secret: 'mine' })).status).toBe(400);
  });

  it('is refused from the moment it is revoked, and that stays so', async () => {
    const merchant = await openMerchant();
    const { body } = await issue(merchant);
    const revoked = await ask<{ key: Key }>(merchant, 'POST', `${keysPath(merchant)}/${body.key.id}/revoke`);
    expect(revoked.body.key.revoked_at).toBe(new Date(merchant.clock.ms).toISOString());
    expect(await use(merchant, body.secret)).toBe('api_key_revoked');
    merchant.clock.advanceMinutes(5);
    const again = await ask<{ key: Key }>(merchant, 'POST', `${keysPath(merchant)}/${body.key.id}/revoke`);
    expect(again.body.key.revoked_at).toBe(revoked.body.key.revoked_at);
    expect((await ask(merchant, 'POST', `${keysPath(merchant)}/${body.key.id}/rotate`)).body.error?.code).toBe('gone');
  });

  it('that does not exist, or is none at all, is invalid', async () => {
    const merchant = await openMerchant();
    for (const key of [`sl_test_${'0'.repeat(48)}`, 'sk_live_abc', '']) {
      expect(await use(merchant, key || 'x')).toBe('api_key_invalid');
    }
  });
});

describe('Exchanging a key', () => {
  it('leaves the old one working for 24 hours', async () => {
    const merchant = await openMerchant();
    const old = await issueLive(merchant);
    const { status, body } = await ask<{ key: Key; secret: string; previous: Key }>(
      merchant,
      'POST',
      `${keysPath(merchant)}/${old.id}/rotate`,
      {},
      old.secret,
    );
    expect(status).toBe(201);
    expect(body.key).toMatchObject({ label: 'Web shop', environment: 'live' });
    expect(body.previous.revoked_at).toBe(new Date(merchant.clock.ms + 24 * HOUR_MS).toISOString());
    expect([await use(merchant, old.secret), await use(merchant, body.secret)]).toEqual(['works', 'works']);
    merchant.clock.ms += 24 * HOUR_MS;
    expect([await use(merchant, old.secret), await use(merchant, body.secret)]).toEqual(['api_key_revoked', 'works']);
  });

  it('or not at all, where it has leaked', async () => {
    const merchant = await openMerchant();
    const { body: old } = await issue(merchant);
    const rotate = `${keysPath(merchant)}/${old.key.id}/rotate`;
    expect((await ask(merchant, 'POST', rotate, { overlap_hours: 25 })).status).toBe(400);
    expect((await ask(merchant, 'POST', rotate, { overlap_hours: 0 })).status).toBe(201);
    expect(await use(merchant, old.secret)).toBe('api_key_revoked');
  });

  it('can be cut short by revoking it', async () => {
    const merchant = await openMerchant();
    const { body: old } = await issue(merchant);
    await ask(merchant, 'POST', `${keysPath(merchant)}/${old.key.id}/rotate`);
    expect(await use(merchant, old.secret)).toBe('works');
    await ask(merchant, 'POST', `${keysPath(merchant)}/${old.key.id}/revoke`);
    expect(await use(merchant, old.secret)).toBe('api_key_revoked');
  });
});

describe('When a key was used', () => {
  it('is noted once an hour at most, whether it reads or creates', async () => {
    const merchant = await openMerchant();
    const { body } = await issue(merchant);
    const noted = async () =>
      (await ask<{ key: Key }>(merchant, 'GET', `${keysPath(merchant)}/${body.key.id}`)).body.key.last_used_at;
    const first = new Date(merchant.clock.ms).toISOString();
    await use(merchant, body.secret);
    expect(await noted()).toBe(first);
    merchant.clock.advanceMinutes(59);
    const database = watchD1(bindings.DB);
    merchant.deps.db = openDatabase(database.d1);
    await use(merchant, body.secret);
    expect(database.rows.written).toBe(0);
    expect(await noted()).toBe(first);
    merchant.clock.advanceMinutes(1);
    await ask(merchant, 'POST', '/v1/invoices', { amount_sats: '1000' }, body.secret);
    expect(await noted()).toBe(new Date(merchant.clock.ms).toISOString());
  });
});

describe('A key with permissions', () => {
  const permissions = (...names: string[]) => ({ permissions: names.map((name) => `btcpay.store.${name}`) });

  it('may do what they include and no more', async () => {
    const merchant = await openMerchant();
    const { body: viewer } = await issue(merchant, permissions('canviewinvoices'));
    const { body: creator } = await issue(merchant, permissions('cancreateinvoice'));
    const codes = async (key: string) => [
      (await ask(merchant, 'GET', '/v1/invoices', undefined, key)).status,
      (await ask(merchant, 'POST', '/v1/invoices', { amount_sats: '1000' }, key)).status,
      (await ask(merchant, 'GET', `/v1/stores/${merchant.store.id}`, undefined, key)).status,
      (await ask(merchant, 'GET', keysPath(merchant), undefined, key)).status,
      (await ask(merchant, 'POST', keysPath(merchant), {}, key)).status,
    ];
    expect(await codes(viewer.secret)).toEqual([200, 403, 403, 403, 403]);
    expect(await codes(creator.secret)).toEqual([403, 201, 403, 403, 403]);
    const { body: settler } = await issue(merchant, permissions('canviewstoresettings'));
    expect(await codes(settler.secret)).toEqual([200, 403, 200, 200, 403]);
  });

  it('cannot give away more than it has', async () => {
    const merchant = await openMerchant();
    const { body: manager } = await issue(merchant, permissions('canmodifystoresettings'));
    const give = async (body: unknown) =>
      (await ask(merchant, 'POST', keysPath(merchant), body, manager.secret)).status;
    expect(await give({})).toBe(403);
    expect(await give({ permissions: ['unrestricted'] })).toBe(403);
    expect(await give(permissions('canviewinvoices', 'canmodifystoresettings'))).toBe(201);
    const { body: native } = await issue(merchant);
    const rotate = `${keysPath(merchant)}/${native.key.id}/rotate`;
    expect((await ask(merchant, 'POST', rotate, {}, manager.secret)).status).toBe(403);
    expect((await issue(merchant, permissions('canflytothemoon'))).status).toBe(400);
    expect((await issue(merchant, { permissions: [] })).status).toBe(400);
  });

  it('of a test store makes nothing that outlives test mode: no live key, by no road', async () => {
    const merchant = await openMerchant();
    const { body: test } = await issue(merchant);
    const live = await issueLive(merchant);
    const rotate = `${keysPath(merchant)}/${live.id}/rotate`;
    const greenfield = { label: 'Shop', permissions: ['btcpay.store.canviewinvoices'] };
    const asTest = (path: string, body: unknown) =>
      ask<{ secret?: string; apiKey?: string }>(merchant, 'POST', path, body, test.secret);
    for (const refused of [await asTest(keysPath(merchant), { environment: 'live' }), await asTest(rotate, {})]) {
      expect([refused.status, refused.body.error?.code]).toEqual([403, 'forbidden']);
      expect(JSON.stringify(refused.body)).toContain('environment');
    }
    expect(await use(merchant, live.secret)).toBe('works');
    expect((await asTest(keysPath(merchant), {})).body.secret).toMatch(/^sl_test_/);
    expect((await asTest('/api/v1/api-keys', greenfield)).body.apiKey).toMatch(/^sl_test_/);
    const own = await asTest(`${keysPath(merchant)}/${test.key.id}/rotate`, {});
    expect(own.body.secret).toMatch(/^sl_test_/);
  });
});
