// A payment whose amount the buyer enters: the shop makes an intent, the buyer's page makes the invoice of it.

import { describe, expect, it } from 'vitest';
import { bindings, openMerchant } from '../../../support/merchant.ts';

interface IntentBody {
  id: string;
  storeId: string;
  pspReferenceId: string | null;
  checkoutUrl: string;
  redirectURL: string | null;
  redirectAutomatically: boolean;
  metadata: Record<string, unknown>;
}

const METADATA = { OrderId: '12345678', MerchantId: '5GtvTUFXtJGrqGV5kqMbadtKr4aL2Z63Muk2rAQkYzyT' };
const CHECKOUT = { redirectURL: 'https://www.google.com', redirectAutomatically: false };

async function open(currency = 'USD') {
  const merchant = await openMerchant();
  await bindings.DB.prepare('UPDATE stores SET currency = ? WHERE id = ?').bind(currency, merchant.store.id).run();
  const ask = async <T>(method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Token ${merchant.store.apiKey}` };
    const response = await merchant.request(method, `/api/v1${path}`, body, headers);
    return { status: response.status, body: (await response.json()) as T };
  };
  const made = await ask<{ id: string; checkoutLink: string }>(
    'POST',
    `/stores/${merchant.store.id}/amountless-invoices`,
    { metadata: METADATA, checkout: CHECKOUT },
  );
  const path = new URL(made.body.checkoutLink).pathname;
  const enter = (amount: string) =>
    merchant.request('POST', path, new URLSearchParams({ amount }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  return {
    merchant,
    made,
    path,
    read: async () => (await ask<IntentBody>('GET', `/intents/${made.body.id}`)).body,
    page: () => merchant.request('GET', path),
    enter,
    /** @returns the id of the invoice */
    entered: async (amount: string) => (placeOf(await enter(amount)) ?? '').slice('/i/'.length),
    invoices: async () =>
      (
        await bindings.DB.prepare('SELECT id FROM invoices WHERE store_id = ? ORDER BY created_at')
          .bind(merchant.store.id)
          .all<{ id: string }>()
      ).results.map(({ id }) => id),
  };
}

const placeOf = (response: Response) => response.headers.get('location');

describe('An intent', () => {
  it('becomes an invoice by the amount that the buyer enters', async () => {
    const { merchant, made, read, page, enter, path } = await open();
    expect(made.status).toBe(200);
    expect(Object.keys(made.body)).toEqual(['id', 'checkoutLink']);
    expect(await read()).toEqual({
      id: made.body.id,
      storeId: merchant.store.id,
      pspReferenceId: null,
      checkoutUrl: made.body.checkoutLink,
      redirectURL: CHECKOUT.redirectURL,
      redirectAutomatically: false,
      metadata: METADATA,
    });
    const form = await page();
    expect(form.status).toBe(200);
    expect(form.headers.get('content-security-policy')).toContain("form-action 'self'; frame-ancestors 'none'");
    const html = await form.text();
    expect(html).toContain('How much would you like to pay Corner Shop?');
    expect(html).toContain('Amount in US Dollar');
    const answer = await enter('25,00');
    expect(answer.status).toBe(303);
    const { pspReferenceId } = await read();
    expect(placeOf(answer)).toBe(`/i/${pspReferenceId}`);
    expect(await merchant.readInvoice(pspReferenceId ?? '')).toMatchObject({
      amount_sats: '50000',
      amount_fiat: 25,
      fiat_currency: 'USD',
      order_ref: '12345678',
      metadata: METADATA,
      success_url: CHECKOUT.redirectURL,
    });
    expect(placeOf(await page())).toBe(`/i/${pspReferenceId}`);
    expect((await merchant.request('GET', `${path}/theme.css`)).headers.get('content-type')).toContain('text/css');
  });

  it('creates one invoice of several concurrent entries', async () => {
    const { enter, invoices } = await open();
    const answers = await Promise.all(['10', '20', '10', '30', '10'].map(enter));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(303));
    const [only, ...others] = await invoices();
    expect(others).toEqual([]);
    expect(new Set(answers.map(placeOf))).toEqual(new Set([`/i/${only}`]));
    expect((await invoices()).length).toBe(1);
  });

  it('takes another amount before a payment, from the invoice’s page or with the browser’s back button', async () => {
    const { merchant, enter, read, path, invoices, page } = await open();
    const first = placeOf(await enter('10')) ?? '';
    const checkout = await (await merchant.request('GET', first)).text();
    expect(checkout).toContain(`<a href="${path}/amount">Enter another amount</a>`);
    const form = await (await merchant.request('GET', `${path}/amount`)).text();
    expect(form).toContain('How much would you like to pay');
    expect(form).toContain(`<a href="${first}">go back to the one before</a>`);
    expect(placeOf(await enter('10.00'))).toBe(first);
    const wrong = await enter('ten');
    expect(wrong.status).toBe(400);
    const second = placeOf(await enter('20'));
    expect(second).not.toBe(first);
    expect(`/i/${(await read()).pspReferenceId}`).toBe(second);
    expect(placeOf(await page())).toBe(second);
    // Both are open, and both are watched.
    expect(await invoices()).toHaveLength(2);
    expect((await merchant.readInvoice(first.slice('/i/'.length))).status).toBe('pending');
  });

  it('creates one invoice of several concurrent changes', async () => {
    const { enter, invoices } = await open();
    await enter('10');
    const answers = await Promise.all(['20', '30', '20', '40'].map(enter));
    expect(new Set(answers.map(placeOf)).size).toBe(1);
    expect(await invoices()).toHaveLength(2);
  });

  it('leads to the earlier invoice once that is paid, and keeps to it', async () => {
    const { merchant, enter, entered, read, page, path, invoices } = await open();
    const [first, second, third] = [await entered('10'), await entered('20'), await entered('30')];
    expect((await read()).pspReferenceId).toBe(third);
    const paid = await merchant.request('POST', `/v1/invoices/${second}/simulate`, { event_type: 'invoice.paid' });
    expect(paid.status).toBe(200);
    expect((await merchant.readInvoice(first)).status).toBe('pending');
    expect((await read()).pspReferenceId).toBe(second);
    for (const answer of [await page(), await enter('40'), await merchant.request('GET', `${path}/amount`)])
      expect(placeOf(answer)).toBe(`/i/${second}`);
    expect(await invoices()).toHaveLength(3);
  });

  it('names the last invoice where two of its amounts are paid', async () => {
    const { merchant, entered, read } = await open();
    const [first, last] = [await entered('10'), await entered('20')];
    for (const id of [first, last])
      await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    expect((await read()).pspReferenceId).toBe(last);
  });

  it('takes ten other amounts and then keeps to the last', async () => {
    const { merchant, enter, invoices, path } = await open();
    for (let amount = 1; amount <= 11; amount++) await enter(String(amount));
    const all = await invoices();
    expect(all).toHaveLength(11);
    const answers = [await enter('99'), await merchant.request('GET', `${path}/amount`)];
    const checkout = placeOf(answers[0] as Response);
    expect(answers.map(placeOf)).toEqual([checkout, checkout]);
    expect(await invoices()).toHaveLength(11);
  });

  it('takes another amount once its invoice has expired unpaid', async () => {
    const { merchant, enter, page, read, invoices } = await open();
    await enter('10');
    const first = (await read()).pspReferenceId ?? '';
    expect(
      (await merchant.request('POST', `/v1/invoices/${first}/simulate`, { event_type: 'invoice.expired' })).status,
    ).toBe(200);
    expect(await (await page()).text()).toContain('The last payment request expired.');
    const answers = await Promise.all(['20', '20'].map(enter));
    const { pspReferenceId } = await read();
    expect(pspReferenceId).not.toBe(first);
    expect(answers.map(placeOf)).toEqual([`/i/${pspReferenceId}`, `/i/${pspReferenceId}`]);
    expect(await invoices()).toHaveLength(2);
  });

  it('that was paid stays with its invoice', async () => {
    const { merchant, enter, read } = await open();
    await enter('10');
    const { pspReferenceId } = await read();
    await merchant.request('POST', `/v1/invoices/${pspReferenceId}/simulate`, { event_type: 'invoice.paid' });
    expect(placeOf(await enter('20'))).toBe(`/i/${pspReferenceId}`);
  });

  it.each([
    ['', 'Enter an amount.'],
    ['ten', 'Enter digits only, such as 1500 or 1500.00.'],
    ['-5', 'Enter digits only, such as 1500 or 1500.00.'],
    ['1e3', 'Enter digits only, such as 1500 or 1500.00.'],
    ['0', 'Enter more than zero.'],
    ['1,000', 'Enter 1000 or 1000.00, without a thousands separator.'],
    ['0.14', 'This is below the smallest payment that the Bitcoin network relays, 294 sats: enter at least 0.15 USD.'],
    ['999999999999999', 'This is more than all bitcoin there will ever be: enter at most 1050000000000.00 USD.'],
  ])('explains what is wrong with “%s”, and keeps it in the form', async (amount, problem) => {
    const { enter, invoices } = await open();
    const answer = await enter(amount);
    expect(answer.status).toBe(400);
    const html = await answer.text();
    expect(html).toContain(problem);
    expect(html).toContain(`value="${amount}"`);
    expect(html).toContain('aria-invalid="true"');
    expect(await invoices()).toEqual([]);
  });

  it('shows every entry as text', async () => {
    const { enter } = await open();
    expect(await (await enter('"><script>alert(1)</script>')).text()).not.toContain('<script>');
  });

  it.each([
    ['BTC', '0,0005', '50000'],
    ['SATS', '50 000', '50000'],
  ])('of a store in %s is priced in it', async (currency, amount, sats) => {
    const { merchant, enter, read } = await open(currency);
    await enter(amount);
    expect((await merchant.readInvoice((await read()).pspReferenceId ?? '')).amount_sats).toBe(sats);
  });

  it('leads nowhere where there is none', async () => {
    const { merchant } = await open();
    for (const method of ['GET', 'POST']) {
      const response = await merchant.request(method, '/intents/nothing');
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('We cannot find this payment page');
    }
  });

  it('of a buyer who has made too many is refused for a while', async () => {
    const { merchant, enter } = await open();
    merchant.deps.allowCreate = async () => false;
    const answer = await enter('10');
    expect(answer.status).toBe(429);
    expect(await answer.text()).toContain('Please wait a minute');
  });

  it('of a store that cannot be paid says so without a word about why', async () => {
    const { merchant, enter } = await open();
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(merchant.account.id).run();
    const answer = await enter('10');
    expect(answer.status).toBe(503);
    const html = await answer.text();
    expect(html).toContain('The shop cannot take this payment at the moment.');
    expect(html).not.toContain('suspended');
  });
});
