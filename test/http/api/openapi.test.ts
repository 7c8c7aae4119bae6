// The contract: every route is in the OpenAPI document and the other way round, every operation answers what the document
// says, and every error of the catalogue is produced by a test.

import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import type { JsonSchema } from '../../../src/http/api/openapi/operation.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import { errorBody } from '../../../src/http/api/openapi/shapes/common.ts';
import { openMerchant } from '../../support/merchant.ts';
import { openPerson } from '../../support/person.ts';
import { Phoenixd } from '../../support/phoenixd.ts';
import { routesOf } from '../../support/routes.ts';
import {
  openWalk,
  walkAccount,
  walkChain,
  walkInvoices,
  walkPayouts,
  walkPerson,
  walkPlatform,
  walkStore,
} from './openapi.walk.ts';
import { walkBatches } from './payout-batches.walk.ts';

interface Served {
  paths: Record<string, Record<string, { operationId: string; requestBody?: { content: Record<string, unknown> } }>>;
}

describe('The document', () => {
  it('has every route of the API, and no other', () => {
    const routes = routesOf(createApp())
      .filter((route) => /^\w+ \/(v1|pay|health)(\/|$)/.test(route))
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
    const operations = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    expect(operations.sort()).toEqual(routes.sort());
  });

  it('is served, and may be kept for a while', async () => {
    const { request } = await openMerchant();
    const response = await request('GET', '/v1/openapi.json', undefined, { authorization: '' });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const { paths } = (await response.json()) as Served;
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(ids.sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
    const reference = await (await request('GET', '/docs/reference')).text();
    for (const id of ids) expect(reference).toContain(`id="${id}"`);
  });
});

describe('Every operation answers what the document says', () => {
  const walk = openWalk();

  it('on a chain', () => walkChain(walk));
  it('with invoices in test mode', () => walkInvoices(walk));
  it('with payouts', () => walkPayouts(walk));
  it('with batches of payouts', () => walkBatches(walk));
  it('with a store', async () => walkStore(walk, await openPerson(new Phoenixd())));
  it('when a person signs up and logs in', () => walkPerson(walk));
  it('in an account of two', async () => walkAccount(walk, await openPerson()));
  it('for the operator', () => walkPlatform(walk));

  it('and none was left out', () => {
    expect(OPERATIONS.map(({ id }) => id).filter((id) => !walk.called.has(id))).toEqual([]);
  });
});

describe('Unknown fields are refused', () => {
  const withBody = OPERATIONS.filter(({ body }) => body).map((operation) => [operation.id, operation] as const);

  it.each(withBody)('in %s, with these very words', (_, { body, id }) => {
    const result = body?.schema.safeParse({ ...(body.example as JsonSchema), not_a_field: 1 });
    const issues = result?.error?.issues ?? [];
    expect([id, issues.some((issue) => issue.code === 'unrecognized_keys')]).toEqual([id, true]);
  });

  it.each(withBody)('and the example of %s is a good one', (id, { body }) => {
    // What an example leaves out for brevity, an ellipsis stands for.
    const example = JSON.parse(JSON.stringify(body?.example).replaceAll('…', 'x'));
    const result = body?.schema.safeParse(example);
    expect([id, result?.error?.issues ?? []]).toEqual([id, []]);
  });

  it('by the server, on routes of each kind', async () => {
    const { request } = await openMerchant();
    const refused = async (response: Response) => errorBody.parse(await response.json()).error;
    expect(await refused(await request('POST', '/v1/invoices', { amount_sats: '1000', not_a_field: 1 }))).toMatchObject(
      {
        code: 'validation_error',
        message: 'not_a_field: unknown field.',
      },
    );
    expect(await refused(await request('GET', '/v1/invoices?not_a_field=1'))).toMatchObject({
      code: 'validation_error',
    });
  });

  it('where the document says so', () => {
    for (const { id, query } of OPERATIONS) {
      if (!query || id === 'socketPayment') continue;
      expect([id, query.schema.safeParse({ not_a_field: '1' }).success]).toEqual([id, false]);
    }
  });
});

describe('What goes wrong beneath', () => {
  const failures = [
    ['disk_full', 503, '300', new Error('D1_ERROR: Exceeded maximum DB size')],
    ['database_unavailable', 503, '5', new Error('D1_ERROR: Network connection lost.')],
    ['internal', 500, null, new TypeError('undefined is not a function')],
  ] as const;

  it.each(failures)('is answered as %s', async (code, status, retryAfter, thrown) => {
    const merchant = await openMerchant();
    merchant.deps.watcher.health = () => Promise.reject(thrown);
    const response = await merchant.request('GET', '/v1/chain');
    const { error } = errorBody.parse(await response.json());
    expect([error.code, response.status, response.headers.get('retry-after')]).toEqual([code, status, retryAfter]);
    expect(error.message).not.toContain(thrown.message);
  });
});
