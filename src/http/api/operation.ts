// How an operation of an API is declared: once, with its handler. The route, the check of who may call it and how its requests are
// limited follow from that, and so do the tests of who is refused. Each API declares in its own words: see operation.ts in
// their folders.

import { Hono, type MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Deps } from '../../deps.ts';
import type { Role } from '../../services/access/people.ts';
import type { Permission } from '../../services/access/permissions.ts';
import type { Ctx, HonoEnv } from './http.ts';
import { type CountedBy, marked } from './limit.ts';

/** Of a key: this permission, or none in particular. */
export type Needed = 'any' | Permission;

/** Who may call. Empty: public. */
export interface Access {
  /** An API key: any, or one with this permission (a key without a list of permissions has all). */
  key?: Needed;
  /** A person with a session: any, or with at least this role in the account. */
  person?: 'any' | Role;
  /** Only of the account that runs the deployment. */
  operator?: true;
  /** By what its requests are counted, if not by the address alone: see limit.ts. */
  counted?: CountedBy;
}

/** The same with the check itself, which gives the handler its caller. @throws what refuses other callers, in the API's own words */
export interface Who<Caller> extends Access {
  admit: (c: Ctx) => Promise<Caller>;
}

export const ANYBODY: Who<null> = { admit: async () => null };

/** ALL is any method that no operation before it names. */
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ALL';
/** `GET /stores/{storeId}/invoices`. */
export type Line = `${Method} /${string}`;
type ParameterOf<L> = L extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterOf<Rest> : never;

/** What a handler gets: a request of a caller who may send it. */
export interface Admitted<L, Caller> {
  c: Ctx;
  deps: Deps;
  caller: Caller;
  params: Record<ParameterOf<L>, string>;
}

interface Declaration<L, Caller> {
  who: Who<Caller>;
  /** Of a result; 200 where it is left out. */
  status?: number;
  /** @returns what is sent as JSON, or a response */
  run: (asked: Admitted<L, Caller>) => Promise<unknown>;
}

export interface Operation<About extends { who: Access } = { who: Access }> {
  method: Method;
  /** With {parameters}. */
  path: string;
  describe: () => About;
  handle: (c: Ctx) => Promise<Response>;
}

/** @param define called by the first request and by what describes the API: at a start nothing of it is loaded */
export function declare<L extends Line, Caller, About extends { who: Access }>(
  line: L,
  define: () => Declaration<L, Caller> & About,
): Operation<About> {
  const [method, path] = line.split(' ') as [Method, string];
  let known: ReturnType<typeof define> | undefined;
  const describe = () => {
    known ??= define();
    return known;
  };
  return { method, path, describe, handle: (c) => answer(c, describe()) };
}

/**
 * How a dialect declares: a line, who may call, a handler. Who is a permission, or a check of its own, whose caller the handler gets.
 * @param keyThatMay the dialect's check of a permission
 */
export const declaring =
  <Declared extends Access, Usual>(keyThatMay: (key: Needed) => Declared & Who<Usual>) =>
  <const L extends Line, Caller = Usual>(
    line: L,
    who: Needed | (Declared & Who<Caller>),
    run: (asked: Admitted<L, Caller>) => Promise<unknown>,
  ): Operation<{ who: Declared }> =>
    // Where a permission is given, the caller is the usual one.
    declare(line, () => ({
      who: typeof who === 'string' ? (keyThatMay(who) as unknown as Declared & Who<Caller>) : who,
      run,
    }));

/** Who asks is judged before what is asked: who may not ask learns nothing about what may be asked. */
async function answer<L, Caller>(c: Ctx, { who, status = 200, run }: Declaration<L, Caller>): Promise<Response> {
  const caller = await who.admit(c);
  const params = c.req.param() as Record<ParameterOf<L>, string>;
  const result = await run({ c, deps: c.get('deps'), caller, params });
  if (result instanceof Response) return result;
  return status === 204 ? c.body(null, 204) : c.json(result, status as ContentfulStatusCode);
}

/** @param base what all paths begin with: where the routes are mounted */
export function routesOf(base: string, operations: Operation[], ...first: MiddlewareHandler<HonoEnv>[]): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  for (const middleware of first) app.use(middleware);
  for (const { method, path, describe, handle } of operations) {
    const counted = () => describe().who.counted ?? 'address';
    app.on(method, path.slice(base.length).replaceAll(/\{(\w+)\}/g, ':$1') || '/', marked(handle, counted));
  }
  return app;
}
