// What accounts owe the operator: due when an invoice is settled, taken away when that is reversed, billed once.

import { describe, expect, it } from 'vitest';
import { runCron } from '../../../src/cron.ts';
import { countLogs } from '../../../src/services/platform/log-counts.ts';
import { bindings, type Merchant } from '../../support/merchant.ts';
import { openLiveShop, openOperator, revert, sell, settle } from '../../support/operator.ts';
import { type ErrorBody, expectStatus, openPerson, type TestPerson } from '../../support/person.ts';

type FeesBody = Record<`${string}_sats`, string> & { account: { id: string }; settled_invoices: number };
type BillBody = { bill: { sats: string; up_to: string; created_at: string } };

const HOUR = 60;
const DAY = 24 * HOUR;
const MAY = '?from=2026-05-01&to=2026-05-31';

/** The operator's clock is the shop's: what is over for the one is over for the other. */
async function open() {
  const operator = await openOperator();
  const shop = await openLiveShop();
  operator.clock.ms = Date.now();
  return { operator, shop };
}

async function feesOf(operator: TestPerson, shop: Merchant, query = MAY): Promise<FeesBody> {
  for (let cursor = ''; ; ) {
    const { body } = await expectStatus(
      200,
      operator.ask<{ fees: FeesBody[]; next_cursor: string | null }>(
        'GET',
        `/v1/platform/fees${query}&limit=2${cursor}`,
      ),
    );
    const mine = body.fees.find(({ account }) => account.id === shop.account.id);
    if (mine) return mine;
    if (!body.next_cursor) throw new Error('the account is on no page');
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}

const bill = (operator: TestPerson, shop: Merchant, up_to: string) =>
  operator.ask<BillBody & ErrorBody>('POST', `/v1/platform/accounts/${shop.account.id}/bills`, { up_to });

/** As the cron does once an hour. */
async function count(shop: Merchant): Promise<void> {
  await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'fees'").run();
  await countLogs(shop.deps);
}

describe('A fee', () => {
  it('is due when a live invoice is settled, on the day of that', async () => {
    const { operator, shop } = await open();
    const open_ = await shop.createInvoice();
    await sell(shop);
    shop.clock.advanceMinutes(DAY);
    await shop.showTip();
    await settle(shop, (await shop.createInvoice()).id, 150_000n);
    await count(shop);
    expect(await feesOf(operator, shop)).toMatchObject({
      settled_invoices: 2,
      volume_sats: '250000',
      accrued_sats: '2000',
      billed_sats: '0',
      unbilled_sats: '2000',
    });
    expect(await feesOf(operator, shop, '?from=2026-05-16&to=2026-05-16')).toMatchObject({
      settled_invoices: 1,
      accrued_sats: '1000',
      unbilled_sats: '2000',
    });
    expect((await shop.readInvoice(open_.id)).status).toBe('pending');
  });

  it('is counted once, however often and by however many the log is read', async () => {
    const { operator, shop } = await open();
    await sell(shop);
    await Promise.all([countLogs(shop.deps), countLogs(shop.deps), count(shop), count(shop)]);
    await sell(shop);
    await Promise.all([count(shop), count(shop), count(shop)]);
    await count(shop);
    expect(await feesOf(operator, shop)).toMatchObject({ settled_invoices: 2, accrued_sats: '2000' });
  });

  it('follows what is credited later to an invoice that is settled already', async () => {
    const { operator, shop } = await open();
    const id = await sell(shop);
    await count(shop);
    await settle(shop, id, 30_000n);
    await count(shop);
    expect((await shop.readInvoice(id)).status).toBe('overpaid');
    expect(await feesOf(operator, shop)).toMatchObject({
      settled_invoices: 1,
      volume_sats: '130000',
      accrued_sats: '1000',
    });
  });

  it('is taken away on the day on which its invoice is reverted', async () => {
    const { operator, shop } = await open();
    const id = await sell(shop);
    await sell(shop);
    shop.clock.advanceMinutes(DAY);
    await revert(shop, id);
    expect((await shop.readInvoice(id)).status).toBe('reverted');
    await count(shop);
    expect(await feesOf(operator, shop, '?from=2026-05-17&to=2026-05-17')).toMatchObject({
      settled_invoices: -1,
      volume_sats: '-100000',
      accrued_sats: '-1000',
      unbilled_sats: '1000',
    });
  });

  it('is never due in test mode', async () => {
    const { operator, shop } = await open();
    await bindings.DB.prepare('UPDATE stores SET test_mode = 1 WHERE id = ?').bind(shop.store.id).run();
    const { id } = await shop.createInvoice();
    await shop.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    expect((await shop.readInvoice(id)).status).toBe('paid');
    await count(shop);
    expect(await feesOf(operator, shop)).toMatchObject({ settled_invoices: 0, unbilled_sats: '0' });
  });

  it('is counted by the cron once an hour, in one row', async () => {
    const { shop } = await open();
    await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'fees'").run();
    const rows = async () =>
      (await bindings.DB.prepare('SELECT settled FROM fee_days WHERE store_id = ?').bind(shop.store.id).all()).results;
    await sell(shop);
    const cron = () => runCron({ ...shop.deps, watcher: { ...shop.deps.watcher, sweep: async () => {} } });
    await cron();
    expect(await rows()).toEqual([{ settled: 1 }]);
    await sell(shop);
    shop.clock.advanceMinutes(HOUR - 1);
    await cron();
    expect(await rows()).toEqual([{ settled: 1 }]);
    shop.clock.advanceMinutes(1);
    await cron();
    expect(await rows()).toEqual([{ settled: 2 }]);
  });

  it('is shown to the account that owes it', async () => {
    const { shop } = await open();
    const owner = await openPerson();
    await bindings.DB.prepare('UPDATE stores SET account_id = ? WHERE id = ?')
      .bind(owner.accountId, shop.store.id)
      .run();
    await sell(shop);
    await count(shop);
    const { body } = await expectStatus(
      200,
      owner.ask<{ fees: FeesBody; bills: unknown[] }>('GET', '/v1/account/fees'),
    );
    expect(body).toMatchObject({ fees: { account: { id: owner.accountId }, unbilled_sats: '1000' }, bills: [] });
  });
});

describe('A bill', () => {
  it('covers what no earlier bill covers, and is created once', async () => {
    const { operator, shop } = await open();
    await sell(shop);
    shop.clock.advanceMinutes(DAY);
    await sell(shop);
    // What the cron has not counted yet is counted now.
    const first = await expectStatus(201, bill(operator, shop, '2026-05-16'));
    expect(first.body.bill).toMatchObject({ up_to: '2026-05-16', sats: '1000' });
    const again = await expectStatus(200, bill(operator, shop, '2026-05-16'));
    expect(again.body).toEqual(first.body);
    expect(await feesOf(operator, shop)).toMatchObject({ billed_sats: '1000', unbilled_sats: '1000' });
    expect((await expectStatus(201, bill(operator, shop, '2026-05-31'))).body.bill.sats).toBe('1000');
    for (const day of ['2026-05-30', '2026-06-30']) {
      expect((await bill(operator, shop, day)).body.error.code, day).toBe('conflict');
    }
    const { body } = await operator.ask<{ bills: { up_to: string }[] }>(
      'GET',
      `/v1/platform/accounts/${shop.account.id}/bills`,
    );
    expect(body.bills.map(({ up_to }) => up_to)).toEqual(['2026-05-31', '2026-05-16']);
  });

  it('is the same one for concurrent requests, and no sat is billed twice by two days', async () => {
    const { operator, shop } = await open();
    for (let sold = 0; sold < 3; sold++) await sell(shop);
    const same = await Promise.all(Array.from({ length: 5 }, () => bill(operator, shop, '2026-05-16')));
    expect(same.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    await sell(shop);
    await Promise.all(['2026-05-17', '2026-05-18', '2026-05-19'].map((day) => bill(operator, shop, day)));
    expect(await feesOf(operator, shop)).toMatchObject({ billed_sats: '4000', unbilled_sats: '0' });
  });

  it('is lowered by what was reversed since the one before; a credit waits', async () => {
    const { operator, shop } = await open();
    const [first, second] = [await sell(shop), await sell(shop)];
    await expectStatus(201, bill(operator, shop, '2026-05-16'));
    shop.clock.advanceMinutes(DAY);
    await revert(shop, first);
    await revert(shop, second);
    await sell(shop);
    expect((await bill(operator, shop, '2026-05-17')).body.error.code).toBe('conflict');
    expect(await feesOf(operator, shop)).toMatchObject({ billed_sats: '2000', unbilled_sats: '-1000' });
    shop.clock.advanceMinutes(DAY);
    for (let sold = 0; sold < 3; sold++) await sell(shop);
    expect((await expectStatus(201, bill(operator, shop, '2026-05-18'))).body.bill.sats).toBe('2000');
    expect(await feesOf(operator, shop)).toMatchObject({ billed_sats: '4000', unbilled_sats: '0' });
  });

  it('is of days that are over, of accounts that there are', async () => {
    const { operator, shop } = await open();
    const today = new Date(operator.clock.ms).toISOString().slice(0, 10);
    for (const day of [today, '9999-12-31', '2026-02-30', '2026-05', 'yesterday']) {
      expect((await bill(operator, shop, day)).body.error.code, day).toBe('validation_error');
    }
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? { up_to: '2026-05-16' } : undefined;
      expect((await operator.ask(method, '/v1/platform/accounts/nobody/bills', body)).status).toBe(404);
    }
  });
});

describe('The table for accounting', () => {
  it('has every account in one line, and formulas in no cell', async () => {
    const { operator, shop } = await open();
    await bindings.DB.prepare(`UPDATE accounts SET name = '=1+1,"x"' WHERE id = ?`).bind(shop.account.id).run();
    const id = await sell(shop);
    await count(shop);
    shop.clock.advanceMinutes(31 * DAY);
    await revert(shop, id);
    await count(shop);
    const csv = async (query: string) => (await operator.request('GET', `/v1/platform/fees.csv${query}`)).text();
    const lines = (await csv(MAY)).split('\r\n');
    expect(lines[0]).toBe(
      'account_id,account,from,to,settled_invoices,volume_sats,accrued_sats,billed_sats,unbilled_sats',
    );
    expect(lines).toContain(`${shop.account.id},"'=1+1,""x""",2026-05-01,2026-05-31,1,100000,1000,0,0`);
    const june = await csv('?from=2026-06-01&to=2026-06-30');
    expect(june).toContain(`${shop.account.id},"'=1+1,""x""",2026-06-01,2026-06-30,-1,-100000,-1000,0,0`);
    const accounts = await bindings.DB.prepare('SELECT count(*) AS n FROM accounts').first<number>('n');
    expect(lines).toHaveLength((accounts ?? 0) + 2);
  });

  it('is of a period in order, of a year at the most', async () => {
    const { operator } = await open();
    for (const query of ['?from=2026-05-02&to=2026-05-01', '?from=2025-01-01&to=2026-05-01', '?from=May']) {
      for (const path of ['fees', 'fees.csv']) {
        const { status } = await operator.request('GET', `/v1/platform/${path}${query}`);
        expect([path, query, status]).toEqual([path, query, 400]);
      }
    }
  });
});
