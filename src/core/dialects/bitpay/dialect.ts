// BitPay as a dialect: unsigned notifications, to the URL that an invoice names. Called by table.ts.

import { eventId } from '../../invoice/event.ts';
import { type Attempted, type Dialect, type Message, MINUTE_MS } from '../dialect.ts';
import { bitpayCheckout } from './checkout.ts';
import { bitpayNotifications, notification, restated } from './status.ts';

export const BITPAY: Dialect = {
  title: 'BitPay',
  events: bitpayNotifications,
  // 200 alone will do; a minute, doubled each time, up to three days in all.
  retry: {
    delaysMs: Array.from({ length: 12 }, (_, doublings) => 2 ** doublings * MINUTE_MS),
    succeeds: (status) => status === 200,
    isFinal: () => false,
    heldMs: 0,
    isDroppedUnwanted: false,
  },
  message,
  // Receivers expect no signature and read the invoice: they get it in any case.
  isSigned: false,
  endpoint: null,
  pairsClients: true,
  receiverOf: (invoice) => bitpayCheckout(invoice).ipn?.url ?? null,
  refunded: (state, at) => notification(state, 1016, at),
  restated,
};

/** BitPay signs nothing. Our signature goes beside: a receiver that checks it need not read the invoice. */
function message({ delivery, sign }: Attempted): Message {
  const body = delivery.body ?? '{}';
  return { body, headers: sign(eventId(delivery), body) };
}
