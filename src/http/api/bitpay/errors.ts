// BitPay's errors: `status`, a code of six digits, and the message in `error`, which is all that BTCPay Server answers. Its
// clients throw upon either.

import { type ErrorCode, messagesOf, toApiError } from '../../../errors.ts';
import { log } from '../../../log.ts';
import type { Ctx } from '../http.ts';

/** The first two digits: how it was asked. */
const METHODS: Record<string, string> = { POST: '01', GET: '02', PUT: '03', DELETE: '04' };

/** The last four: what is wrong; of an invoice and of anything else. */
const PROBLEMS: Partial<Record<ErrorCode, [ofInvoice: string, ofOther: string]>> = {
  not_found: ['0101', '0001'],
  gone: ['0101', '0001'],
  validation_error: ['0102', '0002'],
  invalid_currency: ['0102', '0002'],
  invalid_amount: ['0102', '0002'],
  conflict: ['0117', '0000'],
  idempotency_conflict: ['0117', '0000'],
  invoice_not_cancellable: ['0117', '0000'],
  simulation_not_possible: ['0117', '0000'],
  invoice_already_paid: ['0117', '0000'],
  invoice_expired: ['0117', '0000'],
  test_mode_only: ['0116', '0000'],
  refund_exceeds_paid: ['0000', '0002'],
  amount_too_low: ['0000', '0002'],
  payout_in_flight: ['0000', '0004'],
  payout_not_changeable: ['0000', '0004'],
  no_active_xpub: ['0118', '0000'],
};

/** Renders every thrown value. Details that the client does not see go to the log, under the same request id. */
export function bitpayErrorResponse(thrown: unknown, c: Ctx): Response {
  const requestId = c.get('requestId');
  const error = toApiError(thrown);
  if (error.status >= 500) {
    log('request.failed', { requestId, code: error.code, detail: messagesOf(thrown).slice(0, 500) });
  }
  const [ofInvoice, ofOther] = PROBLEMS[error.code] ?? ['0000', '0000'];
  const isOfInvoice = /^\/invoices(\/|$)/.test(c.req.path);
  // Refunds have codes of their own: 0201 is "not found", as 0101 is of invoices.
  const ofRefund = /^\/refunds(\/|$)/.test(c.req.path) ? ofOther.replace(/^00/, '02') : ofOther;
  const code = `${METHODS[c.req.method] ?? '00'}${isOfInvoice ? ofInvoice : ofRefund}`;
  // What the spine calls the amount is the price here.
  const message = ofRefund === ofOther ? error.message.replace(/^amount(_sats)?: /, 'price: ') : error.message;
  // BTCPay Server has these in a list, and some of its clients look there alone.
  const list = error.status === 401 ? { errors: [{ error: message }] } : {};
  return new Response(JSON.stringify({ status: 'error', code, data: null, error: message, ...list }), {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    },
  });
}
