// Advisories about races: parallel requests take effect once, and no caller gets more than one
// alone could get. The table is in advisories.test.ts.

import { describe, expect, it } from 'vitest';
import { openMember } from '../support/furnish.ts';
import { bindings, type Merchant, openMerchant } from '../support/merchant.ts';
import { type ErrorBody, expectStatus, openBrowser, openPerson, type TestPerson } from '../support/person.ts';

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

async function count(sql: string, ...params: unknown[]): Promise<number> {
  return (
    (await bindings.DB.prepare(sql)
      .bind(...params)
      .first<number>('n')) ?? -1
  );
}

const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status).sort();

describe('LNbank 2023, coinos 2021, 2.0.6: many concurrent requests are done once', () => {
  it('fifty creates with one Idempotency-Key are one invoice, one address and the same bytes', async () => {
    const merchant = await openMerchant();
    const create = () =>
      merchant.request('POST', '/v1/invoices', { amount_sats: '9000' }, { 'idempotency-key': 'order-1' });
    const answers = await times(50, create);
    expect(new Set(statusesOf(answers))).toEqual(new Set([201]));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(await count('SELECT count(*) n FROM invoices WHERE store_id = ?', merchant.store.id)).toBe(1);
  });

  it('fifty creates without one are fifty invoices with fifty addresses', async () => {
    const merchant = await openMerchant({ wallet: { pool: 5 } });
    const invoices = await times(50, () => merchant.createInvoice());
    expect(new Set(invoices.map(({ address }) => address)).size).toBe(50);
  });

  it('fifty decisions about one review are one, whether to accept or to reject', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.requires_review' });
    const answers = await times(50, (index) =>
      merchant.request('POST', `/v1/invoices/${id}/resolve`, { decision: index % 2 ? 'accept' : 'reject' }),
    );
    expect(statusesOf(answers).filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statusesOf(answers))).toEqual(new Set([200, 409]));
    const marks = await bindings.DB.prepare('SELECT marks FROM invoices WHERE id = ?').bind(id).first<string>('marks');
    expect(
      (JSON.parse(marks ?? '[]') as { kind: string }[]).filter(({ kind }) => /^review_(accepted|rejected)$/.test(kind)),
    ).toHaveLength(1);
  });

  it('ten cancellations while ten payments are simulated leave one end', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    await times(20, (index) =>
      index % 2
        ? merchant.request('POST', `/v1/invoices/${id}/cancel`)
        : merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' }),
    );
    const types = await merchant.eventTypes(id);
    expect(types.filter((type) => type === 'invoice.cancelled' || type === 'invoice.paid')).toHaveLength(1);
  });
});

describe('2.0.2: no caller gets two of a single thing', () => {
  const keyOf = async (merchant: Merchant) => {
    const path = `/v1/stores/${merchant.store.id}/keys`;
    const made = (await (await merchant.request('POST', path)).json()) as { key: { id: string }; secret: string };
    return { ...made, path: `${path}/${made.key.id}` };
  };

  it('a key that ten requests exchange concurrently has one successor', async () => {
    const merchant = await openMerchant();
    const { path } = await keyOf(merchant);
    const before = await count('SELECT count(*) n FROM api_keys WHERE store_id = ?', merchant.store.id);
    const answers = await times(10, () => merchant.request('POST', `${path}/rotate`, { overlap_hours: 0 }));
    expect(statusesOf(answers)).toEqual([201, ...Array(9).fill(410)]);
    expect(await count('SELECT count(*) n FROM api_keys WHERE store_id = ?', merchant.store.id)).toBe(before + 1);
  });

  it('fifty keys, twenty endpoints and a hundred stores are never more, though several are created concurrently', async () => {
    const [merchant, owner] = [await openMerchant(), await openPerson()];
    const { store } = merchant;
    const keyed = (path: string) => (body?: unknown) =>
      merchant.request('POST', `/v1/stores/${store.id}/${path}`, body);
    const url = 'https://shop.example/hook';
    const made: [rows: string, of: string, most: number, make: () => Promise<{ status: number }>][] = [
      ['api_keys WHERE store_id', store.id, 50, () => keyed('keys')()],
      ['endpoints WHERE store_id', store.id, 20, () => keyed('webhooks')({ url })],
      ['stores WHERE account_id', owner.accountId, 100, () => owner.ask('POST', '/v1/stores', { name: 'Shop' })],
    ];
    for (const [rows, of, most, make] of made) {
      const kept = await count(`SELECT count(*) n FROM ${rows} = ?`, of);
      await times(most - kept - 3, make);
      expect([rows, statusesOf(await times(9, make))]).toEqual([rows, [...Array(3).fill(201), ...Array(6).fill(409)]]);
      expect([rows, await count(`SELECT count(*) n FROM ${rows} = ?`, of)]).toEqual([rows, most]);
    }
  });

  it('a key that is revoked while it is exchanged works no more', async () => {
    const merchant = await openMerchant();
    const { path, secret } = await keyOf(merchant);
    const [revoked] = await Promise.all([
      merchant.request('POST', `${path}/revoke`),
      merchant.request('POST', `${path}/rotate`, { overlap_hours: 24 }),
    ]);
    expect(revoked.status).toBe(200);
    const answer = await merchant.request('GET', '/v1/invoices', undefined, { authorization: `Bearer ${secret}` });
    expect(((await answer.json()) as ErrorBody).error.code).toBe('api_key_revoked');
  });

  it('an invitation that is accepted ten times concurrently makes one member', async () => {
    const [ada, bob] = [await openPerson(), await openPerson()];
    await expectStatus(201, ada.ask('POST', '/v1/account/invitations', { email: bob.email, role: 'viewer' }));
    const token = ada.mailedToken();
    const answers = await times(10, () => bob.ask('POST', '/v1/auth/invitations/accept', { token }));
    expect(statusesOf(answers)).toEqual([200, ...Array(9).fill(410)]);
    const sql = 'SELECT count(*) n FROM members WHERE account_id = ? AND user_id = ?';
    expect(await count(sql, ada.accountId, bob.id)).toBe(1);
  });

  it('an account keeps an owner, though two remove and demote each other concurrently', async () => {
    for (const how of ['DELETE', 'PATCH'] as const) {
      const ada = await openPerson();
      const bob = await openMember(ada.accountId, 'owner');
      const out = (who: TestPerson, whom: TestPerson) =>
        who.ask(how, `/v1/account/members/${whom.id}`, how === 'PATCH' ? { role: 'viewer' } : undefined);
      await Promise.all([out(ada, bob), out(bob, ada), out(ada, bob), out(bob, ada)]);
      const sql = `SELECT count(*) n FROM members WHERE account_id = ? AND role = 'owner'`;
      expect([how, await count(sql, ada.accountId)]).toEqual([how, 1]);
    }
  });

  it('a mail’s link that is followed ten times concurrently changes the password once', async () => {
    const ada = await openPerson();
    await ada.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    const token = ada.mailedToken();
    const answers = await times(10, (index) =>
      openBrowser().ask('POST', '/v1/auth/password/reset', { token, password: `another horse ${index}` }),
    );
    expect(statusesOf(answers)).toEqual([200, ...Array(9).fill(410)]);
  });
});
