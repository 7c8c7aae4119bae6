// The map of a wallet: the invoice of each address, in pages, for people with access to the store.

import { describe, expect, it } from 'vitest';
import { createStore } from '../../../src/services/accounts/stores.ts';
import { registerWallet } from '../../../src/services/wallets/wallets.ts';
import { bindings } from '../../support/merchant.ts';
import { colleague, expectPolicy, get, makeInvoice, openOwner, wordsOf } from './visitor.ts';

describe('A wallet’s addresses', () => {
  it('stand beside their invoices by index, and lead to them', async () => {
    const owner = await openOwner();
    const [first, second] = [
      await makeInvoice(owner, { order_ref: 'A-1' }),
      await makeInvoice(owner, { order_ref: 'A-2' }),
    ];
    const wallets = await get(owner, `${owner.home}/wallets`);
    const path = /href="(\/stores\/[^"]+\/addresses)"/.exec(wallets.html)?.[1] ?? '';
    const page = await get(await colleague(owner, 'viewer'), path);
    expect(page.status).toBe(200);
    expectPolicy(page);
    for (const id of [first, second]) expect(page.html).toContain(`${owner.home}/invoices/${id}`);
    expect(wordsOf(page.html)).toMatch(/ 0 .*A-1.* 1 .*A-2/);
    const row = await bindings.DB.prepare('SELECT address FROM invoices WHERE id = ?')
      .bind(first)
      .first<{ address: string }>();
    expect(page.html.replaceAll(/<[^>]*>/g, '')).toContain(row?.address);
    expect(page.html).not.toContain('aria-label="Pages"');
  });

  it('go in pages of fifty, and an odd number begins at the first', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const wallet = owner.store.walletId ?? '';
    await bindings.DB.prepare(
      `INSERT INTO addresses (wallet_id, idx, address, script, invoice_id)
       SELECT ?1, value, 'bcrt1qmade' || value, 'made' || ?1 || value, ?2 FROM json_each(?3)`,
    )
      .bind(wallet, id, JSON.stringify(Array.from({ length: 120 }, (_, index) => index + 200)))
      .run();
    const path = `${owner.home}/wallets/${wallet}/addresses`;
    const indexes = async (query: string) =>
      [...(await get(owner, `${path}${query}`)).html.matchAll(/<th scope="row">(\d+)/g)].map(([, index]) =>
        Number(index),
      );
    expect(await indexes('?from=200')).toEqual(Array.from({ length: 50 }, (_, index) => index + 200));
    expect(await indexes('?from=300')).toHaveLength(20);
    const middle = await get(owner, `${path}?from=250`);
    expect([middle.html.includes(`${path}?from=200`), middle.html.includes(`${path}?from=300`)]).toEqual([true, true]);
    for (const from of ['x', '-1', '99999999999', '1e3', '4294967296'])
      expect(await indexes(`?from=${from}`)).toEqual([0]);
    expect((await get(owner, `${path}?from=5000`)).html).toContain('No address from this index on');
  });

  it('lead to the invoices of each store that shares the wallet, by its name', async () => {
    const owner = await openOwner();
    const first = await makeInvoice(owner);
    const { store } = await createStore(owner.deps, owner.accountId, { name: 'Market stall' });
    const wish = { text: owner.key, scriptType: 'p2wpkh', gapLimit: 100, label: 'Shared', startIndex: 0 } as const;
    await registerWallet(owner.deps, store, wish);
    const second = await makeInvoice({ ...owner, home: `/stores/${store.id}` });
    const { html } = await get(owner, `${owner.home}/wallets/${owner.store.walletId}/addresses`);
    for (const path of [`${owner.home}/invoices/${first}`, `/stores/${store.id}/invoices/${second}`]) {
      expect(html).toContain(`href="${path}"`);
      expect((await get(owner, path)).status).toBe(200);
    }
    expect(wordsOf(html).match(/of Market stall/g)).toHaveLength(1);
  });

  it('are not there for another account, nor by another store', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const path = `/wallets/${owner.store.walletId}/addresses`;
    expect((await get(other, `${owner.home}${path}`)).status).toBe(404);
    expect((await get(other, `${other.home}${path}`)).status).toBe(404);
  });
});
