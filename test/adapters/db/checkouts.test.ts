// A deployment with a past: what clients settled with an invoice is shown to them as before the upgrade.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { statesOf } from '../../../src/adapters/db/invoices.ts';
import { bitpayCheckout } from '../../../src/core/dialects/bitpay/checkout.ts';
import { fullData } from '../../../src/core/dialects/bitpay/data.ts';
import { BITPAY } from '../../../src/core/dialects/bitpay/dialect.ts';
import { notification } from '../../../src/core/dialects/bitpay/status.ts';
import { invoiceData } from '../../../src/http/api/greenfield/invoice-data.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const AT = { origin: 'https://pay.test', nowMs: 5 };
const IPN_URL = 'https://shop.example/ipn';

const invoice = (nth: number, checkout: object | null): [string, Record<string, string | number | null>] => [
  'invoices',
  {
    ...{ id: `invoice-${String(nth).padStart(3, '0')}`, store_id: 'store', environment: 'live', network: 'regtest' },
    ...{
      wallet_id: 'wallet',
      address_index: nth,
      address: `address-${nth}`,
      script: `0014${String(nth).padStart(40, '0')}`,
      payment_uri: '',
    },
    ...{ amount_sats: 1_000, tolerance_below_sats: 20, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 0 },
    ...{ late_grace_minutes: 1, created_at: nth, expires_at: nth + 1, late_deadline_at: nth + 2, metadata: '{}' },
    ...{ status: 'pending', version: 1, marks: '[]', history: '{}', log: '[]', watch_until: nth },
    checkout: checkout && JSON.stringify(checkout),
  },
];

const ofBitpay = (nth: number) => ({
  ...{ dialect: 'bitpay', currency: 'BTC', speedPolicy: 'LowSpeed', redirectAutomatically: true },
  ...{ closeUrl: 'https://shop.example/cart', guid: `order-${nth}`, isOfTill: nth % 2 === 0 },
  ipn: { url: IPN_URL, isFull: true, isExtended: nth % 3 === 0 },
});
const ofGreenfield = {
  ...{ dialect: 'greenfield', currency: 'SATS', defaultLanguage: 'de-DE', lazyPaymentMethods: true },
  ...{ monitoringMinutes: 60, paymentTolerance: 7, searchTerms: ['blue', 'mug'], receipt: { enabled: false } },
};

it('Each dialect reads what its clients settled, and finds nothing of its own in invoices of others', async () => {
  await databaseBefore('0016_completion');
  const kinds = [ofBitpay, () => ofGreenfield, () => ({ dialect: 'elenpay' }), () => null];
  await insertRows(Array.from({ length: 120 }, (_, nth) => invoice(nth, kinds[nth % 4]?.(nth) ?? null)));
  await migrate();
  const states = await statesOf(
    openDatabase(bindings.DB),
    Array.from({ length: 120 }, (_, nth) => `invoice-${String(nth).padStart(3, '0')}`),
  );
  expect(states).toHaveLength(120);
  for (const state of states) {
    const nth = Number(state.invoice.id.slice('invoice-'.length));
    const isBitpays = nth % 4 === 0;
    const isGreenfields = nth % 4 === 1;
    const own = ofBitpay(nth);
    expect(fullData(state, AT, 'token')).toMatchObject({
      closeURL: isBitpays ? own.closeUrl : undefined,
      guid: isBitpays ? own.guid : undefined,
      notificationURL: isBitpays ? IPN_URL : undefined,
      fullNotifications: isBitpays,
      extendedNotifications: isBitpays && own.ipn.isExtended,
    });
    expect(BITPAY.receiverOf?.(state.invoice)).toBe(isBitpays ? IPN_URL : null);
    expect(bitpayCheckout(state.invoice).isOfTill).toBe(isBitpays ? own.isOfTill : undefined);
    expect(notification(state, 1003, AT) !== null).toBe(isBitpays);

    const shown = invoiceData(state, AT.origin);
    expect(shown.checkout).toMatchObject({
      defaultLanguage: isGreenfields ? 'de-DE' : null,
      lazyPaymentMethods: isGreenfields ? true : null,
      paymentTolerance: isGreenfields ? 7 : 2,
      speedPolicy: isBitpays ? 'LowSpeed' : 'MediumSpeed',
      redirectAutomatically: isBitpays,
    });
    expect('additionalSearchTerms' in shown).toBe(isGreenfields);
    expect(shown.receipt.enabled).toBe(isGreenfields ? false : null);
  }
});
