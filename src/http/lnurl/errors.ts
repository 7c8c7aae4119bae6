// LNURL's errors: 200, with the reason for the payer (LUD-01, LUD-06). Called by failures.ts.

import { type ErrorCode, messagesOf, toApiError } from '../../errors.ts';
import type { Log } from '../../log.ts';

const PATHS = /^\/(?:lnurl|\.well-known\/lnurlp)(?:\/|$)/;

/** Of these a payer learns the reason; of others, that it is not up to them. */
const FOR_PAYERS: readonly ErrorCode[] = ['not_found', 'validation_error', 'invalid_amount', 'rate_limited'];
const OTHER = 'The shop cannot take this payment at the moment. Try again later.';

export const isLnurlPath = (path: string): boolean => PATHS.test(path);

export function lnurlErrorResponse(thrown: unknown, requestId: string, log: Log): Response {
  const { code, message } = toApiError(thrown);
  const isForPayer = FOR_PAYERS.includes(code);
  if (!isForPayer) log('lnurl.failed', { requestId, code, detail: messagesOf(thrown).slice(0, 500) });
  const headers = { 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'x-request-id': requestId };
  return Response.json({ status: 'ERROR', reason: isForPayer ? message : OTHER }, { headers });
}
