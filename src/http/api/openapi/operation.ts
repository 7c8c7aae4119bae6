// What is written down of each operation of the API. The lists in operations/ are made of these; document.ts makes
// OpenAPI of them and src/http/docs the reference page.

import type { ZodType } from 'zod';
import type { Role } from '../../../adapters/db/schema.ts';
import { CATALOGUE, type ErrorCode } from '../../../errors.ts';
import type { Permission } from '../../../services/access/permissions.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonSchema = { [key: string]: Json };

/** In the order in which the reference shows them. */
export const TAGS = {
  Invoices: 'Make an invoice, follow it, decide what only you can decide. For your server, with an API key.',
  Events: 'The store’s log, for servers that ask instead of being told.',
  'Buyer’s browser':
    'Public, from any origin: the invoice’s id is the only credential. For a checkout page of your own.',
  Stores: 'A store has settings, a wallet, API keys and webhook endpoints. New ones are in test mode.',
  'API keys': 'The text of a key is in the answer that makes it and nowhere else.',
  Wallets: 'Which wallet the money goes to. Extended public keys go in and never come out.',
  Webhooks: 'Endpoints, their secrets, and every attempt to deliver.',
  Chain: 'What invoices are judged by.',
  'Logging in': 'For the dashboard, or a script that stands in for a person.',
  Account: 'The people of an account, and which account a person acts in.',
  Platform: 'For the operator of the deployment.',
} as const;

type Tag = keyof typeof TAGS;

/** What a field's schema cannot say: a sentence, or a sentence and what else is true of the field. */
export type Notes = Record<string, string | JsonSchema>;

export interface Body {
  schema: ZodType;
  notes: Notes;
  /** False where a request without a body is one without fields. */
  required: boolean;
  example: Json;
}

export interface Answer {
  status: number;
  description: string;
  schema?: ZodType;
  /** Where it is not JSON. */
  type?: string;
  headers?: Record<string, string>;
}

/** Who may call. Nothing at all: everybody. */
export interface Who {
  /** An API key: any, or one with this permission (a key without a list of permissions has all). */
  key?: 'any' | Permission;
  /** Somebody logged in: anybody, or with at least this role in the account. */
  person?: 'any' | Role;
  /** Only of the account that runs the deployment. */
  operator?: true;
}

export interface Operation {
  /** Unique; names the operation in generated clients and in the page's anchors. */
  id: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With {parameters}, which pathParameters explains. */
  path: string;
  tag: Tag;
  summary: string;
  description?: string;
  who: Who;
  query?: { schema: ZodType; notes: Notes };
  headers?: Record<string, { schema: JsonSchema; description: string }>;
  body?: Body;
  answers: Answer[];
  /** Beside those that follow from the rest, see errorsOf. */
  errors?: ErrorCode[];
}

export const PATH_PARAMETERS: Record<string, string> = {
  id: 'The id of what the path names before it.',
  kid: 'The key’s id.',
  wid: 'The id of the wallet or the webhook endpoint.',
  did: 'The delivery’s id.',
};

/** A 200, or another status, with JSON. */
export const ok = (schema: ZodType, description = 'Done.', status = 200): Answer => ({ status, description, schema });
export const created = (schema: ZodType, description = 'Made.'): Answer => ok(schema, description, 201);
export const noContent: Answer = { status: 204, description: 'Done. No body.' };

/** The parameters of a path, in order. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** Every code that the operation may answer, by status: those of its kind and its own. */
export function errorsOf({ who, method, path, body, query, errors = [] }: Operation): ErrorCode[] {
  const isChange = method !== 'GET';
  const codes: (ErrorCode | false | undefined)[] = [
    ...(who.key ? (['api_key_invalid', 'api_key_revoked', 'api_key_wrong_env', 'not_found'] as const) : []),
    ...(who.person ? (['auth_required', 'auth_totp_required', 'auth_email_not_verified'] as const) : []),
    (who.key || (who.person && who.person !== 'any')) && 'auth_account_suspended',
    ((who.key && who.key !== 'any') || (who.person && who.person !== 'any')) && 'forbidden',
    who.person && isChange && 'auth_origin_refused',
    (body || query) && 'validation_error',
    path.includes('{') && 'not_found',
    'rate_limited',
    isChange && 'disk_full',
    'database_unavailable',
    'internal',
    ...errors,
  ];
  const known = new Set(codes.filter((code): code is ErrorCode => typeof code === 'string'));
  return [...known].sort((a, b) => CATALOGUE[a][0] - CATALOGUE[b][0]);
}
