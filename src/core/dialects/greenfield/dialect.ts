// BTCPay Server's Greenfield API as a dialect. Called by table.ts.

import { shopStatus } from '../../invoice/shop-status.ts';
import { type Dialect, is2xx, MINUTE_MS, TEMPORARY_4XX } from '../dialect.ts';
import { greenfieldEvents } from './events.ts';
import { greenfieldPayoutEvents, greenfieldPullPaymentEvents } from './payouts.ts';
import { signedMessage } from './wire.ts';

export const GREENFIELD: Dialect = {
  title: 'BTCPay Server',
  events: greenfieldEvents,
  payoutEvents: greenfieldPayoutEvents,
  pullPaymentEvents: greenfieldPullPaymentEvents,
  // As BTCPay Server 2.x: ten seconds, a minute, then six times ten minutes; since 2.3 only what may mend itself.
  retry: {
    delaysMs: [10_000, MINUTE_MS, ...Array.from({ length: 6 }, () => 10 * MINUTE_MS)],
    succeeds: is2xx,
    isFinal: (status) => status < 500 && !TEMPORARY_4XX.has(status),
    // Its receivers act upon the name of an event alone: one that hears "processing" after "settled" takes the order back. Two
    // minutes let the second and the third attempt come first, and no longer: one event that a receiver chokes on does not keep
    // the rest from it.
    heldMs: 2 * MINUTE_MS,
    isDroppedUnwanted: true,
  },
  message: signedMessage,
  isSigned: true,
  endpoint: { eventTypes: null, signatureHeader: 'BTCPay-Sig', hasTwoSecrets: false },
  redirectWords: (invoice, payments) => ({
    invoiceid: () => invoice.id,
    orderid: () => invoice.orderRef ?? '',
    status: () => shopStatus({ invoice, payments }).status,
  }),
  testInvoiceId: (eventId) => `__test__${eventId}__test__`,
};
