// One attempt as it goes over the wire: body and headers, by dialect. Called by dispatch.ts.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { eventBody, eventId } from '../../core/invoice/event.ts';
import type { DeliveryName, DueDelivery } from '../db/deliveries.ts';
import type { Dialect } from './retry.ts';
import { signatureHeaders } from './signature.ts';

interface Message {
  body: string;
  headers: Record<string, string>;
}

/** @param attempt which one it is, from 1 */
interface Attempted {
  delivery: DueDelivery;
  attempt: number;
  secrets: string[];
  nowMs: number;
}

/** Does not go out unsigned. BitPay's receivers expect no signature and read the invoice: they get it in any case. */
export function isSigned(dialect: string): boolean {
  return dialect !== 'bitpay';
}

export function messageOf(attempted: Attempted): Message {
  return MESSAGES[attempted.delivery.dialect as Dialect](attempted);
}

const MESSAGES: Record<Dialect, (attempted: Attempted) => Message> = {
  native: ({ delivery, secrets, nowMs }) => {
    const body = delivery.body ?? eventBody({ ...delivery, type: delivery.eventType });
    const id = eventId(delivery);
    return {
      body,
      headers: {
        'x-satlane-event-id': id,
        'x-satlane-event-type': delivery.eventType,
        ...signatureHeaders(id, Math.floor(nowMs / 1000), body, secrets),
      },
    };
  },
  greenfield: signedAsBtcpay,
  elenpay: signedAsBtcpay,
  // BitPay signs nothing. Our signature goes beside: a receiver that checks it need not read the invoice.
  bitpay: ({ delivery, secrets, nowMs }) => {
    const body = delivery.body ?? '{}';
    const id = eventId(delivery);
    return { body, headers: secrets.length > 0 ? signatureHeaders(id, Math.floor(nowMs / 1000), body, secrets) : {} };
  },
};

/**
 * Each attempt is a delivery of its own, which names the first one. During a rotation the newer secret signs: the header has
 * room for one.
 */
function signedAsBtcpay({ delivery, attempt, secrets }: Attempted): Message {
  const body = namedBody(delivery, attempt);
  const mac = hmac(sha256, utf8ToBytes(secrets[0] ?? ''), utf8ToBytes(body));
  return { body, headers: { 'btcpay-sig': `sha256=${bytesToHex(mac)}` } };
}

type Named = DeliveryName & Pick<DueDelivery, 'isTest' | 'endpointId' | 'body'>;

/** The frozen event with the names of this attempt: as it is sent, byte for byte. */
export function namedBody(delivery: Named, attempt: number): string {
  const names = {
    deliveryId: attemptId(delivery, attempt),
    webhookId: delivery.endpointId,
    originalDeliveryId: attemptId(delivery, 1),
    isRedelivery: attempt > 1,
  };
  const head = JSON.stringify(names).slice(0, -1);
  const event = (delivery.body ?? '{}').slice(1);
  return event === '}' ? `${head}}` : `${head},${event}`;
}

/** What kind of event a dialect's frozen body tells; null where it does not say. */
export function eventTypeOf({ body }: Pick<DueDelivery, 'body'>): string | null {
  return (JSON.parse(body ?? '{}') as { type?: string }).type ?? null;
}

/** Names one attempt at a delivery; the test of a webhook as BTCPay Server names it. */
export function attemptId(delivery: DeliveryName & { isTest: boolean }, attempt: number): string {
  const { createdAtMs, subjectId, seq, target, isTest } = delivery;
  const id = `${createdAtMs}_${subjectId}_${seq}_${target}_${attempt}`;
  return isTest ? `__test__${id}__test__` : id;
}
