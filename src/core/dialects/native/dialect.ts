// SatLane's own dialect: the log's events in the log's words, signed, with the retries of the integration guide. Called by table.ts.

import { eventBody, eventId } from '../../invoice/event.ts';
import { EVENT_TYPES } from '../../invoice/invoice.ts';
import { CONNECTION_EVENT_TYPES } from '../../lightning/connection.ts';
import { LIMITS_EVENT_TYPE, PAYOUT_EVENT_TYPES, PULL_PAYMENT_EVENT_TYPES } from '../../payout/payout.ts';
import { type Attempted, type Dialect, is2xx, type Message, MINUTE_MS, TEMPORARY_4XX } from '../dialect.ts';
import { nativePayoutEvents } from './payouts.ts';

/** What an endpoint can be limited to, and the log filtered by. */
export const OWN_EVENT_TYPES = [
  ...EVENT_TYPES,
  ...PULL_PAYMENT_EVENT_TYPES,
  ...PAYOUT_EVENT_TYPES,
  LIMITS_EVENT_TYPE,
  ...CONNECTION_EVENT_TYPES,
] as const;
export type OwnEventType = (typeof OWN_EVENT_TYPES)[number];

const HOUR_MS = 60 * MINUTE_MS;

export const NATIVE: Dialect = {
  title: 'SatLane',
  events: (_, type) => (type === 'invoice.updated' ? [] : [{ type, body: null }]),
  payoutEvents: nativePayoutEvents,
  // Integration guide §6: any 2xx; 4xx is the receiver's bug; seven attempts in all.
  retry: {
    delaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS],
    succeeds: is2xx,
    isFinal: (status) => status >= 400 && status < 500 && !TEMPORARY_4XX.has(status),
    heldMs: 0,
    isDroppedUnwanted: false,
  },
  message,
  isSigned: true,
  endpoint: {
    eventTypes: OWN_EVENT_TYPES,
    signatureHeader: 'X-SatLane-Signature',
    hasTwoSecrets: true,
  },
  receiverOf: ({ callbackUrl }) => callbackUrl,
};

function message({ delivery, sign }: Attempted): Message {
  const { eventType } = delivery;
  const body = delivery.body ?? eventBody({ ...delivery, type: eventType });
  const id = eventId(delivery);
  return { body, headers: { 'x-satlane-event-id': id, 'x-satlane-event-type': eventType, ...sign(id, body) } };
}
