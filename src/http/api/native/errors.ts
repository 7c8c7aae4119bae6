// The native dialect's errors: one shape for all (integration guide §12).

import { type ApiError, messagesOf, toApiError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';

/** Renders every thrown value. Details that the client does not see go to the log, under the same request id. */
export function errorResponse(thrown: unknown, requestId: string, log: Log): Response {
  const error: ApiError = toApiError(thrown);
  if (error.status >= 500)
    log('request.failed', { requestId, code: error.code, detail: messagesOf(thrown).slice(0, 500) });
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': requestId };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.code === 'upgrade_required') headers.upgrade = 'websocket';
  const body = { error: { code: error.code, message: error.message, request_id: requestId } };
  return new Response(JSON.stringify(body), { status: error.status, headers });
}
