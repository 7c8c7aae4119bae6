// What a declaration promises: nothing of it is evaluated before the first request, a caller who may not ask is refused before
// the query and the body are read, and a result is sent with the status that the document gives.

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { ApiError } from '../../../src/errors.ts';
import { failureResponse } from '../../../src/http/api/failures.ts';
import { created, noContent, ok, operation } from '../../../src/http/api/native/operation.ts';
import { described } from '../../../src/http/api/openapi/operation.ts';
import { SHAPES } from '../../../src/http/api/openapi/shapes/index.ts';
import { type Operation, routesOf, type Who } from '../../../src/http/api/operation.ts';

/** Lets in a request with a name, and gives the handler that name. */
const NAMED: Who<string> = {
  person: 'any',
  async admit(c) {
    const name = c.req.header('name');
    if (name === undefined) throw new ApiError('auth_required');
    return name;
  },
};

const about = { id: 'one', tag: 'Stores', summary: 'A route of this test', who: NAMED } as const;

const labelled = operation('POST /v1/things/{id}/parts/{pid}', () => ({
  ...about,
  query: { schema: z.strictObject({ times: z.coerce.number().default(1) }), notes: {} },
  body: { schema: z.strictObject({ label: z.string() }), notes: {}, optional: true, example: { label: 'A' } },
  answers: [created('keyAnswer')],
  run: async ({ caller, params, query, body }) => ({ caller, params, times: query.times, label: body.label }),
}));

const appOf = (...operations: Operation[]) =>
  new Hono().onError(failureResponse).route('/v1/things', routesOf('/v1/things', operations) as unknown as Hono);
const post = (body: string | null, headers: Record<string, string> = { name: 'ada' }) => ({
  method: 'POST',
  headers,
  body,
});

it('defines nothing when routes are made, and once however often it is asked', async () => {
  let defined = 0;
  const app = appOf(
    operation('GET /v1/things', () => {
      defined++;
      return { ...about, answers: [ok('keys')], run: async ({ caller }) => ({ caller }) };
    }),
  );
  expect(defined).toBe(0);
  const answers = [1, 2].map(() => app.request('/v1/things', { headers: { name: 'ada' } }));
  for (const answer of answers) expect(await (await answer).json()).toEqual({ caller: 'ada' });
  expect(defined).toBe(1);
});

it('gives the handler its caller, the ids of the path, the query and the body, and sends what it returns', async () => {
  const answer = await appOf(labelled).request('/v1/things/a/parts/b?times=3', post('{"label":"x"}'));
  expect([answer.status, answer.headers.get('content-type')]).toEqual([201, 'application/json']);
  expect(await answer.json()).toEqual({ caller: 'ada', params: { id: 'a', pid: 'b' }, times: 3, label: 'x' });
});

it('judges who asks before the query, and the query before the body', async () => {
  const app = appOf(labelled);
  const wrong = async (query: string, headers?: Record<string, string>) => {
    const answer = await app.request(`/v1/things/a/parts/b${query}`, post('{', headers));
    return ((await answer.json()) as { error: { code: string; message: string } }).error;
  };
  expect(await wrong('?times=x', {})).toMatchObject({ code: 'auth_required' });
  expect(await wrong('?times=x')).toMatchObject({ code: 'validation_error', message: 'times: must be a number.' });
  expect(await wrong('')).toMatchObject({ code: 'validation_error', message: 'body: not valid JSON.' });
});

it('takes a request without a body as one without fields, where the body is optional', async () => {
  const answer = await appOf(labelled).request('/v1/things/a/parts/b', post(null));
  expect(await answer.json()).toMatchObject({ error: { message: 'label: is needed.' } });
});

it('sends no body with 204, and a response of the handler as it is', async () => {
  const app = appOf(
    operation('DELETE /v1/things', () => ({ ...about, answers: [noContent], run: async () => undefined })),
    operation('GET /v1/things', () => ({
      ...about,
      answers: [ok('keys')],
      run: async ({ c }) => c.text('a file', 200, { 'content-type': 'text/csv' }),
    })),
  );
  const ada = { headers: { name: 'ada' } };
  const gone = await app.request('/v1/things', { method: 'DELETE', ...ada });
  expect([gone.status, await gone.text()]).toEqual([204, '']);
  const file = await app.request('/v1/things', ada);
  expect([file.headers.get('content-type'), await file.text()]).toEqual(['text/csv', 'a file']);
});

it('is in the document with the shape that it names, and what the handler reads itself too', () => {
  const { method, path, answers, body } = described(
    operation('POST /v1/things', () => ({
      ...about,
      unread: () => ({ body: { schema: z.strictObject({}), notes: {}, example: {} } }),
      answers: [created('keyAnswer')],
      run: async () => ({}),
    })),
  );
  expect([method, path, answers[0]?.schema, body?.example]).toEqual(['POST', '/v1/things', SHAPES.keyAnswer, {}]);
});
