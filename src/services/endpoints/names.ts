// How the API and its pages name deliveries, and places in the record of an endpoint. Called by the routes that show or read them.

import type { DeliveryName } from '../../adapters/db/deliveries.ts';
import type { Place } from '../../adapters/db/delivery-log.ts';

/** Names a delivery: the same however often it is sent. */
export function deliveryId({ createdAtMs, subjectId, seq, target }: DeliveryName): string {
  return `${createdAtMs}_${subjectId}_${seq}_${target}`;
}

/** undefined for what deliveryId never made. */
export function deliveryNameOf(id: string): DeliveryName | undefined {
  const parts = partsOf(id);
  return parts && { createdAtMs: parts.atMs, subjectId: parts.id, seq: parts.number, target: parts.target };
}

/** Where a page of deliveries ended. */
export function cursorOf({ createdAtMs, storeId, logSeq, target }: Place): string {
  return `${createdAtMs}_${storeId}_${logSeq}_${target}`;
}

/** undefined for what cursorOf never made. */
export function placeOf(cursor: string): Place | undefined {
  const parts = partsOf(cursor);
  return parts && { createdAtMs: parts.atMs, storeId: parts.id, logSeq: parts.number, target: parts.target };
}

/** Tests of endpoints had ids of their own once: links to them go on to work. */
function partsOf(text: string) {
  const [, at, id, number, target] = /^(\d{1,15})_((?:test-)?[0-9a-f-]{36})_(\d{1,15})_(\d{1,4})$/.exec(text) ?? [];
  return id === undefined ? undefined : { atMs: Number(at), id, number: Number(number), target: Number(target) };
}
