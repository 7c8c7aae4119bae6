// `satlane trigger`: simulates an event of a test-mode invoice (POST /v1/invoices/:id/simulate).

import { type Api, Fatal, Unreachable } from './api.ts';
import { say } from './say.ts';

const TIMEOUT_MS = 30_000;

/** @returns the exit code @throws Fatal with what the API said */
export async function trigger(api: Api, event: string, invoiceId: string, amountSats?: string): Promise<number> {
  if (!/^[0-9a-f-]{36}$/i.test(invoiceId)) throw new Fatal('--invoice is not the id of an invoice');
  const body = { event_type: event, ...(amountSats === undefined ? {} : { amount_sats: amountSats }) };
  const answer = await api
    .ask('POST', `/v1/invoices/${invoiceId}/simulate`, { body, timeoutMs: TIMEOUT_MS })
    .catch((error: unknown) => {
      // Not tried again by itself: it may have happened, and most events happen twice as easily as once.
      throw error instanceof Unreachable ? new Fatal(error.message) : error;
    });
  say(`${event}: the invoice is ${(answer as { invoice?: { status?: string } }).invoice?.status}`);
  return 0;
}
