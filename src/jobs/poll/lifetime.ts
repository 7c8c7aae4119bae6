// How long a BOLT11 that is looked up lives, with its invoice. Pure; used by poller.ts.

import type { OpenBolt11 } from '../../adapters/db/bolt11-invoices.ts';
import type { Incoming } from '../../adapters/nodes/node.ts';
import { isOpen } from '../../core/lightning/prompt.ts';
import type { Lifetime } from './schedule.ts';

/** A payment that is held is under way: it keeps an invoice from expiring for so long. */
const MAX_HELD_MS = 10 * 60_000;

export function endsAtMs({ bolt11, invoice }: OpenBolt11): number {
  return invoice?.expiresAtMs ?? bolt11.expiresAtMs;
}

export function lifetimeOf(one: OpenBolt11, atMs: number): Lifetime {
  const { bolt11, invoice } = one;
  const isUnseen = invoice !== null && isOpen(invoice.status) && endsAtMs(one) <= atMs;
  return { createdAtMs: bolt11.createdAtMs, endsAtMs: endsAtMs(one), isUnseen };
}

export function isHeld(one: OpenBolt11, { state }: Incoming, atMs: number): boolean {
  return state === 'held' && atMs < endsAtMs(one) + MAX_HELD_MS;
}
