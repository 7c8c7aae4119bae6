// What a creation depends on, read in one round trip, together with the check of the caller. An isolate keeps what it has read: the
// statement that writes finds out whether that still stands (adapters/db/creation.ts). Called by create.ts, deposits.ts, requests.ts.

import {
  type Asker,
  type CreationContext,
  type CreationQuestion,
  creationContext,
} from '../../adapters/db/creation-context.ts';
import type { Database } from '../../adapters/db/database.ts';
import { IDEMPOTENCY_MS } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { admit, type Caller, noteUse } from '../access/keys.ts';
import { mustHold } from '../access/permissions.ts';

export interface Context extends Omit<CreationContext, 'caller'> {
  nowMs: number;
  caller: Caller;
}

/** Some kilobytes each. */
const MAX_KEPT = 500;
/** The rates change every minute, and with them what is settled. */
const KEPT_MS = 60_000;

/** What one isolate remembers, those read last at the end; of keys only hashes. */
const kept = new WeakMap<Database, Map<string, { found: CreationContext; atMs: number }>>();

/**
 * @param currency of the price; null where it names none
 * @param idempotencyKey null without one
 */
export function questionOf(
  deps: Deps,
  asker: Asker,
  currency: string | null,
  idempotencyKey: string | null,
): CreationQuestion {
  return {
    asker,
    currency: currency ?? 'USD',
    network: deps.config.NETWORK,
    idempotencyKey: idempotencyKey ?? '',
    keysSinceMs: deps.now() - IDEMPOTENCY_MS,
  };
}

/**
 * The caller, its endpoints and wallet, the rates, the chain, and the key's earlier answer.
 * @throws ApiError where the caller may not make invoices
 */
export async function readContext(deps: Deps, question: CreationQuestion): Promise<Context> {
  return admitted(deps, question, await creationContext(deps.db, question));
}

/** As it was last found; null where it was not, or is too old. What the Idempotency-Key made is not known. @throws as readContext */
export function keptContext(deps: Deps, question: CreationQuestion): Context | null {
  const known = kept.get(deps.db)?.get(nameOf(question));
  const isYoung = known && Math.abs(deps.now() - known.atMs) < KEPT_MS;
  return isYoung ? contextOf(deps, question, known.found) : null;
}

/** What D1 has found, from now on kept. @throws as readContext */
export function admitted(deps: Deps, question: CreationQuestion, found: CreationContext | null): Context {
  const context = contextOf(deps, question, found);
  noteUse(deps, context.caller);
  if (found) keep(deps, question, { ...found, answer: null });
  return context;
}

function contextOf(deps: Deps, { asker }: CreationQuestion, found: CreationContext | null): Context {
  const nowMs = deps.now();
  const caller = admit('keyHash' in asker ? asker.keyHash : null, found?.caller, nowMs);
  if ('ofStore' in asker && asker.ofStore !== caller.store.id) throw new ApiError('forbidden');
  // Without an answer there is no caller: the rest is for the compiler.
  if (!found) throw new ApiError('api_key_invalid');
  mustHold(caller.permissions, 'btcpay.store.cancreateinvoice');
  return { ...found, nowMs, caller };
}

function keep({ db, now }: Deps, question: CreationQuestion, found: CreationContext): void {
  const known = kept.get(db) ?? new Map<string, { found: CreationContext; atMs: number }>();
  kept.set(db, known);
  const name = nameOf(question);
  known.delete(name);
  known.set(name, { found, atMs: now() });
  const [oldest] = known.keys();
  if (known.size > MAX_KEPT && oldest !== undefined) known.delete(oldest);
}

function nameOf({ asker, currency }: CreationQuestion): string {
  return `${'keyHash' in asker ? asker.keyHash : asker.storeId} ${currency}`;
}
