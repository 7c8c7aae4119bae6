// How an operation of the API is declared: once, with its handler. The route, who may call it and what it takes follow from
// that, and so do the OpenAPI document (openapi/) and the tests of who is refused. Used by the files of this folder.

import { Hono, type MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodType } from 'zod';
import type { Deps } from '../../../deps.ts';
import type { ErrorCode } from '../../../errors.ts';
import type { Role } from '../../../services/access/people.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import { type BodyLimit, type Ctx, type HonoEnv, jsonBody, optionalBody } from '../http.ts';
import type { ShapeName } from '../openapi/shapes/index.ts';
import { validate, validQuery } from './validate.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonSchema = { [key: string]: Json };

/** What a field's schema cannot say: a sentence, or a sentence and what else is true of the field. */
export type Notes = Record<string, string | JsonSchema>;

/** Who may call, as the document says it. Empty: public. */
export interface Access {
  /** An API key: any, or one with this permission (a key without a list of permissions has all). */
  key?: 'any' | Permission;
  /** A person with a session: any, or with at least this role in the account. */
  person?: 'any' | Role;
  /** Only of the account that runs the deployment. */
  operator?: true;
}

/** The same with the check itself, which gives the handler its caller. @throws ApiError for other callers */
export interface Who<Caller> extends Access {
  admit: (c: Ctx) => Promise<Caller>;
}

/** Query parameters or body fields, each with a note. */
export interface Takes<T> {
  schema: ZodType<T>;
  notes: Notes;
}

interface Body<T> extends Takes<T> {
  example: Json;
  /** A request without a body is one without fields. */
  optional?: true;
  limit?: BodyLimit;
}

interface Answer {
  status: number;
  description: string;
  /** Of the body. By name: requests need no shapes, so they are not loaded for them. */
  shape?: ShapeName;
  /** Where it is not JSON. */
  type?: string;
  headers?: Record<string, string>;
}

export type Tag =
  | 'Invoices'
  | 'Events'
  | 'Buyer’s browser'
  | 'Stores'
  | 'API keys'
  | 'Wallets'
  | 'Webhooks'
  | 'Chain'
  | 'Logging in'
  | 'Account'
  | 'Platform';

/** What the document says of an operation. */
export interface Description {
  /** Unique; names the operation in generated clients and in the page's anchors. */
  id: string;
  tag: Tag;
  summary: string;
  description?: string;
  who: Access;
  query?: Takes<unknown>;
  headers?: Record<string, { schema: JsonSchema; description: string }>;
  body?: Body<unknown>;
  /** As `query` and `body`, where the handler reads them: in an order of its own, or by the deployment's rules. */
  unread?: () => { query?: Takes<unknown>; body?: Body<unknown> };
  /** The first is what a result of the handler is sent as. */
  answers: [Answer, ...Answer[]];
  /** Beside those that follow from the rest, see errorsOf. */
  errors?: ErrorCode[];
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type ParameterOf<Line> = Line extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterOf<Rest> : never;

interface Definition<Line, Caller, Query, Sent> extends Description {
  who: Who<Caller>;
  query?: Takes<Query>;
  body?: Body<Sent>;
  /** @returns what is sent as JSON, or a response */
  run: (asked: {
    c: Ctx;
    deps: Deps;
    caller: Caller;
    params: Record<ParameterOf<Line>, string>;
    query: Query;
    body: Sent;
  }) => Promise<unknown>;
}

export interface Operation {
  method: Method;
  /** With {parameters}. */
  path: string;
  describe: () => Description;
  handle: (c: Ctx) => Promise<Response>;
}

/** @param define called by the first request and by the document: at a start nothing of it is loaded */
export function operation<const Line extends `${Method} /${string}`, Caller, Query = undefined, Sent = undefined>(
  line: Line,
  define: () => Definition<Line, Caller, Query, Sent>,
): Operation {
  const [method, path] = line.split(' ') as [Method, string];
  let known: ReturnType<typeof define> | undefined;
  const describe = () => {
    known ??= define();
    return known;
  };
  return { method, path, describe, handle: (c) => answer(c, describe()) };
}

/** Who asks is judged before what is asked: who may not ask learns nothing about what may be asked. */
async function answer<Line, Caller, Query, Sent>(
  c: Ctx,
  { who, query, body, answers: [{ status }], run }: Definition<Line, Caller, Query, Sent>,
): Promise<Response> {
  const result = await run({
    c,
    deps: c.get('deps'),
    caller: await who.admit(c),
    params: c.req.param() as Record<ParameterOf<Line>, string>,
    query: (query && validQuery(query.schema, c.req.queries())) as Query,
    body: (body && validate(body.schema, await sent(c, body))) as Sent,
  });
  if (result instanceof Response) return result;
  return status === 204 ? c.body(null, 204) : c.json(result, status as ContentfulStatusCode);
}

const sent = (c: Ctx, { optional, limit }: Body<unknown>) =>
  optional ? optionalBody(c.req.raw) : jsonBody(c.req.raw, limit);

/** @param base what all paths begin with: where the routes are mounted */
export function routesOf(base: string, operations: Operation[], ...first: MiddlewareHandler<HonoEnv>[]): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  for (const middleware of first) app.use(middleware);
  for (const { method, path, handle } of operations) {
    app.on(method, path.slice(base.length).replaceAll(/\{(\w+)\}/g, ':$1') || '/', handle);
  }
  return app;
}

/** A 200 with JSON, or another status. */
export const ok = (shape: ShapeName, description = 'Done.', status = 200): Answer => ({ status, description, shape });
export const created = (shape: ShapeName, description = 'Made.'): Answer => ok(shape, description, 201);
export const noContent: Answer = { status: 204, description: 'Done. No body.' };
