// What the document says of an operation beside its declaration in native/: the shapes of its answers, its parameters, its errors.
// Called by document.ts, and by src/http/docs for the reference page.

import type { ZodType } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../../errors.ts';
import type { Description as Declared, Tag } from '../native/operation.ts';
import type { Operation } from '../operation.ts';
import { SHAPES } from './shapes/index.ts';

export type { Json, JsonSchema, Notes } from '../native/operation.ts';
export type { Access } from '../operation.ts';

/** In the order in which the reference shows them. */
export const TAGS: Record<Tag, string> = {
  Invoices: 'Create, read, cancel and review invoices. For your server, with an API key.',
  Events: 'The store’s log, for servers that pull events instead of receiving webhooks.',
  'Buyer’s browser':
    'Public, from any origin: the invoice’s id is the only credential. For a checkout page of your own.',
  Stores: 'A store has settings, a wallet, API keys and webhook endpoints. New ones are in test mode.',
  'API keys': 'Only the response that creates a key holds its text.',
  Wallets: 'The wallet that receives the payments. No response holds an extended public key.',
  Lightning: 'The Lightning nodes and wallets that receive for the store. No response holds a credential.',
  Payouts: 'Refunds, pull payments and payouts: money that the store sends, and who decides about it.',
  Webhooks: 'Endpoints, their secrets, and every attempt to deliver.',
  Chain: 'The chain that SatLane follows.',
  'Logging in': 'For the dashboard, or a script that acts for a person.',
  Account: 'The members of an account, and the accounts of a person.',
  Platform: 'For the operator of the deployment.',
};

export type Answer = Omit<Declared['answers'][number], 'shape'> & { schema?: ZodType };

/** A declaration as the document needs it: with its line, and with shapes in the place of their names. */
export interface DocumentedOperation extends Omit<Declared, 'unread' | 'answers'> {
  method: Operation['method'];
  path: string;
  answers: Answer[];
}

export const PATH_PARAMETERS: Record<string, string> = {
  id: 'The id of what the path names before it.',
  kid: 'The key’s id.',
  wid: 'The id of the wallet or the webhook endpoint.',
  cid: 'The connection’s id.',
  did: 'The delivery’s id.',
};

export function described({ method, path, describe }: Operation<Declared>): DocumentedOperation {
  const { unread, answers, ...known } = describe();
  return {
    ...known,
    ...unread?.(),
    method,
    path,
    answers: answers.map(({ shape, ...answer }) => ({ ...answer, ...(shape && { schema: SHAPES[shape] }) })),
  };
}

/** The parameters of a path, in order. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** Every code that the operation may answer, by status: those of its kind and its own. */
export function errorsOf({ who, method, path, body, query, errors = [] }: DocumentedOperation): ErrorCode[] {
  const isChange = method !== 'GET';
  const codes: (ErrorCode | false | undefined)[] = [
    // A key is looked at wherever it is sent.
    ...(who.key || who.person ? (['api_key_invalid', 'api_key_revoked', 'api_key_wrong_env'] as const) : []),
    who.key && 'not_found',
    ...(who.person ? (['auth_required', 'auth_totp_required', 'auth_email_not_verified'] as const) : []),
    (who.key || (who.person && who.person !== 'any')) && 'auth_account_suspended',
    ((who.key && who.key !== 'any') || (who.person && who.person !== 'any')) && 'forbidden',
    who.person && isChange && 'auth_origin_refused',
    (body || query) && 'validation_error',
    path.includes('{') && 'not_found',
    'rate_limited',
    // A look can write, too: a BOLT11 that is due, a session that is used.
    'disk_full',
    'database_unavailable',
    'internal',
    ...errors,
  ];
  const known = new Set(codes.filter((code): code is ErrorCode => typeof code === 'string'));
  return [...known].sort((a, b) => CATALOGUE[a][0] - CATALOGUE[b][0]);
}
