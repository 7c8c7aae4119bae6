// One attempt as it goes over the wire: body and headers, by dialect. Called by dispatch.ts.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { eventBody, eventId } from '../../core/invoice/event.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import { type DeliveryKey, type DueDelivery, isSynthetic } from '../db/deliveries.ts';
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
    const body =
      delivery.body ?? eventBody({ ...delivery, type: delivery.eventType }, delivery.environment as Environment);
    const id = eventId(delivery.invoiceId, delivery.seq);
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
    const id = eventId(delivery.invoiceId, delivery.seq);
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

type Named = DeliveryKey & Pick<DueDelivery, 'endpointId' | 'body'>;

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

/** Names one attempt at a delivery; a synthetic one as BTCPay Server names those that only test a webhook. */
export function attemptId(key: DeliveryKey, attempt: number): string {
  const { createdAtMs, invoiceId, seq, target } = key;
  const id = `${createdAtMs}_${invoiceId}_${seq}_${target}_${attempt}`;
  return isSynthetic(key) ? `__test__${id}__test__` : id;
}
