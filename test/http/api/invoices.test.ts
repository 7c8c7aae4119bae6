// POST, GET and list of /v1/invoices, as a merchant's server sees them (integration guide §4, §10, §12).

import { describe, expect, it } from 'vitest';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

interface ErrorBody {
  error: { code: string; message: string; request_id: string };
}

async function refusal(merchant: Merchant, body: unknown, headers: Record<string, string> = {}) {
  const response = await merchant.request('POST', '/v1/invoices', body, headers);
  const { error } = (await response.json()) as ErrorBody;
  return { status: response.status, headers: response.headers, ...error };
}

const ORDER = { amount: 49.99, currency: 'USD' };

describe('Creating an invoice', () => {
  it('answers 201 with every field of the guide', async () => {
    const merchant = await openMerchant();
    const response = await merchant.request('POST', '/v1/invoices', {
      ...ORDER,
      order_ref: 'ORD-12345',
      callback_url: 'http://127.0.0.1:9/webhooks/satlane',
      success_url: 'https://yourshop.example/orders/ORD-12345/thanks',
      buyer_email: 'buyer@example.com',
      expires_in_minutes: 15,
      metadata: { cart_id: 'abc123' },
    });
    expect(response.status).toBe(201);
    const { invoice } = (await response.json()) as { invoice: Record<string, unknown> };
    expect(invoice).toMatchObject({
      status: 'pending',
      environment: 'test',
      amount_sats: '99980',
      amount_btc: '0.00099980',
      amount_fiat: 49.99,
      fiat_currency: 'USD',
      btc_usd_rate: 50000,
      amount_tolerance_sats: '249',
      amount_paid_sats: '0',
      expires_at: '2026-05-16T11:30:00.000Z',
      late_payment_grace_minutes: 60,
      late_payment_deadline_at: '2026-05-16T12:30:00.000Z',
      conf_threshold: 1,
      fee_sats: '999',
      order_ref: 'ORD-12345',
      created_at: '2026-05-16T11:15:00.000Z',
      metadata: { cart_id: 'abc123' },
    });
    expect(invoice.address).toMatch(/^bcrt1q/);
    expect(invoice.payment_uri).toBe(`bitcoin:${invoice.address}?amount=0.0009998&label=Corner%20Shop`);
    expect(invoice.hosted_checkout_url).toBe(`https://pay.test/i/${invoice.id}`);
  });

  it('takes the amount as a decimal string, and any currency that has a rate', async () => {
    const merchant = await openMerchant();
    const invoice = await merchant.createInvoice({ amount: '40.00', currency: 'eur' });
    expect(invoice).toMatchObject({
      amount_sats: '100000',
      amount_fiat: 40,
      fiat_currency: 'EUR',
      btc_fiat_rate: 40000,
    });
  });

  it('asks for one confirmation below 100 dollars and for two from there', async () => {
    const merchant = await openMerchant();
    const threshold = async (body: Record<string, unknown>) => (await merchant.createInvoice(body)).conf_threshold;
    expect(await threshold({ amount: '99.99', currency: 'USD' })).toBe(1);
    expect(await threshold({ amount: 100, currency: 'USD' })).toBe(2);
    expect(await threshold({ amount_sats: '199980' })).toBe(1);
    expect(await threshold({ amount_sats: '200000' })).toBe(2);
  });

  it('gives each invoice an address of its own, even when many are created concurrently', async () => {
    const merchant = await openMerchant({ wallet: { pool: 5 } });
    const invoices = await Promise.all(Array.from({ length: 30 }, () => merchant.createInvoice()));
    expect(new Set(invoices.map((invoice) => invoice.address)).size).toBe(30);
    await merchant.settled();
    const { results } = await bindings.DB.prepare(
      'SELECT idx FROM addresses WHERE wallet_id = ? AND invoice_id IS NOT NULL ORDER BY idx',
    )
      .bind(merchant.store.wallet?.id)
      .all<{ idx: number }>();
    expect(results.map((row) => row.idx)).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  it('carries a request id on every answer', async () => {
    const merchant = await openMerchant();
    const ok = await merchant.request('POST', '/v1/invoices', { amount_sats: '1000' });
    expect(ok.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const bad = await refusal(merchant, {});
    expect(bad.headers.get('x-request-id')).toBe(bad.request_id);
  });
});

describe('Idempotency', () => {
  it('answers the same key with the same bytes for a day, and makes one invoice', async () => {
    const merchant = await openMerchant();
    const send = (body: string) => merchant.request('POST', '/v1/invoices', body, { 'idempotency-key': 'order-1' });
    const first = await send('{"amount":49.99,"currency":"USD","order_ref":"A"}');
    const firstBytes = await first.text();
    merchant.clock.advanceMinutes(23 * 60);
    const second = await send('{"order_ref":"A","currency":"USD","amount":49.99}');
    expect(second.status).toBe(201);
    expect(await second.text()).toBe(firstBytes);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const list = await merchant.request('GET', '/v1/invoices');
    expect(((await list.json()) as { invoices: unknown[] }).invoices).toHaveLength(1);
  });

  it('makes a new invoice when the key is used again after a day', async () => {
    const merchant = await openMerchant();
    const send = async () =>
      (await merchant.request('POST', '/v1/invoices', { amount_sats: '1000' }, { 'idempotency-key': 'k' })).text();
    const first = await send();
    merchant.clock.advanceMinutes(24 * 60 + 1);
    const second = await send();
    expect(second).not.toBe(first);
    expect(await send()).toBe(second);
  });

  it('refuses the key with another body', async () => {
    const merchant = await openMerchant();
    const key = { 'idempotency-key': 'order-2' };
    await merchant.request('POST', '/v1/invoices', { amount_sats: '1000' }, key);
    expect(await refusal(merchant, { amount_sats: '2000' }, key)).toMatchObject({
      status: 409,
      code: 'idempotency_conflict',
    });
  });

  it('creates one invoice of eight concurrent requests, and answers all with the same bytes', async () => {
    const merchant = await openMerchant();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await merchant.request('POST', '/v1/invoices', ORDER, { 'idempotency-key': 'rush' });
        return `${response.status} ${await response.text()}`;
      }),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^201 /);
    const count = await bindings.DB.prepare('SELECT count(*) AS n FROM invoices WHERE store_id = ?')
      .bind(merchant.store.id)
      .first<{ n: number }>();
    expect(count?.n).toBe(1);
  });

  it('keeps the keys of two stores apart', async () => {
    const [one, two] = [await openMerchant(), await openMerchant()];
    const key = { 'idempotency-key': 'same' };
    const first = await one.request('POST', '/v1/invoices', { amount_sats: '1000' }, key);
    const second = await two.request('POST', '/v1/invoices', { amount_sats: '5000' }, key);
    expect([first.status, second.status]).toEqual([201, 201]);
  });
});

describe('A wrong order is refused with an error that names the field', () => {
  const cases: [what: string, body: unknown, code: string, names: string][] = [
    ['neither price', {}, 'validation_error', 'amount'],
    ['both prices', { ...ORDER, amount_sats: '1' }, 'validation_error', 'amount_sats'],
    ['an amount without a currency', { amount: 5 }, 'validation_error', 'currency'],
    ['a currency with a price in sats', { amount_sats: '5000', currency: 'USD' }, 'validation_error', 'currency'],
    ['an amount that is not a number', { amount: 'ten', currency: 'USD' }, 'validation_error', 'amount'],
    ['an amount that is a list', { amount: [1], currency: 'USD' }, 'validation_error', 'amount'],
    ['an amount with too many digits', { amount: '12345678901234.56', currency: 'USD' }, 'validation_error', 'amount'],
    ['nothing', { amount: 0, currency: 'USD' }, 'invalid_amount', 'amount'],
    ['less than nothing', { amount: -5, currency: 'USD' }, 'invalid_amount', 'amount'],
    ['an amount that rounds to zero sats', { amount: '0.0002', currency: 'USD' }, 'invalid_amount', 'amount'],
    ['zero sats', { amount_sats: '0' }, 'invalid_amount', 'amount_sats'],
    ['negative sats', { amount_sats: '-1' }, 'invalid_amount', 'amount_sats'],
    ['more than all bitcoin', { amount_sats: '2100000000000001' }, 'invalid_amount', 'amount_sats'],
    ['sats with a comma', { amount_sats: '1,5' }, 'validation_error', 'amount_sats'],
    ['half a satoshi', { amount_sats: 1.5 }, 'validation_error', 'amount_sats'],
    ['an unknown currency', { amount: 5, currency: 'XXX' }, 'invalid_currency', 'currency'],
    ['a currency that is no code', { amount: 5, currency: 'dollars' }, 'invalid_currency', 'currency'],
    ['a currency that is a number', { amount: 5, currency: 7 }, 'validation_error', 'currency'],
    ['a short expiry', { ...ORDER, expires_in_minutes: 4 }, 'validation_error', 'expires_in_minutes'],
    ['a long expiry', { ...ORDER, expires_in_minutes: 121 }, 'validation_error', 'expires_in_minutes'],
    ['a broken expiry', { ...ORDER, expires_in_minutes: 5.5 }, 'validation_error', 'expires_in_minutes'],
    ['a callback that is no URL', { ...ORDER, callback_url: 'shop' }, 'validation_error', 'callback_url'],
    ['a callback that is a file', { ...ORDER, callback_url: 'file:///etc/passwd' }, 'validation_error', 'callback_url'],
    [
      'a success URL that is a script',
      { ...ORDER, success_url: 'javascript:alert(1)' },
      'validation_error',
      'success_url',
    ],
    ['a buyer without an at-sign', { ...ORDER, buyer_email: 'buyer' }, 'validation_error', 'buyer_email'],
    ['metadata that is not text', { ...ORDER, metadata: { a: 1 } }, 'validation_error', 'metadata.a'],
    ['a long metadata value', { ...ORDER, metadata: { a: 'x'.repeat(256) } }, 'validation_error', 'metadata.a'],
    [
      'metadata with 51 keys',
      { ...ORDER, metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
      'validation_error',
      'metadata',
    ],
    [
      'metadata with a key that JavaScript would lose',
      '{"amount_sats":"1000","metadata":{"__proto__":"x"}}',
      'validation_error',
      'metadata',
    ],
    ['a long order_ref', { ...ORDER, order_ref: 'x'.repeat(256) }, 'validation_error', 'order_ref'],
    ['a field that does not exist', { ...ORDER, amuont: 5 }, 'validation_error', 'amuont'],
    ['a body that is a list', [], 'validation_error', 'body'],
    ['a body that is not JSON', '{"amount":', 'validation_error', 'body'],
    ['an empty body', '', 'validation_error', 'body'],
    ['a body over 64 KiB', `{"order_ref":"${'x'.repeat(66_000)}"}`, 'validation_error', 'body'],
  ];

  it.each(cases)('%s', async (_, body, code, names) => {
    const merchant = await openMerchant();
    const error = await refusal(merchant, body);
    expect(error).toMatchObject({ status: 400, code });
    expect(error.message).toContain(names);
  });

  it('an Idempotency-Key that is empty or longer than 255 characters', async () => {
    const merchant = await openMerchant();
    expect(await refusal(merchant, ORDER, { 'idempotency-key': '' })).toMatchObject({
      status: 400,
      code: 'validation_error',
    });
    const long = await refusal(merchant, ORDER, { 'idempotency-key': 'x'.repeat(256) });
    expect(long).toMatchObject({ status: 400, code: 'validation_error' });
    expect(long.message).toContain('Idempotency-Key');
  });

  it('spends no address', async () => {
    const merchant = await openMerchant();
    for (const body of [{ amount: '0.0002', currency: 'USD' }, { amount: 5, currency: 'XXX' }, {}]) {
      await refusal(merchant, body);
    }
    const spent = await bindings.DB.prepare(
      'SELECT count(*) AS n FROM addresses WHERE wallet_id = ? AND invoice_id IS NOT NULL',
    )
      .bind(merchant.store.wallet?.id)
      .first<{ n: number }>();
    expect(spent?.n).toBe(0);
  });
});

describe('Who may not create', () => {
  it('a caller without a key, with a malformed one, or with one that does not exist', async () => {
    const merchant = await openMerchant();
    for (const authorization of ['', 'Bearer', 'Bearer nonsense', `Bearer sl_live_${'0'.repeat(32)}`, 'Basic abc']) {
      expect(await refusal(merchant, ORDER, { authorization })).toMatchObject({ status: 401, code: 'api_key_invalid' });
    }
  });

  it('a wrong key hears nothing about its body', async () => {
    const merchant = await openMerchant();
    const authorization = `Bearer sl_test_${'1'.repeat(32)}`;
    expect(await refusal(merchant, { amount: 'x' }, { authorization })).toMatchObject({
      status: 401,
      code: 'api_key_invalid',
    });
  });

  it('a revoked key', async () => {
    const merchant = await openMerchant();
    await bindings.DB.prepare('UPDATE api_keys SET revoked_at = 1 WHERE store_id = ?').bind(merchant.store.id).run();
    expect(await refusal(merchant, ORDER)).toMatchObject({ status: 401, code: 'api_key_revoked' });
  });

  it('a test key on a store that is live; a live key works on a test store', async () => {
    const live = await openMerchant({ mode: 'live' });
    await live.showTip();
    await bindings.DB.prepare("UPDATE api_keys SET environment = 'test' WHERE store_id = ?").bind(live.store.id).run();
    expect(await refusal(live, ORDER)).toMatchObject({ status: 401, code: 'api_key_wrong_env' });

    const test = await openMerchant();
    await bindings.DB.prepare("UPDATE api_keys SET environment = 'live' WHERE store_id = ?").bind(test.store.id).run();
    expect((await test.request('POST', '/v1/invoices', ORDER)).status).toBe(201);
  });

  it('a suspended account, and an archived store', async () => {
    const merchant = await openMerchant();
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(merchant.account.id).run();
    expect(await refusal(merchant, ORDER)).toMatchObject({ status: 403, code: 'auth_account_suspended' });
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = NULL WHERE id = ?').bind(merchant.account.id).run();
    await bindings.DB.prepare('UPDATE stores SET archived_at = 1 WHERE id = ?').bind(merchant.store.id).run();
    expect(await refusal(merchant, ORDER)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('a key that has made a hundred invoices within a minute; Retry-After says when to come back', async () => {
    const limiter = bindings.CREATE_LIMITER;
    const merchant = await openMerchant({
      overrides: { allowCreate: async (key) => (await limiter.limit({ key })).success },
    });
    const statuses = new Map<number, number>();
    for (let i = 0; i < 105; i++) {
      const { status } = await merchant.request('POST', '/v1/invoices', {});
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(statuses.get(400)).toBe(100);
    const error = await refusal(merchant, ORDER);
    expect(error).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('What must be set up first', () => {
  it('a wallet; and for a live store one on the live network', async () => {
    const bare = await openMerchant({ wallet: null });
    expect(await refusal(bare, ORDER)).toMatchObject({ status: 409, code: 'no_active_xpub' });
    const elsewhere = await openMerchant({ mode: 'live', wallet: { network: 'testnet' } });
    await elsewhere.showTip();
    expect(await refusal(elsewhere, ORDER)).toMatchObject({ status: 409, code: 'no_active_xpub' });
    const test = await openMerchant({ wallet: { network: 'testnet' } });
    expect((await test.createInvoice()).address).toMatch(/^tb1q/);
  });

  it('live invoices wait until an explorer has shown a fresh chain', async () => {
    const merchant = await openMerchant({ mode: 'live' });
    await merchant.showTip();
    expect((await merchant.request('POST', '/v1/invoices', ORDER)).status).toBe(201);
    merchant.clock.advanceMinutes(6);
    const error = await refusal(merchant, { amount_sats: '5000' });
    expect(error).toMatchObject({ status: 503, code: 'chain_syncing' });
    expect(error.headers.get('retry-after')).toBeTruthy();
  });

  it('a fresh rate for a price in fiat; a price in sats needs none', async () => {
    const merchant = await openMerchant();
    merchant.clock.advanceMinutes(60);
    expect(await refusal(merchant, ORDER)).toMatchObject({ status: 503, code: 'rate_unavailable' });
    const invoice = await merchant.createInvoice({ amount_sats: '1000' });
    expect(invoice).toMatchObject({ btc_usd_rate: null, amount_fiat: null, conf_threshold: 2 });
  });

  it('the gap limit: five addresses before its end no more are issued, until one is paid', async () => {
    const merchant = await openMerchant({ mode: 'live', wallet: { gapLimit: 10, pool: 2 } });
    await merchant.showTip();
    const invoices = [];
    for (let i = 0; i < 5; i++) invoices.push(await merchant.createInvoice());
    expect(await refusal(merchant, { amount_sats: '1000' })).toMatchObject({ status: 409, code: 'gap_limit_exceeded' });
    await bindings.DB.prepare(
      `INSERT INTO payments (invoice_id, id, value_sats, method, state, first_seen_at, details)
       VALUES (?, ? || ':0', 1000, 'onchain', 'mempool', 1, '{"inputs":[]}')`,
    )
      .bind(invoices[2]?.id, 'aa'.repeat(32))
      .run();
    for (let i = 0; i < 3; i++) await merchant.createInvoice();
    expect(await refusal(merchant, { amount_sats: '1000' })).toMatchObject({ code: 'gap_limit_exceeded' });
  });
});

describe('Reading invoices', () => {
  it('lists the newest first, page by page, without a gap or a repetition', async () => {
    const merchant = await openMerchant();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      // Pairs share a moment: the cursor has to tell them apart.
      if (i % 2 === 0) merchant.clock.ms += 1000;
      made.push((await merchant.createInvoice({ amount_sats: String(1000 + i) })).id);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const response = await merchant.request('GET', `/v1/invoices?limit=3${cursor && `&cursor=${cursor}`}`);
      const page = (await response.json()) as { invoices: { id: string }[]; next_cursor: string | null };
      seen.push(...page.invoices.map((invoice) => invoice.id));
      cursor = page.next_cursor ?? '';
    } while (cursor);
    expect([...seen].sort()).toEqual([...made].sort());
    expect(seen[0] === made[6]).toBe(true);
  });

  it('filters by status, order_ref and time of creation, together too', async () => {
    const merchant = await openMerchant();
    const a = await merchant.createInvoice({ amount_sats: '1000', order_ref: 'A' });
    merchant.clock.advanceMinutes(1);
    const b = await merchant.createInvoice({ amount_sats: '1000', order_ref: 'B' });
    await merchant.request('POST', `/v1/invoices/${b.id}/cancel`);
    const ids = async (query: string) => {
      const response = await merchant.request('GET', `/v1/invoices?${query}`);
      return ((await response.json()) as { invoices: { id: string }[] }).invoices.map((invoice) => invoice.id);
    };
    expect(await ids('')).toEqual([b.id, a.id]);
    expect(await ids('status=cancelled')).toEqual([b.id]);
    expect(await ids('status=paid')).toEqual([]);
    expect(await ids('order_ref=A')).toEqual([a.id]);
    expect(await ids('order_ref=A&status=cancelled')).toEqual([]);
    expect(await ids('created_from=2026-05-16T11:15:30Z')).toEqual([b.id]);
    expect(await ids('created_before=2026-05-16T11:15:30Z')).toEqual([a.id]);
    expect(await ids('created_from=2026-05-16T11:15:00Z&created_before=2026-05-16T11:16:00Z&status=pending')).toEqual([
      a.id,
    ]);
  });

  it.each([
    'state=paid',
    'status=done',
    'limit=0',
    'limit=101',
    'cursor=abc',
    'created_from=yesterday',
    'status=paid&status=seen',
  ])('refuses the filter %s instead of ignoring it', async (query) => {
    const merchant = await openMerchant();
    const response = await merchant.request('GET', `/v1/invoices?${query}`);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as ErrorBody;
    expect(error.code).toBe('validation_error');
    expect(error.message).toContain(query.split('=')[0]);
  });

  it("never shows another store's invoice, by any route", async () => {
    const [mine, other] = [await openMerchant(), await openMerchant()];
    const invoice = await mine.createInvoice();
    for (const [method, path, body] of [
      ['GET', `/v1/invoices/${invoice.id}`],
      ['POST', `/v1/invoices/${invoice.id}/cancel`],
      ['POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.paid' }],
    ] as const) {
      expect((await other.request(method, path, body)).status).toBe(404);
    }
    expect((await mine.readInvoice(invoice.id)).status).toBe('pending');
    expect((await (await other.request('GET', '/v1/invoices')).json()) as object).toMatchObject({ invoices: [] });
  });

  it('answers 404 in the one error shape for what does not exist', async () => {
    const merchant = await openMerchant();
    for (const path of [
      '/v1/invoices/nope',
      `/v1/invoices/${crypto.randomUUID()}`,
      '/v1/nothing',
      '/pay/invoices/nope',
    ]) {
      const response = await merchant.request('GET', path);
      expect(response.status).toBe(404);
      expect(((await response.json()) as ErrorBody).error.code).toBe('not_found');
    }
  });
});

describe('Cancelling', () => {
  it('ends a pending invoice, once', async () => {
    const merchant = await openMerchant();
    const invoice = await merchant.createInvoice();
    const response = await merchant.request('POST', `/v1/invoices/${invoice.id}/cancel`);
    expect(((await response.json()) as { invoice: { status: string } }).invoice.status).toBe('cancelled');
    expect((await merchant.request('POST', `/v1/invoices/${invoice.id}/cancel`)).status).toBe(409);
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.cancelled']);
  });

  it('is refused once a payment was seen', async () => {
    const merchant = await openMerchant();
    const invoice = await merchant.createInvoice();
    await merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.payment_seen' });
    const response = await merchant.request('POST', `/v1/invoices/${invoice.id}/cancel`);
    expect(response.status).toBe(409);
    expect(((await response.json()) as ErrorBody).error.code).toBe('invoice_not_cancellable');
  });
});
