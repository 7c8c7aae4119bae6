// A Greenfield event as it goes over the wire: the frozen event with the names of this attempt. Each attempt is a delivery of its own,
// which names the first one. Called by dialect.ts, and by http/api/greenfield for what was sent.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Attempted, Message, Outgoing } from '../dialect.ts';

type Names = Pick<Outgoing, 'createdAtMs' | 'subjectId' | 'seq' | 'target' | 'isTest'>;

/** During a rotation the newer secret signs: the header has room for one. */
export function signedMessage({ delivery, attempt, secrets }: Attempted): Message {
  const body = namedBody(delivery, attempt);
  const mac = hmac(sha256, utf8ToBytes(secrets[0] ?? ''), utf8ToBytes(body));
  return { body, headers: { 'btcpay-sig': `sha256=${bytesToHex(mac)}` } };
}

/** As it is sent, byte for byte. */
export function namedBody(delivery: Names & Pick<Outgoing, 'endpointId' | 'body'>, attempt: number): string {
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

/** Names one attempt at a delivery; the test of a webhook as BTCPay Server names it. */
export function attemptId({ createdAtMs, subjectId, seq, target, isTest }: Names, attempt: number): string {
  const id = `${createdAtMs}_${subjectId}_${seq}_${target}_${attempt}`;
  return isTest ? `__test__${id}__test__` : id;
}
