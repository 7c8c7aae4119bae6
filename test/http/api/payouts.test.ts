// A shop gives money back: a refund of an invoice, which its buyer claims, and a person approves. Who may not, cannot; a request that is
// repeated acts once; and all refunds of an invoice come to no more than it was paid.

import { describe, expect, it } from 'vitest';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { freshAddress } from '../../support/payouts.ts';

interface PullPayment {
  id: string;
  amount: string;
  currency: string;
  rate: string | null;
  claimed_amount: string;
  [field: string]: unknown;
}
interface Body {
  pull_payment: PullPayment;
  pull_payments: PullPayment[];
  payout: { id: string; state: string; amount_sats: string; revision: number; [field: string]: unknown };
  payouts: { id: string }[];
  next_cursor: string | null;
  payout_limits: Record<string, unknown>;
  history: { type: string; by: { kind: string; id: string | null } }[];
  error: { code: string; message: string };
}

async function openShop(options = {}) {
  const merchant = await openMerchant(options);
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await merchant.request(method, path, body, headers);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  };
  const paid = async (body: Record<string, unknown> = { amount_sats: '100000' }, amount_sats?: string) => {
    const { id } = await merchant.createInvoice(body);
    const event_type = amount_sats === undefined ? 'invoice.paid' : 'invoice.overpaid';
    await ask('POST', `/v1/invoices/${id}/simulate`, { event_type, ...(amount_sats && { amount_sats }) });
    return id;
  };
  const refund = (id: string, body: object, headers = {}) => ask('POST', `/v1/invoices/${id}/refunds`, body, headers);
  return { ...merchant, ask, paid, refund };
}

/** A key of the store with these permissions alone. */
async function keyWith({ store }: Merchant, ...permissions: string[]): Promise<Record<string, string>> {
  const key = `sl_test_${crypto.randomUUID().replaceAll('-', '')}`;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  await bindings.DB.prepare(
    `INSERT INTO api_keys (hash, store_id, environment, label, id, created_at, permissions) VALUES (?, ?, 'test', '', ?, 1, ?)`,
  )
    .bind(hash, store.id, crypto.randomUUID(), JSON.stringify(permissions))
    .run();
  return { authorization: `Bearer ${key}` };
}

describe('A refund', () => {
  it('is the bitcoin that was paid, until nothing of it is left', async () => {
    const { paid, refund, ask } = await openShop();
    const id = await paid();
    const { status, body } = await refund(id, { variant: 'rate_then', subtract_percentage: 40 });
    expect([status, body.pull_payment]).toMatchObject([
      201,
      {
        ...{
          origin: 'refund',
          invoice_id: id,
          name: expect.stringMatching(/^Refund /),
          amount: '0.00060000',
          currency: 'BTC',
          claimed_amount: '0.00000000',
        },
        ...{ single_use: false, auto_approve: false, created_by: { kind: 'api_key' } },
        claim_url: expect.stringMatching(new RegExp(`/pull-payments/${body.pull_payment.id}$`)),
      },
    ]);
    expect((await refund(id, { variant: 'rate_then' })).body.error.code).toBe('refund_exceeds_paid');
    expect((await refund(id, { variant: 'custom', amount_sats: '40001' })).status).toBe(201);
    const left = await keyOf(id, refund);
    expect(left).toBe('refund_exceeds_paid');
    const { body: listed } = await ask('GET', `/v1/invoices/${id}/refunds`);
    expect(listed.pull_payments.map(({ amount }) => amount).toSorted()).toEqual(['0.00040001', '0.00060000']);
  });

  const keyOf = async (id: string, refund: Awaited<ReturnType<typeof openShop>>['refund']) =>
    (await refund(id, { variant: 'rate_then', subtract_percentage: '99' })).body.error.code;

  it('is what was paid too much', async () => {
    const { paid, refund } = await openShop();
    const id = await paid({ amount_sats: '100000' }, '150000');
    expect((await refund(id, { variant: 'overpaid' })).body.pull_payment).toMatchObject({ amount: '0.00050000' });
    const exact = await paid();
    expect((await refund(exact, { variant: 'overpaid' })).body.error).toMatchObject({
      code: 'validation_error',
      message: 'variant: the invoice is not overpaid.',
    });
  });

  it('of a fiat price is its value at today’s rate, or in fiat until it is approved', async () => {
    const { paid, refund, ask } = await openShop();
    const id = await paid({ amount: '20.00', currency: 'USD' });
    const other = await paid({ amount: '20.00', currency: 'USD' });
    await bindings.DB.prepare(
      `UPDATE rates SET by_currency = json_set(by_currency, '$.USD.rate', CAST(2 * (by_currency ->> '$.USD.rate') AS TEXT))`,
    ).run();
    const then = (await ask('GET', `/v1/invoices/${id}`)).body as unknown as { invoice: { amount_sats: string } };
    const { pull_payment } = (await refund(id, { variant: 'current_rate' })).body;
    const half = Number(then.invoice.amount_sats) / 2;
    expect(Math.abs(Number(pull_payment.amount) * 1e8 - half)).toBeLessThanOrEqual(1);
    const fiat = (await refund(other, { variant: 'fiat' })).body.pull_payment;
    expect(fiat).toMatchObject({ amount: '20.00', currency: 'USD', rate: null });
    const claim = await ask('POST', `/v1/pull-payments/${fiat.id}/claims`, { destination: freshAddress() });
    expect(claim.body.payout).toMatchObject({ state: 'awaiting_approval', amount: '20.00', amount_sats: null });
    const approved = await ask('POST', `/v1/payouts/${claim.body.payout.id}/approve`);
    expect(Math.abs(Number(approved.body.payout.amount_sats) - half)).toBeLessThanOrEqual(1);
  });

  it('of many in one moment is no more than was paid', async () => {
    const { paid, refund } = await openShop();
    const id = await paid();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refund(id, { variant: 'custom', amount_sats: '30000' })),
    );
    const codes = answers.map(({ status, body }) => (status === 201 ? 'made' : body.error.code));
    // The right to create pull payments freely lets a custom refund be more: the whole store's key has it.
    expect(new Set(codes)).toEqual(new Set(['made']));
    const bounded = await paid();
    const limited = await openLimited(bounded, refund);
    expect(limited.filter((code) => code === 'made')).toHaveLength(3);
    expect(limited.filter((code) => code === 'refund_exceeds_paid')).toHaveLength(17);
  });

  async function openLimited(id: string, refund: Awaited<ReturnType<typeof openShop>>['refund']) {
    const row = await bindings.DB.prepare('SELECT store_id AS id FROM invoices WHERE id = ?')
      .bind(id)
      .first<string>('id');
    const key = await keyWith(
      { store: { id: row ?? '' } } as Merchant,
      'btcpay.store.cancreatenonapprovedpullpayments',
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refund(id, { variant: 'custom', amount_sats: '30000' }, key)),
    );
    return answers.map(({ status, body }) => (status === 201 ? 'made' : body.error.code));
  }

  it('of an invoice without money, and one that ended without a claim, uses nothing up', async () => {
    const { createInvoice, paid, refund, ask } = await openShop();
    const { id: unpaid } = await createInvoice();
    expect((await refund(unpaid, { variant: 'rate_then' })).body.error).toMatchObject({
      ...{ code: 'refund_exceeds_paid', message: 'The invoice has no confirmed payment to give back.' },
    });
    const id = await paid();
    const { pull_payment } = (await refund(id, { variant: 'rate_then' })).body;
    await ask('POST', `/v1/pull-payments/${pull_payment.id}/archive`);
    expect((await refund(id, { variant: 'rate_then' })).status).toBe(201);
  });
});

describe('A request that is repeated', () => {
  it('acts once, in one moment too, and its key is of that request alone', async () => {
    const { paid, refund, ask } = await openShop();
    const id = await paid();
    const key = { 'idempotency-key': 'refund-1' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(id, { variant: 'rate_then' }, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.pull_payment.id}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    const other = await refund(id, { variant: 'fiat' }, key);
    expect([other.status, other.body.error.code]).toEqual([409, 'idempotency_conflict']);
    const invoice = await ask('POST', '/v1/invoices', { amount_sats: '1000' }, key);
    expect(invoice.body.error.code).toBe('idempotency_conflict');
    expect((await ask('POST', '/v1/payouts', { variant: 'rate_then' }, { 'idempotency-key': '' })).status).toBe(400);
  });

  it('an approval, a claim and a payout with it are one', async () => {
    const { ask } = await openShop();
    const sent = { destination: freshAddress(), amount_sats: '5000' };
    const [first, again] = [
      await ask('POST', '/v1/payouts', sent, { 'idempotency-key': 'a' }),
      await ask('POST', '/v1/payouts', sent, { 'idempotency-key': 'a' }),
    ];
    expect(again.body).toEqual(first.body);
    const approve = () => ask('POST', `/v1/payouts/${first.body.payout.id}/approve`, {}, { 'idempotency-key': 'b' });
    expect(await approve()).toMatchObject({ status: 200, body: { payout: { state: 'queued' } } });
    expect(await approve()).toMatchObject({ status: 200, body: { payout: { state: 'queued' } } });
    const { body } = await ask('GET', '/v1/payouts');
    expect(body.payouts).toHaveLength(1);
  });
});

describe('Who may not', () => {
  it('approve, cannot: neither by a claim, nor in advance, nor the limits', async () => {
    const merchant = await openShop();
    const { ask } = merchant;
    const clerk = await keyWith(merchant, 'btcpay.store.cancreatenonapprovedpullpayments');
    const sent = { destination: freshAddress(), amount_sats: '5000' };
    const { body } = await ask('POST', '/v1/payouts', sent, clerk);
    expect(body.payout).toMatchObject({ state: 'awaiting_approval' });
    const refused = async (method: string, path: string, given?: unknown) =>
      (await ask(method, path, given, clerk)).body.error.code;
    expect(await refused('POST', '/v1/payouts', { ...sent, approved: true })).toBe('forbidden');
    expect(await refused('POST', '/v1/pull-payments', { amount_sats: '1', auto_approve: true })).toBe('forbidden');
    for (const step of ['approve', 'cancel', 'mark-paid'])
      expect(await refused('POST', `/v1/payouts/${body.payout.id}/${step}`)).toBe('forbidden');
    expect(await refused('GET', '/v1/payouts')).toBe('forbidden');
    expect(await refused('POST', `/v1/stores/${merchant.store.id}/payout-limits/pause`)).toBe('forbidden');
    const limits = await ask('PATCH', `/v1/stores/${merchant.store.id}/payout-limits`, { paused: false });
    expect(limits.body.error.code).toBe('forbidden');
  });

  it('see another store’s, finds nothing', async () => {
    const [mine, theirs] = [await openShop(), await openShop()];
    const { body } = await mine.ask('POST', '/v1/pull-payments', { amount_sats: '5000' });
    const claim = { destination: freshAddress() };
    const { id } = body.pull_payment;
    expect((await theirs.ask('POST', `/v1/pull-payments/${id}/claims`, claim)).status).toBe(404);
    expect((await theirs.ask('GET', `/v1/pull-payments/${id}`)).status).toBe(404);
    expect((await theirs.ask('POST', `/v1/invoices/${await mine.paid()}/refunds`, { variant: 'fiat' })).status).toBe(
      404,
    );
  });
});

describe('Errors name the field', () => {
  it.each<[string, string, object, string]>([
    ['/v1/pull-payments', 'amount', {}, 'give either amount and currency, or amount_sats.'],
    ['/v1/pull-payments', 'currency', { amount: '5' }, 'is needed with amount.'],
    ['/v1/pull-payments', 'amount', { amount: '5.001', currency: 'USD' }, 'has more decimals than USD'],
    ['/v1/pull-payments', 'amount_sats', { amount_sats: '0' }, 'more than zero'],
    ['/v1/pull-payments', 'expires_at', { amount_sats: '1', expires_at: 'soon' }, 'ISO 8601'],
    ['/v1/payouts', 'destination', { amount_sats: '5000', destination: 'nowhere' }, 'Enter a Bitcoin address'],
    ['/v1/payouts', 'destination', { amount_sats: '5000' }, 'is needed'],
    ['/v1/payouts', 'destination', { amount_sats: '1', destination: freshAddress() }, 'carries no less than'],
  ])('%s %s %o', async (path, field, body, words) => {
    const { ask } = await openShop();
    const { status, body: answer } = await ask('POST', path, body);
    expect([status, answer.error.message]).toEqual([400, expect.stringMatching(new RegExp(`^${field}: .*${words}`))]);
  });
});

describe('The store’s endpoint', () => {
  it('hears of a refund, its claim and its approval, and the log has who decided', async () => {
    const receiver = await startReceiver();
    const { paid, refund, ask, settled } = await openShop({ endpointUrl: receiver.url });
    const id = await paid();
    const { pull_payment } = (await refund(id, { variant: 'rate_then' })).body;
    const claim = await ask('POST', `/v1/pull-payments/${pull_payment.id}/claims`, { destination: freshAddress() });
    await ask('POST', `/v1/payouts/${claim.body.payout.id}/approve`, { revision: claim.body.payout.revision });
    await settled();
    const types = (await receiver.deliveries()).map(({ headers }) => headers['x-satlane-event-type']);
    expect(types.slice(-3).sort()).toEqual(['payout.approved', 'payout.created', 'refund.created']);
    const { history } = (await ask('GET', `/v1/payouts/${claim.body.payout.id}/history`)).body;
    expect(history.map(({ type, by }) => [type, by.kind])).toEqual([
      ['payout.created', 'api_key'],
      ['payout.approved', 'api_key'],
    ]);
    expect(history[1]?.by.id).toMatch(/./);
    const log = await ask('GET', '/v1/events?type=refund.created,payout.created,payout.approved');
    expect((log.body as unknown as { events: unknown[] }).events).toHaveLength(3);
  });
});
