// A shop made for BitPay is paired once, by a code that a merchant gives it or lets it in by, and signs from then on.

import { describe, expect, it } from 'vitest';
import { storeById } from '../../../../src/adapters/db/stores.ts';
import {
  approvePairing,
  offerPairing,
  PAIRING_MS,
  removeClient,
  requestPairing,
} from '../../../../src/services/accounts/paired-clients.ts';
import { bindings, type Merchant } from '../../../support/merchant.ts';
import { BASE, openClient, openPaired, openShop, send } from './client.ts';

async function storeOf(merchant: Merchant) {
  const store = await storeById(merchant.deps.db, merchant.store.id);
  if (!store) throw new Error('no store');
  return store;
}

const offer = async (merchant: Merchant) =>
  offerPairing(merchant.deps, await storeOf(merchant), { label: '', role: 'merchant' });

describe('A code that the merchant gives', () => {
  it('pairs the client that shows it, under its own name, and shows its token', async () => {
    const merchant = await openShop();
    const { pairingCode, pairingExpiresAtMs } = await offer(merchant);
    expect(pairingCode).toMatch(/^[A-Za-z0-9]{7}$/);
    const client = openClient(merchant);
    const paired = await client.ask('POST', '/tokens/', { id: client.sin, pairingCode, label: 'Odoo' });
    expect(paired.status).toBe(200);
    expect(paired.body.data).toHaveLength(1);
    expect(paired.body.data[0]).toEqual({
      policies: [{ policy: 'id', method: 'require', params: [client.sin] }],
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
      facade: 'merchant',
      label: 'Odoo',
      dateCreated: merchant.clock.ms,
      pairingExpiration: pairingExpiresAtMs,
    });
    const tokens = await client.signed('GET', '/tokens');
    expect(tokens.body).toEqual({ data: [{ merchant: paired.body.data[0].token }] });
  });

  it('pairs one client of several concurrent ones', async () => {
    const merchant = await openShop();
    const { pairingCode } = await offer(merchant);
    const clients = Array.from({ length: 5 }, () => openClient(merchant));
    const answers = await Promise.all(
      clients.map((client) => client.ask('POST', '/tokens', { id: client.sin, pairingCode })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404]);
  });

  it('is good for a day', async () => {
    const merchant = await openShop();
    const { pairingCode } = await offer(merchant);
    merchant.clock.ms += PAIRING_MS;
    const client = openClient(merchant);
    const late = await client.ask('POST', '/tokens', { id: client.sin, pairingCode });
    expect(late).toMatchObject({ status: 404, body: { status: 'error', code: '010001' } });
  });
});

describe('A client that asks to be let in', () => {
  it('waits until a merchant does so', async () => {
    const merchant = await openShop();
    const client = openClient(merchant);
    const asked = await client.ask('POST', '/tokens', { id: client.sin, label: 'Till 1', facade: 'merchant' });
    const [{ token, pairingCode, pairingExpiration, policies }] = asked.body.data;
    expect({ pairingExpiration, policies }).toEqual({
      pairingExpiration: merchant.clock.ms + PAIRING_MS,
      policies: [{ policy: 'id', method: 'inactive', params: [client.sin] }],
    });
    client.token = token;
    expect((await client.get('/invoices')).status).toBe(401);
    expect((await client.signed('GET', '/tokens')).body).toEqual({ data: [] });
    await approvePairing(merchant.deps, await storeOf(merchant), pairingCode);
    expect((await client.get('/invoices')).status).toBe(200);
    const again = approvePairing(merchant.deps, await storeOf(merchant), pairingCode);
    await expect(again).rejects.toMatchObject({ code: 'gone' });
  });

  it('cannot let itself in by its own code', async () => {
    const merchant = await openShop();
    const client = openClient(merchant);
    const { pairingCode } = await requestPairing(merchant.deps, { label: '', role: 'merchant', keyId: client.sin });
    expect((await client.ask('POST', '/tokens', { id: client.sin, pairingCode })).status).toBe(404);
  });

  it('may ask so often and no more, and old questions are forgotten', async () => {
    const merchant = await openShop();
    const client = openClient(merchant);
    const ask = () => client.ask('POST', '/tokens', { id: client.sin, label: '', facade: 'pos' });
    for (let asked = 0; asked < 20; asked++) expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(409);
    merchant.clock.ms += PAIRING_MS + 1;
    expect((await ask()).status).toBe(200);
    const left = await bindings.DB.prepare('SELECT count(*) AS n FROM bitpay_tokens WHERE sin = ?').bind(client.sin);
    expect(await left.first('n')).toBe(1);
  });

  it('gets an error that names its mistake', async () => {
    const merchant = await openShop();
    const client = openClient(merchant);
    const refused = async (fields: object) => (await client.ask('POST', '/tokens', fields)).body.error;
    expect(await refused({ label: 'x' })).toBe('id: is needed: the SIN of your key.');
    expect(await refused({ id: 'TfBiqTmXxAmsTfRxLdQRhQcUEJFhSVTFVrg' })).toBe('id: is not a SIN.');
    expect(await refused({ id: client.sin, facade: 'payout' })).toBe('facade: has to be one of merchant, pos.');
    expect(await refused({ id: client.sin, pairingCode: '../../x' })).toMatch(/^pairingCode: /);
    const other = await openClient(merchant).signed('POST', '/tokens', { id: client.sin, label: '' });
    expect(other.status).toBe(401);
  });

  it('is slowed down', async () => {
    const merchant = await openShop({ overrides: { allowAuth: async () => false } });
    const client = openClient(merchant);
    expect((await client.ask('POST', '/tokens', { id: client.sin, pairingCode: 'AAAAAAA' })).status).toBe(429);
  });
});

describe('A signature', () => {
  it('quirk 20: covers the URL as the client used it, with its query and its body', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const path = `/invoices?token=${client.token}`;
    expect((await client.signed('GET', path)).status).toBe(200);
    for (const signed of [`${BASE}/invoices`, `http://pay.test${path}`, `${BASE}${path}&limit=1`, '']) {
      const refused = await client.signed('GET', path, undefined, signed);
      expect(refused, signed).toMatchObject({ status: 401, body: { errors: [{ error: expect.any(String) }] } });
    }
  });

  it('quirk 20: may name the deployment where a proxy before it has another name', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const path = `/invoices?token=${client.token}`;
    const headers = { 'x-identity': client.identity, 'x-signature': client.sign(`${BASE}${path}`) };
    expect((await send(merchant, 'GET', `http://inner.test:8787${path}`, undefined, headers)).status).toBe(200);
    const forged = { ...headers, 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' };
    forged['x-signature'] = client.sign(`https://evil.test${path}`);
    expect((await send(merchant, 'GET', `http://inner.test:8787${path}`, undefined, forged)).status).toBe(401);
  });

  it('may be of either half, as old libraries make them', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const url = `${BASE}/invoices?token=${client.token}`;
    const headers = { 'x-identity': client.identity, 'x-signature': client.sign(url, false) };
    expect((await send(merchant, 'GET', url, undefined, headers)).status).toBe(200);
  });

  it('of nonsense is refused, not answered with a failure of ours', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const url = `${BASE}/invoices?token=${client.token}`;
    const fine = client.sign(url);
    for (const headers of [
      { 'x-identity': client.identity },
      { 'x-signature': fine },
      { 'x-identity': `02${'f'.repeat(64)}`, 'x-signature': fine },
      { 'x-identity': client.identity, 'x-signature': `${fine}00` },
      { 'x-identity': client.identity, 'x-signature': '30060201000201' },
      { 'x-identity': client.identity, 'x-signature': 'zz' },
      { 'x-identity': '', 'x-signature': '' },
    ]) {
      const answer = await send(merchant, 'GET', url, undefined, headers as Record<string, string>);
      expect([answer.status, answer.body.status], JSON.stringify(headers)).toEqual([401, 'error']);
    }
  });

  it('opens nothing with the token of another client, nor once the client was removed', async () => {
    const merchant = await openShop();
    const [first, second] = [await openPaired(merchant), await openPaired(merchant)];
    expect((await second.signed('GET', `/invoices?token=${first.token}`)).status).toBe(401);
    expect((await second.signed('GET', '/invoices')).status).toBe(401);
    await removeClient(merchant.deps, await storeOf(merchant), first.token);
    expect((await first.get('/invoices')).status).toBe(401);
    expect((await second.get('/invoices')).status).toBe(200);
  });

  it('is noted once an hour', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const used = () =>
      bindings.DB.prepare('SELECT last_used_at AS at FROM bitpay_tokens WHERE token = ?')
        .bind(client.token)
        .first('at');
    await client.get('/invoices');
    await merchant.settled();
    const firstMs = merchant.clock.ms;
    expect(await used()).toBe(firstMs);
    merchant.clock.advanceMinutes(59);
    await client.get('/invoices');
    await merchant.settled();
    expect(await used()).toBe(firstMs);
    merchant.clock.advanceMinutes(1);
    await client.get('/invoices');
    await merchant.settled();
    expect(await used()).toBe(merchant.clock.ms);
  });
});
