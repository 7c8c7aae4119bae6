// A merchant tries what time does: the clock of a test store, moved forward from its settings and from an invoice's page.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { colleague, follow, get, makeInvoice, openOwner, post, wordsOf } from './visitor.ts';

describe('A test store’s clock', () => {
  it('moves from an invoice’s page, which then has expired, and says how far ahead it is', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const page = await get(owner, `${owner.home}/invoices/${id}`);
    expect(wordsOf(page.html)).toContain('You have not moved it yet');
    const moved = await follow(owner, `${owner.home}/clock`, { step: '1500', minutes: '', invoice: id });
    expect(moved.path).toBe(`${owner.home}/invoices/${id}?done=clock_moved`);
    expect(wordsOf(moved.html)).toMatch(/Expired .* It is 1 day, 1 hour ahead/);
    await follow(owner, `${owner.home}/clock`, { minutes: '61' });
    expect(wordsOf((await get(owner, `${owner.home}/settings`)).html)).toContain(
      'It is 1 day, 2 hours, 1 minute ahead',
    );
  });

  it('takes whole minutes within a week, and says so at the field', async () => {
    const owner = await openOwner();
    for (const minutes of ['', '0', '-5', '1.5', 'x', '10081']) {
      const page = await post(owner, `${owner.home}/clock`, { minutes });
      expect([page.status, page.html.includes('id="minutes-error"')], minutes).toEqual([400, true]);
    }
    await follow(owner, `${owner.home}/clock`, { minutes: '10080' });
  });

  it('is a manager’s, and a store’s in test mode', async () => {
    const owner = await openOwner();
    const viewer = await colleague(owner, 'viewer');
    expect((await post(viewer, `${owner.home}/clock`, { step: '15' })).status).toBe(403);
    await bindings.DB.prepare('UPDATE stores SET test_mode = 0 WHERE id = ?').bind(owner.store.id).run();
    expect((await post(owner, `${owner.home}/clock`, { step: '15' })).status).toBe(409);
    expect((await get(owner, `${owner.home}/settings`)).html).not.toContain('Test clock');
  });
});
