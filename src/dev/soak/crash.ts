// What a history may throw and go on: a refusal that the caller is given, and a database that went away. Called by both plays.

import { ApiError } from '../../errors.ts';
import { ReorgError } from '../chain/chain.ts';
import { RejectedTx } from '../chain/policy.ts';

export function isRefusal(error: unknown): boolean {
  return error instanceof RejectedTx || error instanceof ReorgError || error instanceof ApiError;
}

/** @throws the error, where it is another */
export function unlessCrashed(error: unknown): void {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause) cause = cause.cause;
  if (!String(cause).includes('Network connection lost') && !isRefusal(error)) throw error;
}
