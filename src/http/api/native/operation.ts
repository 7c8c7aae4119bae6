// How an operation of the native API is declared: what ../operation.ts takes, with query, body, answers and the sentences of the
// reference. The OpenAPI document (openapi/) follows from that. Used by the files of this folder.

import type { ZodType } from 'zod';
import type { ErrorCode } from '../../../errors.ts';
import { type BodyLimit, type Ctx, jsonBody, optionalBody } from '../http.ts';
import type { ShapeName } from '../openapi/shapes/index.ts';
import { type Access, type Admitted, declare, type Line, type Operation, type Who } from '../operation.ts';
import { validate, validQuery } from './validate.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonSchema = { [key: string]: Json };

/** What a field's schema cannot say: a sentence, or a sentence and what else is true of the field. */
export type Notes = Record<string, string | JsonSchema>;

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
  | 'Lightning'
  | 'Payouts'
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

interface Definition<L, Caller, Query, Sent> extends Description {
  who: Who<Caller>;
  query?: Takes<Query>;
  body?: Body<Sent>;
  /** @returns what is sent as JSON, or a response */
  run: (asked: Admitted<L, Caller> & { query: Query; body: Sent }) => Promise<unknown>;
}

export function operation<const L extends Line, Caller, Query = undefined, Sent = undefined>(
  line: L,
  define: () => Definition<L, Caller, Query, Sent>,
): Operation<Description> {
  return declare(line, () => {
    const defined = define();
    const { query, body, answers, run } = defined;
    return {
      ...defined,
      status: answers[0].status,
      run: async (asked: Admitted<L, Caller>) =>
        run({
          ...asked,
          query: (query && validQuery(query.schema, asked.c.req.queries())) as Query,
          body: (body && validate(body.schema, await sent(asked.c, body))) as Sent,
        }),
    };
  });
}

const sent = (c: Ctx, { optional, limit }: Body<unknown>) =>
  optional ? optionalBody(c.req.raw) : jsonBody(c.req.raw, limit);

/** A 200 with JSON, or another status. */
export const ok = (shape: ShapeName, description = 'Done.', status = 200): Answer => ({ status, description, shape });
export const created = (shape: ShapeName, description = 'Made.'): Answer => ok(shape, description, 201);
export const noContent: Answer = { status: 204, description: 'Done. No body.' };
