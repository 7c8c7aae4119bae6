// What is wrong with a request is said in words that name the field: nothing of the library that noticed it, no NaN.

import { beforeAll, describe, expect, it } from 'vitest';
import { furnish, type Ids } from '../../support/furnish.ts';
import { type ErrorBody, openPerson, type TestPerson } from '../../support/person.ts';

let ada: TestPerson;
let ids: Ids;
let authorization: string;

beforeAll(async () => {
  ada = await openPerson();
  const { ids: made, secret } = await furnish(ada);
  [ids, authorization] = [made, `Bearer ${secret}`];
});

const said = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const answer = await ada.ask<ErrorBody>(method, path, body, headers);
  expect(answer.body.error.code, path).toBe('validation_error');
  return answer.body.error.message;
};

describe('A refusal', () => {
  it('of a query says what a parameter has to be', async () => {
    const byKey = (path: string) => said('GET', path, undefined, { authorization });
    expect(await byKey('/v1/events?limit=x')).toBe('limit: must be a number.');
    expect(await byKey('/v1/events?limit=1.5')).toBe('limit: must be a whole number.');
    expect(await byKey('/v1/events?limit=0')).toBe('limit: must be at least 1.');
    expect(await byKey('/v1/events?limit=101')).toBe('limit: must be at most 100.');
    expect(await byKey('/v1/events?wait=x')).toBe('wait: must be a number.');
    expect(await byKey('/v1/invoices?limit=x')).toBe('limit: must be a number.');
    expect(await byKey(`/v1/invoices?order_ref=${'x'.repeat(256)}`)).toBe('order_ref: longer than 255 characters.');
    expect(await said('GET', `/v1/stores/${ids.store}/webhooks/${ids.webhook}/deliveries?limit=x`)).toBe(
      'limit: must be a number.',
    );
  });

  it('of a body says what a field has to be, and which is missing', async () => {
    expect(await said('POST', '/v1/auth/login', { password: 'x' })).toBe('email: is needed.');
    expect(await said('POST', '/v1/auth/login', { email: 7, password: 'x' })).toBe('email: must be text.');
    expect(await said('POST', '/v1/auth/login', { email: 'ada@', password: 'x' })).toBe(
      'email: is not an e-mail address: enter one such as name@example.com.',
    );
    expect(await said('POST', '/v1/auth/login', [])).toBe('body: must be an object.');
    expect(await said('POST', '/v1/stores', { name: null })).toBe('name: must be text.');
    expect(await said('POST', `/v1/stores/${ids.store}/keys`, { permissions: 'all' })).toBe(
      'permissions: must be a list.',
    );
    expect(await said('POST', `/v1/stores/${ids.store}/clock`, {})).not.toMatch(/expected|received|NaN|undefined/i);
  });

  it('never speaks of types and values as a library does, wherever nonsense is sent', async () => {
    const { ROUTES, FOR_PEOPLE } = await import('../../support/routes.ts');
    const { fill } = await import('../../support/furnish.ts');
    const odd: unknown[] = [[], {}, 7, 'x', null, { email: [], password: {}, name: 7, url: 7, since: 'x', limit: 'x' }];
    for (const { method, path, ...more } of [...ROUTES, ...FOR_PEOPLE]) {
      if (method === 'GET' || method === 'DELETE' || /archive|go-live|test-mode|suspend|reinstate/.test(path)) continue;
      for (const body of odd) {
        const headers: Record<string, string> = 'keyOnly' in more ? { authorization } : {};
        const { body: answer } = await ada.ask<Partial<ErrorBody>>(
          method,
          fill(path, ids),
          JSON.stringify(body),
          headers,
        );
        expect([path, answer.error?.message ?? '']).toEqual([
          path,
          expect.not.stringMatching(/Invalid input|Invalid option|expected|received|NaN|Too (big|small)|undefined/),
        ]);
      }
    }
  });
});
