// The Durable Object that counts what one caller did in the last second or minute: exact where Cloudflare's own rate limits know
// only windows of 10 and 60 s. One object per caller, in memory alone: a count that is lost with the object was old.

import { DurableObject } from 'cloudflare:workers';

/** What others may call on a limiter. */
export interface LimiterRpc extends Rpc.DurableObjectBranded {
  take(nowMs: number, max: number, perMs: number): boolean;
}

export class LimiterObject<E> extends DurableObject<E> implements LimiterRpc {
  #taken: number[] = [];

  /** Counts one, unless `max` were counted in the `perMs` before: then false. */
  take(nowMs: number, max: number, perMs: number): boolean {
    this.#taken = this.#taken.filter((ms) => ms > nowMs - perMs);
    if (this.#taken.length >= max) return false;
    this.#taken.push(nowMs);
    return true;
  }
}
