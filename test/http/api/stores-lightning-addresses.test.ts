// A merchant takes a name at this deployment, and is paid by it: one name is of one store, for good.

import { describe, expect, it } from 'vitest';
import { readLnurl } from '../../../src/core/lightning/lnurl.ts';
import { keepConnection } from '../../../src/services/connections/connections.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { bindings } from '../../support/merchant.ts';
import { expectStatus, openPerson } from '../../support/person.ts';

interface Address {
  name: string;
  address: string;
  lnurl: string;
  link: string;
  [field: string]: unknown;
}
interface Answer {
  lightning_address: Address;
  error?: { code: string; message: string };
}

const fresh = () => `shop-${crypto.randomUUID().slice(0, 13)}`;

async function openShop() {
  const owner = await openPerson();
  const { body } = await expectStatus(
    201,
    owner.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'Shop' }),
  );
  const { store } = body;
  const path = `/v1/stores/${store.id}/lightning-addresses`;
  const add = (name: string, more: object = {}) => owner.ask<Answer>('POST', path, { name, ...more });
  const made = async (name: string, more: object = {}) =>
    (await expectStatus(201, add(name, more))).body.lightning_address;
  const listed = async () =>
    (await owner.ask<{ lightning_addresses: Address[] }>('GET', path)).body.lightning_addresses.map(({ name }) => name);
  const connect = (descriptionHashes: boolean) =>
    keepConnection(
      owner.deps,
      { id: store.id, archivedAtMs: null },
      { ...PHOENIXD, capabilities: { ...PHOENIXD.capabilities, descriptionHashes } },
    );
  return { ...owner, store, path, add, made, listed, connect };
}

describe('A Lightning address', () => {
  it('is shown with the texts of its codes, and with the terms that were left out', async () => {
    const { made } = await openShop();
    const name = fresh();
    const address = await made(name.toUpperCase());
    expect(address).toMatchObject({
      ...{ name, min_sats: '1', max_sats: '1000000', comment_length: 200, success_message: null, enabled: true },
      address: `${name}@${address.address.split('@')[1]}`,
    });
    expect(address.lnurl).toMatch(/^LNURL1[0-9A-Z]+$/);
    const url = readLnurl(address.lnurl);
    expect(url).toMatch(new RegExp(`/\\.well-known/lnurlp/${name}$`));
    expect(readLnurl(address.link)).toBe(url);
  });

  it('is of one store: of many that take it in one moment one gets it', async () => {
    const shops = await Promise.all(Array.from({ length: 5 }, openShop));
    const name = fresh();
    const answers = await Promise.all(shops.map(({ add }) => add(name)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('stays with its store after its removal, which may take it again', async () => {
    const [mine, theirs] = await Promise.all([openShop(), openShop()]);
    const name = fresh();
    await mine.made(name, { max_sats: '5' });
    expect((await mine.add(name)).body.error?.message).toContain('already');
    await expectStatus(204, mine.ask('DELETE', `${mine.path}/${name}`));
    expect(await mine.listed()).toEqual([]);
    expect((await mine.ask('GET', `${mine.path}/${name}`)).status).toBe(404);
    expect((await mine.ask('DELETE', `${mine.path}/${name}`)).status).toBe(404);
    expect((await theirs.add(name)).status).toBe(409);
    expect(await mine.made(name)).toMatchObject({ max_sats: '1000000', enabled: true });
    expect(await mine.listed()).toEqual([name]);
  });

  it('is changed but for its name', async () => {
    const { ask, path, made } = await openShop();
    const name = fresh();
    await made(name);
    const change = { min_sats: '5', max_sats: '5', comment_length: 0, success_message: ' Thank you ', enabled: false };
    const { body } = await expectStatus(200, ask<Answer>('PATCH', `${path}/${name}`, change));
    expect(body.lightning_address).toMatchObject({ ...change, success_message: 'Thank you' });
    const empty = await expectStatus(200, ask<Answer>('PATCH', `${path}/${name.toUpperCase()}`, {}));
    expect(empty.body).toEqual(body);
    expect((await ask('PATCH', `${path}/${name}`, { name: 'other' })).status).toBe(400);
  });

  it.each([
    ['name', { name: 'a b' }],
    ['name', { name: 'admin' }],
    ['name', { name: 'x'.repeat(65) }],
    ['min_sats', { min_sats: '0' }],
    ['min_sats', { min_sats: '11', max_sats: '10' }],
    ['min_sats', { min_sats: 5 }],
    ['max_sats', { max_sats: '100000001' }],
    ['comment_length', { comment_length: 501 }],
    ['success_message', { success_message: 'x'.repeat(145) }],
  ])('is refused at %s: %j', async (field, body) => {
    const { ask, path } = await openShop();
    const answer = await ask<Answer>('POST', path, { name: fresh(), ...body });
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'validation_error']);
    expect(answer.body.error?.message).toMatch(new RegExp(`^${field}: `));
  });

  it('needs a node that mints over a hash, where the store has connections or is live', async () => {
    const shop = await openShop();
    await shop.connect(false);
    expect((await shop.add(fresh())).body.error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('hash of a description'),
    });
    await shop.connect(true);
    await shop.made(fresh());
    const live = await openShop();
    await bindings.DB.prepare('UPDATE stores SET test_mode = 0 WHERE id = ?').bind(live.store.id).run();
    expect((await live.add(fresh())).body.error?.message).toContain('Connect a Lightning node first');
  });

  it('is one of fifty at most, removed ones among them', async () => {
    const { add, path, ask, store } = await openShop();
    const first = fresh();
    expect((await add(first)).status).toBe(201);
    await ask('DELETE', `${path}/${first}`);
    for (let index = 1; index < 50; index++) {
      await bindings.DB.prepare(
        `INSERT INTO lightning_names (name, store_id, min_sats, max_sats, comment_length, enabled, created_at)
         VALUES (?, ?, 1, 1, 0, 1, ?)`,
      )
        .bind(`${store.id}-${index}`, store.id, index)
        .run();
    }
    expect((await add(fresh())).body.error?.message).toContain('50 names');
    expect((await add(first)).status).toBe(201);
  });
});
