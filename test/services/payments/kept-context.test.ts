// What an isolate remembers of a caller saves a round trip, and never makes an invoice that D1 would not have made: each change that another
// isolate writes counts from its commit on (two isolates with memories of their own, one real D1).

import { describe, expect, it } from 'vitest';
import { creationContext } from '../../../src/adapters/db/creation-context.ts';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { changePlatformSettings } from '../../../src/adapters/db/platform-settings.ts';
import { sha256Hex } from '../../../src/adapters/vault.ts';
import { createApp } from '../../../src/app.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { admitted, keptContext, questionOf } from '../../../src/services/payments/context.ts';
import { type WatchedD1, watchD1 } from '../../support/d1.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';

const ORDER = { amount: '20.00', currency: 'USD' };

interface Answer {
  status: number;
  invoice: InvoiceSnapshot | undefined;
  code: string | undefined;
}

/** An isolate that has never heard of the merchant. @param beforeWrite runs once, before its first write is in D1 */
function openIsolate(merchant: Merchant, beforeWrite: () => Promise<unknown> = async () => {}) {
  let change: typeof beforeWrite | null = beforeWrite;
  const database: WatchedD1 = watchD1(bindings.DB, async ({ statements }) => {
    if (!statements.some(({ sql }) => /insert into invoices/i.test(sql))) return;
    const due = change;
    change = null;
    await due?.();
  });
  const deps = { ...merchant.deps, db: openDatabase(database.d1) };
  const app = createApp(deps);
  return {
    database,
    deps,
    async create(headers: Record<string, string> = {}, body: unknown = ORDER): Promise<Answer> {
      const request = new Request('https://pay.test/v1/invoices', {
        method: 'POST',
        headers: { authorization: `Bearer ${merchant.store.apiKey}`, ...headers },
        body: JSON.stringify(body),
      });
      const response = await app.fetch(request, bindings, {
        waitUntil: (work: Promise<unknown>) => merchant.deps.background(work),
        passThroughOnException() {},
        props: {},
      } as unknown as ExecutionContext);
      const { invoice, error } = (await response.json()) as { invoice?: InvoiceSnapshot; error?: { code: string } };
      return { status: response.status, invoice, code: error?.code };
    },
  };
}

const run = (sql: string, ...values: unknown[]) =>
  bindings.DB.prepare(sql)
    .bind(...values)
    .run();

const countOf = (table: string, { store }: Merchant) =>
  bindings.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE store_id = ?`).bind(store.id).first<number>('n');

const refused = (status: number, code: string) => async (answer: Answer, merchant: Merchant) => {
  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(await countOf('invoices', merchant)).toBe(0);
};

const MINUTE_MS = 60_000;
const minutesOf = (invoice?: InvoiceSnapshot) =>
  (Date.parse(invoice?.expires_at ?? '') - Date.parse(invoice?.created_at ?? '')) / MINUTE_MS;

type Case = [
  name: string,
  change: (merchant: Merchant) => Promise<unknown>,
  check: (answer: Answer, merchant: Merchant) => Promise<void>,
];

const CASES: Case[] = [
  [
    'a key that was revoked',
    ({ clock, store }) => run('UPDATE api_keys SET revoked_at = ? WHERE store_id = ?', clock.ms, store.id),
    refused(401, 'api_key_revoked'),
  ],
  [
    'a key that was deleted',
    ({ store }) => run('DELETE FROM api_keys WHERE store_id = ?', store.id),
    refused(401, 'api_key_invalid'),
  ],
  [
    'a key that may make invoices no more',
    ({ store }) =>
      run(`UPDATE api_keys SET permissions = '["btcpay.store.canviewinvoices"]' WHERE store_id = ?`, store.id),
    refused(403, 'forbidden'),
  ],
  [
    'an account that was suspended',
    ({ account, clock }) => run('UPDATE accounts SET suspended_at = ? WHERE id = ?', clock.ms, account.id),
    refused(403, 'auth_account_suspended'),
  ],
  [
    'a store that was archived',
    ({ clock, store }) => run('UPDATE stores SET archived_at = ? WHERE id = ?', clock.ms, store.id),
    refused(404, 'not_found'),
  ],
  [
    'a test store that went live',
    ({ store }) => run('UPDATE stores SET test_mode = 0 WHERE id = ?', store.id),
    refused(401, 'api_key_wrong_env'),
  ],
  [
    'a wallet that was taken away',
    ({ store }) => run('UPDATE stores SET wallet_id = NULL WHERE id = ?', store.id),
    refused(409, 'no_active_xpub'),
  ],
  [
    'another wallet',
    async ({ store }) => {
      const other = await openMerchant();
      return run('UPDATE stores SET wallet_id = ? WHERE id = ?', other.store.wallet?.id, store.id);
    },
    async ({ invoice }, { store }) => {
      const walletId = await bindings.DB.prepare('SELECT wallet_id FROM invoices WHERE id = ?')
        .bind(invoice?.id)
        .first('wallet_id');
      expect(walletId).not.toBe(store.wallet?.id);
      expect(await countOf('invoices', { store } as Merchant)).toBe(1);
    },
  ],
  [
    'another setting of the store',
    ({ store }) => run('UPDATE stores SET default_expiry_minutes = 77 WHERE id = ?', store.id),
    async ({ invoice }) => expect(minutesOf(invoice)).toBe(77),
  ],
  [
    'another rate',
    () => run("UPDATE rates SET by_currency = json_set(by_currency, '$.USD.rate', '20000')"),
    async ({ invoice }) => expect(invoice?.amount_sats).toBe('100000'),
  ],
  [
    'another setting of the operator',
    ({ deps }) => changePlatformSettings(deps.db, { toleranceBp: 123 }),
    async ({ invoice }) => {
      const sql = 'SELECT tolerance_above_sats AS above FROM invoices WHERE id = ?';
      const above = await bindings.DB.prepare(sql).bind(invoice?.id).first<number>('above');
      expect(above).toBe(Math.floor((Number(invoice?.amount_sats) * 123) / 10_000));
    },
  ],
  [
    'an endpoint that was added',
    ({ clock, store }) =>
      run(
        `INSERT INTO endpoints (id, store_id, url, dialect, secret_sealed, created_at)
         SELECT 'added-' || store_id, store_id, url || '/added', dialect, secret_sealed, ?2 FROM endpoints WHERE store_id = ?1`,
        store.id,
        clock.ms,
      ),
    async (_, merchant) => expect(await countOf('deliveries', merchant)).toBe(2),
  ],
  [
    'an endpoint that was removed',
    ({ store }) => run('DELETE FROM endpoints WHERE store_id = ?', store.id),
    async (answer, merchant) => {
      expect(answer.status).toBe(201);
      expect(await countOf('deliveries', merchant)).toBe(0);
    },
  ],
  [
    'an endpoint that was switched off',
    ({ store }) => run('UPDATE endpoints SET enabled = 0 WHERE store_id = ?', store.id),
    async (_, merchant) => expect(await countOf('deliveries', merchant)).toBe(0),
  ],
  [
    'an endpoint that wants other events',
    ({ store }) => run(`UPDATE endpoints SET event_types = '["invoice.paid"]' WHERE store_id = ?`, store.id),
    async (_, merchant) => expect(await countOf('deliveries', merchant)).toBe(0),
  ],
];

async function openShop(): Promise<Merchant> {
  const receiver = await startReceiver();
  await changePlatformSettings(openDatabase(bindings.DB), { toleranceBp: null });
  return openMerchant({ endpointUrl: receiver.url });
}

const emptied = ({ store }: Merchant) =>
  bindings.DB.batch(
    ['invoices', 'deliveries'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table} WHERE store_id = ?`).bind(store.id),
    ),
  );

describe('An invoice heeds', () => {
  it.each(CASES)('%s since the isolate has read it', async (_, change, check) => {
    const merchant = await openShop();
    const { create, database } = openIsolate(merchant);
    expect((await create()).status).toBe(201);
    await merchant.settled();
    await emptied(merchant);
    await change(merchant);
    database.trips.length = 0;
    const answer = await create();
    const creating = database.trips.filter(({ statements }) => statements.some(({ sql }) => /invoices/i.test(sql)));
    // The refused write has brought what is there now.
    expect(creating.length).toBeLessThanOrEqual(2);
    await merchant.settled();
    await check(answer, merchant);
  });

  it.each(CASES)('%s between the reading and the writing of one request', async (_, change, check) => {
    const merchant = await openShop();
    const { create } = openIsolate(merchant, () => change(merchant));
    const answer = await create();
    await merchant.settled();
    await check(answer, merchant);
  });

  it('an endpoint’s new secret: the delivery is signed with it', async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({ endpointUrl: receiver.url });
    const { create } = openIsolate(merchant);
    await create();
    await merchant.settled();
    const { results } = await bindings.DB.prepare('SELECT id FROM endpoints WHERE store_id = ?')
      .bind(merchant.store.id)
      .all<{ id: string }>();
    const path = `/v1/stores/${merchant.store.id}/webhooks/${results[0]?.id}/rotate`;
    expect((await merchant.request('POST', path, {})).status).toBe(200);
    await create();
    await merchant.settled();
    const signatures = (await receiver.deliveries()).map(({ headers }) => headers['x-satlane-signature'] ?? '');
    // The previous secret signs beside the new one.
    expect(signatures.map((header) => header.split('v1=').length - 1)).toEqual([1, 2]);
  });
});

describe('An isolate’s memory', () => {
  it('answers a repeated request of another isolate with its invoice, in one round trip', async () => {
    const merchant = await openShop();
    const [one, other] = [openIsolate(merchant), openIsolate(merchant)];
    await Promise.all([one.create(), other.create()]);
    await merchant.settled();
    const headers = { 'idempotency-key': 'order-1' };
    const made = await one.create(headers);
    other.database.trips.length = 0;
    expect(await other.create(headers)).toEqual(made);
    expect(other.database.trips).toHaveLength(1);
    expect(await other.create(headers, { ...ORDER, amount: '21.00' })).toMatchObject({ code: 'idempotency_conflict' });
    expect(await countOf('invoices', merchant)).toBe(3);
  });

  it('makes one invoice of one key that two isolates get in one moment', async () => {
    const merchant = await openShop();
    const isolates = [openIsolate(merchant), openIsolate(merchant)];
    for (const { create } of isolates) await create();
    await merchant.settled();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => isolates[n % 2]?.create({ 'idempotency-key': 'order-1' })),
    );
    expect(new Set(answers.map((answer) => answer?.invoice?.id)).size).toBe(1);
    expect(await countOf('invoices', merchant)).toBe(3);
    expect(await countOf('events', merchant)).toBe(3);
  });

  it('gives up where the store changes with each try, and has made nothing', async () => {
    const merchant = await openShop();
    const { create, database } = openIsolate(merchant);
    await create();
    await merchant.settled();
    await emptied(merchant);
    const restless = watchD1(bindings.DB, async ({ statements }) => {
      if (!statements.some(({ sql }) => /insert into invoices/i.test(sql))) return;
      await run(
        'UPDATE stores SET default_expiry_minutes = default_expiry_minutes + 1 WHERE id = ?',
        merchant.store.id,
      );
    });
    Object.assign(database.d1, { batch: restless.d1.batch, prepare: restless.d1.prepare });
    expect(await create()).toMatchObject({ status: 503, code: 'database_unavailable' });
    expect(await countOf('invoices', merchant)).toBe(0);
  });

  it('costs none of eighty their address where it is old and the pool has twenty', async () => {
    const merchant = await openShop();
    const { create } = openIsolate(merchant);
    await create();
    await merchant.settled();
    await run("UPDATE rates SET by_currency = json_set(by_currency, '$.USD.rate', '20000')");
    const answers = await Promise.all(Array.from({ length: 80 }, () => create()));
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    await merchant.settled();
    expect(await countOf('invoices', merchant)).toBe(81);
  });

  it('is bounded, and holds no key', async () => {
    const merchant = await openShop();
    const { deps } = openIsolate(merchant);
    const keyHash = await sha256Hex(merchant.store.apiKey);
    const askedIn = (currency: string) => questionOf(deps, { keyHash }, currency, null);
    const found = await creationContext(deps.db, askedIn('EUR'));
    expect(JSON.stringify(found)).not.toContain(merchant.store.apiKey);
    const currencies = Array.from({ length: 501 }, (_, n) => `C${n}`);
    for (const currency of currencies) admitted(deps, askedIn(currency), found);
    expect(currencies.filter((currency) => keptContext(deps, askedIn(currency)) === null)).toEqual(['C0']);
    merchant.clock.advanceMinutes(1);
    expect(keptContext(deps, askedIn('C500'))).toBeNull();
  });
});
