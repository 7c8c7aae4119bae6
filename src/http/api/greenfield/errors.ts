// Greenfield's errors: an array of {path, message} where a field is wrong, {code, message} for everything else. Clients
// parse them by status, so that both the shape and the status are BTCPay Server's.

import { ApiError, type ErrorCode, FieldError, messagesOf, toApiError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';

export interface FieldProblem {
  /** Dotted and in PascalCase: `Checkout.PaymentMethods[0]`. */
  path: string;
  message: string;
}

/** `['checkout', 'paymentMethods', 0]` is `Checkout.PaymentMethods[0]`. */
export function pascalPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${String(part).charAt(0).toUpperCase()}${String(part).slice(1)}`,
    )
    .join('')
    .replace(/^\./, '');
}

/** An error that only this dialect's clients know. */
export class GreenfieldError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(`greenfield ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** 422 for fields that are wrong. */
export function invalid(...problems: FieldProblem[]): GreenfieldError {
  return new GreenfieldError(422, problems);
}

/** 404 for something missing in a store of one's own: `invoice-not-found` and the like. */
export function missing(what: string): GreenfieldError {
  return new GreenfieldError(404, { code: `${what}-not-found`, message: `The ${what} was not found` });
}

/** For `catch`: an error of the spine in this dialect's words. */
export const renaming = (code: ErrorCode, rename: (error: ApiError) => Error) => (error: unknown) => {
  throw error instanceof ApiError && error.code === code ? rename(error) : error;
};
export const orThrow = (problem: Error) => renaming('not_found', () => problem);
export const orMissing = (what: string) => orThrow(missing(what));

/** 404 for a path that no version of the API has. */
export function notPartOfIt(): GreenfieldError {
  return new GreenfieldError(404, { code: 'not-found', message: 'This path is not part of the API' });
}

/** 403 for what the key may not do, and for every store that is not the key's, so that none reveals whether it exists. */
export function lacking(permission: string): GreenfieldError {
  return new GreenfieldError(403, {
    code: 'missing-permission',
    message: `Insufficient API Permissions. Please use an API key with permission: ${permission}`,
    missingPermission: permission,
  });
}

const UNAUTHENTICATED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'api_key_invalid',
  'api_key_revoked',
  'api_key_wrong_env',
  'auth_required',
]);

const pathOf = ({ path, where }: FieldError) => (where === 'query' ? String(path[0]) : pascalPath(path));

/** Renders every thrown value. Details that the client does not see go to the log, under the same request id. */
export function greenfieldErrorResponse(failure: unknown, requestId: string, log: Log): Response {
  const thrown =
    failure instanceof FieldError && failure.path.length > 0
      ? invalid({ path: pathOf(failure), message: failure.problem })
      : failure;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': requestId };
  if (thrown instanceof GreenfieldError) {
    return new Response(JSON.stringify(thrown.body), { status: thrown.status, headers });
  }
  const error = toApiError(thrown);
  if (error.status >= 500) {
    log('request.failed', { requestId, code: error.code, detail: messagesOf(thrown).slice(0, 500) });
  }
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  const code = UNAUTHENTICATED.has(error.code) ? 'unauthenticated' : error.code.replaceAll('_', '-');
  // A body that is no JSON has no field to name.
  const status = error.code === 'validation_error' ? 400 : error.status;
  return new Response(JSON.stringify({ code, message: error.message }), { status, headers });
}
