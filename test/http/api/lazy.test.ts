// What is loaded by the first request for it answers as everything else does: the second request as the first, under the
// request's own id, with our 404 for what is not there.

import { describe, expect, it } from 'vitest';
import { openMerchant } from '../../support/merchant.ts';

describe('Routes that are loaded on their first request', () => {
  it.each([
    ['/v1/openapi.json', 200],
    ['/docs/invoices', 200],
    ['/v1/stores', 200],
    ['/v1/stores/none', 404],
    ['/v1/auth/me', 401],
    ['/v1/nothing', 404],
    ['/login', 200],
    ['/nothing', 404],
  ])('%s answers %i, the first time and the second', async (path, status) => {
    const { request } = await openMerchant();
    const answers = [await request('GET', path), await request('GET', path)];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    const ids = answers.map((answer) => answer.headers.get('x-request-id'));
    expect(new Set(ids.filter((id) => id !== null)).size).toBe(2);
  });

  it('a refusal from there names the request it belongs to', async () => {
    const { request } = await openMerchant();
    const answer = await request('GET', '/v1/stores/none');
    const { error } = (await answer.json()) as { error: { code: string; request_id: string } };
    expect(error.code).toBe('not_found');
    expect(error.request_id).toBe(answer.headers.get('x-request-id'));
  });

  it('HEAD is answered without a body', async () => {
    const { request } = await openMerchant();
    const answer = await request('HEAD', '/v1/openapi.json');
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});
