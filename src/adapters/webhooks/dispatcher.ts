// What sending needs from outside, in one bundle. Built in deps.ts.

import type { TargetPolicy } from '../../core/text/webhook-url.ts';
import type { Log } from '../../log.ts';
import type { Database } from '../db/database.ts';
import type { DeliveryKey, DueDelivery } from '../db/deliveries.ts';
import type { Endpoint, SealedSecrets } from '../db/endpoints.ts';
import type { Attempt, DeliveryState } from '../db/schema.ts';
import type { Vault } from '../vault.ts';

export interface Dispatcher {
  db: Database;
  vault: Vault;
  fetch: typeof fetch;
  now: () => number;
  log: Log;
  policy: TargetPolicy;
  senders: Senders;
  /** What a delivery of a dialect that tells how things stand says now. */
  bodyNow?: (
    delivery: Pick<DueDelivery, 'storeId' | 'subject' | 'subjectId' | 'dialect' | 'body'>,
  ) => Promise<string | null>;
  /** Announced once of an endpoint that was switched off because nothing has arrived there for so long. */
  onSwitchedOff?: (endpoint: Endpoint) => void;
}

/** The senders, by name (lines.ts). In production each is an object of its own, which works on after these return. */
export interface Senders {
  /** Makes the first attempts. @param known secrets of the endpoints, which the caller has just read */
  send(dispatcher: Dispatcher, name: string, due: DueDelivery[], known: readonly SealedSecrets[]): Promise<void>;
  /** Sends what is due. @param forgiving lines that failed are tried as if they never had */
  drain(dispatcher: Dispatcher, name: string, forgiving?: boolean): Promise<void>;
}

/** Sending when a person or a client asks for it. Services get it through the Deps; jobs/deliver/dispatch.ts is behind it. */
export interface Deliver {
  /** Makes one attempt at a delivery that is due, regardless of others of its line; returns when it is over. */
  one(key: DeliveryKey): Promise<void>;
  /** Sends what is due to an endpoint, even if it has failed. */
  dueTo(endpointId: string): Promise<void>;
  /** Sends what is due of a store: to its endpoints, and to the hosts that its invoices name. */
  dueOfStore(storeId: string, endpointIds: string[]): Promise<void>;
  /** One attempt that is not repeated, and not written down: for the test of an endpoint. */
  once(delivery: DueDelivery, endpoint: SealedSecrets): Promise<{ attempt: Attempt; state: DeliveryState }>;
}

/** Longer than an attempt takes after its last start, so that a lease ends only when its holder is gone. */
export const LEASE_MS = 60_000;
/** Nothing is begun later than this: an attempt takes eleven seconds at most, and its lease would end under way. */
export const LAST_START_MS = 45_000;
/** A first attempt that was not begun by then is left to the sweep. */
export const LAST_FIRST_START_MS = 30_000;
/** First attempts younger than this are still under way. */
export const FIRST_ATTEMPT_MS = 45_000;
