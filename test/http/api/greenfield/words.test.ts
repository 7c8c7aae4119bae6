// For every malformed request each problem names its field and says in plain words what to enter.

import { beforeAll, describe, expect, it } from 'vitest';
import { openPlugin, type Plugin } from './plugin.ts';

let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

const ODD: unknown[] = [7, true, 'x', '', [], [7], {}, { toString: 1, valueOf: 1 }];
const CHECKOUT = [
  ...['speedPolicy', 'paymentMethods', 'defaultPaymentMethod', 'lazyPaymentMethods', 'expirationMinutes'],
  ...['monitoringMinutes', 'paymentTolerance', 'redirectURL', 'redirectAutomatically', 'defaultLanguage'],
];
const BODIES: [method: string, path: string, fields: string[], body: (field: string, value: unknown) => object][] = [
  ['POST', '/invoices', ['amount', 'currency', 'metadata', 'checkout', 'receipt', 'additionalSearchTerms'], plainly],
  ['POST', '/invoices', CHECKOUT, (field, value) => ({ amount: '5', checkout: { [field]: value } })],
  ['POST', '/webhooks', ['url', 'enabled', 'automaticRedelivery', 'secret', 'authorizedEvents'], plainly],
  ['PUT', '', ['name', 'defaultCurrency', 'speedPolicy', 'brandColor', 'logoUrl', 'supportUrl'], plainly],
  ['PUT', '/rates/configuration', ['spread', 'preferredSource', 'isCustomScript', 'effectiveScript'], plainly],
  ['POST', '/amountless-invoices', ['metadata', 'checkout'], plainly],
  ['PUT', '/onchain/btc/addresses/customer-1', ['metadata', 'checkout'], plainly],
];

function plainly(field: string, value: unknown): object {
  return { [field]: value };
}

describe('A refusal', () => {
  it.each(BODIES)('of %s %s speaks of no types as a library does', async (method, path, fields, body) => {
    let refused = 0;
    for (const field of fields) {
      for (const odd of ODD) {
        const answer = await shop.ask<{ path: string; message: string }[]>(
          method,
          shop.inStore(path),
          body(field, odd),
        );
        if (answer.status === 200) continue;
        expect([field, odd, answer.status]).toEqual([field, odd, 422]);
        for (const { path: at, message } of answer.body) {
          expect([at, message]).toEqual([
            expect.stringMatching(/^[A-Z]/),
            expect.not.stringMatching(/Invalid input|Invalid option|expected|received|NaN|Too (big|small)|undefined/),
          ]);
        }
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(fields.length);
  });
});
