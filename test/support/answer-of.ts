// Holds each refusal of the native API against the document: a code that its operation does not declare fails the test that met it,
// whichever that is. Called by what sends the tests' requests (merchant.ts, person.ts).

import type { createApp } from '../../src/app.ts';
import { bindings } from './merchant.ts';

type Waiting = Pick<ExecutionContext, 'waitUntil'>;

/** As the app answers. @throws Error for an error code that the operation does not declare */
export async function answerOf(app: ReturnType<typeof createApp>, request: Request, ctx: Waiting): Promise<Response> {
  const { method, url } = request;
  const context = { waitUntil: ctx.waitUntil, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
  const response = await app.fetch(request, bindings, context);
  const { pathname } = new URL(url);
  if (response.status < 400 || !/^\/(v1|pay|health)(\/|$)/.test(pathname)) return response;
  const code = await codeOf(response.clone());
  const operation = await operationAt(method, pathname);
  if (code === null || operation === undefined || operation.codes.has(code)) return response;
  throw new Error(`${operation.id} answered ${code}, which it does not declare`);
}

async function codeOf(response: Response): Promise<string | null> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return null;
  const text = await response.text();
  // HEAD has the headers of a refusal alone.
  if (text === '') return null;
  const { error } = JSON.parse(text) as { error?: { code?: string } };
  return error?.code ?? null;
}

let known: Promise<{ id: string; method: string; pattern: RegExp; codes: Set<string> }[]> | undefined;

async function operationAt(method: string, pathname: string) {
  known ??= declared();
  return (await known).find((one) => one.method === method && one.pattern.test(pathname));
}

/** Loaded by the first refusal: most tests meet none. Paths without parameters come first. */
async function declared() {
  const { OPERATIONS } = await import('../../src/http/api/openapi/operations.ts');
  const { errorsOf } = await import('../../src/http/api/openapi/operation.ts');
  return OPERATIONS.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length).map((operation) => ({
    ...{ id: operation.id, method: operation.method, codes: new Set<string>(errorsOf(operation)) },
    pattern: new RegExp(`^${operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
}
