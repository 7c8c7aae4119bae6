// Numbers in every form of the dashboard: one that can be read in two ways is refused at its field, kept as
// it was typed, and nothing is changed by it. What each form reads, and as what, is in test/core/money/typed.test.ts.

import { beforeAll, describe, expect, it } from 'vitest';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { bindings } from '../../support/merchant.ts';
import { openOperator } from '../../support/operator.ts';
import type { TestPerson } from '../../support/person.ts';
import { follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const AMBIGUOUS = ['1,500', '10,000', '1.500', '1.500,00', '1,500.00', '1,00,000', '1 5', '1e3', '+5', '-5', '0x10'];
const FOREIGN = ['١٢', '１２', '$5', '5 USD', '5%', 'ten', '007', '9'.repeat(40)];

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

let owner: Owner;
let operator: TestPerson;
let invoiceId: string;

beforeAll(async () => {
  owner = await openOwner();
  operator = await openOperator();
  invoiceId = await makeInvoice(owner);
});

const invoiceForm = { amount: '5', currency: 'USD', order_ref: '', expires_in_minutes: '15' };
const limits = {
  ...{ per_payout_sats: '', per_day_sats: '', approval_above_sats: '', second_approval_above_sats: '' },
  ...{ max_fee_percent: '1', min_fee_sats: '10' },
};
const settings = {
  ...{ name: 'Corner Shop', currency: 'USD', default_expiry_minutes: '15', late_payment_grace_minutes: '60' },
  ...{ tolerance_bp: '', zero_conf_cap_sats: '', color: '', logo_url: '', support_url: '', success_url: '' },
};

/** Every field of every form that takes a number from a keyboard. */
const FIELDS: [what: string, field: string, send: (text: string) => ReturnType<typeof post>][] = [
  ...(['USD', 'JPY', 'SATS'] as const).map((currency): (typeof FIELDS)[number] => [
    `New invoice, in ${currency}`,
    'amount',
    (amount) => post(owner, `${owner.home}/invoices/new`, { ...invoiceForm, amount, currency }),
  ]),
  [
    'New invoice',
    'expires_in_minutes',
    (text) => post(owner, `${owner.home}/invoices/new`, { ...invoiceForm, expires_in_minutes: text }),
  ],
  [
    'Simulator',
    'amount_sats',
    (text) =>
      post(owner, `${owner.home}/invoices/${invoiceId}/simulate`, { event: 'invoice.underpaid', amount_sats: text }),
  ],
  ...(['default_expiry_minutes', 'late_payment_grace_minutes', 'tolerance_bp', 'zero_conf_cap_sats'] as const).map(
    (field): (typeof FIELDS)[number] => [
      'Settings',
      field,
      (text) => post(owner, `${owner.home}/settings`, { ...settings, [field]: text }),
    ],
  ),
  ...Object.keys(limits).map((field): (typeof FIELDS)[number] => [
    'Limits of payouts',
    field,
    (text) => post(owner, `${owner.home}/payouts/limits`, { ...limits, [field]: text }),
  ]),
  ...(['USD', 'SATS'] as const).map((currency): (typeof FIELDS)[number] => [
    `New pull payment, in ${currency}`,
    'amount',
    (amount) => {
      const form = { amount, currency, name: '', description: '', methods: 'both', expires_in_days: '' };
      return post(owner, `${owner.home}/pull-payments/new`, form);
    },
  ]),
  ['Test clock', 'minutes', (text) => post(owner, `${owner.home}/clock`, { minutes: text })],
  ...(['fee_bp', 'payment_tolerance_bp', 'creates_per_minute', 'auth_per_second', 'requests_per_second'] as const).map(
    (field): (typeof FIELDS)[number] => [
      'Platform settings',
      field,
      (text) => post(operator, '/platform/settings', { [field]: text }),
    ],
  ),
];

const state = async () =>
  JSON.stringify([
    await bindings.DB.prepare('SELECT count(*) AS n, max(version) AS v FROM invoices WHERE store_id = ?')
      .bind(owner.store.id)
      .first(),
    await storeById(owner.deps.db, owner.store.id),
    (await bindings.DB.prepare('SELECT settings FROM platform_settings').all()).results,
  ]);

describe('A number that can be read in two ways', () => {
  it.each(FIELDS)('%s: %s', async (_, field, send) => {
    const before = await state();
    for (const text of [...AMBIGUOUS, ...FOREIGN]) {
      const page = await send(text);
      expect(page.status, text).toBe(400);
      expect(page.html, text).toContain(`id="${field}-error"`);
      expect(page.html, text).toContain(`value="${escaped(text)}"`);
      expect(wordsOf(page.html), text).toMatch(/Enter |must be a whole number/);
    }
    expect(await state()).toBe(before);
  });

  it('reads what to enter instead', async () => {
    const announced = async (amount: string, currency: string) =>
      wordsOf((await post(owner, `${owner.home}/invoices/new`, { ...invoiceForm, amount, currency })).html);
    expect(await announced('1,500', 'USD')).toContain('Enter 1500 or 1500.00, without a thousands separator.');
    expect(await announced('10,000', 'JPY')).toContain('Enter 10000, without a thousands separator.');
    expect(await announced('12,5', 'SATS')).toContain('Enter a whole number of sats, such as 1500.');
    expect(await announced('1.005', 'USD')).toContain(
      'Enter 1005 or 1005.00, without a thousands separator, or at most 2 decimals.',
    );
    expect(await announced('', 'USD')).toContain('Enter an amount.');
    expect(await announced('0.14', 'USD')).toContain(
      'This is below the smallest payment that the Bitcoin network relays, 294 sats: enter at least 0.15 USD.',
    );
    expect(await announced('293', 'SATS')).toContain('enter at least 294 sats (0.00000294 BTC).');
    expect(await announced('2100000000000001'.slice(0, 15), 'USD')).toContain('This is more than all bitcoin');
  });
});

describe('A number that can be read in one way', () => {
  it.each([
    ['1500', 'USD', '$1,500.00'],
    ['1 500.50', 'USD', '$1,500.50'],
    ['1\u00a0500', 'USD', '$1,500.00'],
    ["1'500", 'EUR', '€1,500.00'],
    ['12,5', 'EUR', '€12.50'],
    ['12.5', 'USD', '$12.50'],
    ['.5', 'USD', '$0.50'],
    ['50 000', 'SATS', '50,000 sats'],
  ])('“%s” in %s is %s', async (amount, currency, shown) => {
    const page = await follow(owner, `${owner.home}/invoices/new`, { ...invoiceForm, amount, currency });
    expect(wordsOf(page.html)).toContain(shown);
  });

  it('is kept by the settings, which write it as it can be read', async () => {
    await follow(owner, `${owner.home}/settings`, { ...settings, zero_conf_cap_sats: '50 000', tolerance_bp: '25' });
    const { html } = await get(owner, `${owner.home}/settings`);
    expect(html).toContain('value="50000"');
    const simulated = await follow(owner, `${owner.home}/invoices/${invoiceId}/simulate`, {
      event: 'invoice.underpaid',
      amount_sats: '1\u202f000',
    });
    expect(wordsOf(simulated.html)).toContain('Received 1,000 sats');
  });
});

describe('No form', () => {
  it('has a number input: browsers read one by their own language, and drop what they do not like', async () => {
    const pages = [
      [owner, `${owner.home}/invoices/new`],
      [owner, `${owner.home}/invoices/${invoiceId}`],
      [owner, `${owner.home}/settings`],
      [owner, `${owner.home}/wallets`],
      [operator, '/platform/settings'],
    ] as const;
    for (const [person, path] of pages) expect((await get(person, path)).html, path).not.toContain('type="number"');
  });
});
