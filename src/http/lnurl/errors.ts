// LNURL's errors: 200, with the reason for the payer (LUD-01, LUD-06). Called by failures.ts.

import { type ErrorCode, messagesOf, toApiError } from '../../errors.ts';
import type { Log } from '../../log.ts';

const PATHS = /^\/(?:lnurl|\.well-known\/lnurlp)(?:\/|$)/;

/** Of these the person with the wallet learns the reason; of others, that it is not up to them. */
const FOR_PAYERS: readonly ErrorCode[] = [
  ...([
    'not_found',
    'validation_error',
    'invalid_amount',
    'rate_limited',
    'already_claimed',
    'duplicate_destination',
  ] as const),
  ...(['pull_payment_archived', 'pull_payment_expired', 'pull_payment_not_started', 'method_not_supported'] as const),
];
const OTHER = 'The shop cannot do this at the moment. Try again later.';

export const isLnurlPath = (path: string): boolean => PATHS.test(path);

export function lnurlErrorResponse(thrown: unknown, requestId: string, log: Log): Response {
  const { code, message } = toApiError(thrown);
  const isForPayer = FOR_PAYERS.includes(code);
  if (!isForPayer) log('lnurl.failed', { requestId, code, detail: messagesOf(thrown).slice(0, 500) });
  const headers = { 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  return Response.json(
    { status: 'ERROR', reason: isForPayer ? message.replace(/^(?:destination|pr): /, '') : OTHER },
    { headers: { ...headers, 'x-request-id': requestId } },
  );
}
