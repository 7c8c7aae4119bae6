// What a creation depends on, read in one round trip, together with the check of the caller. Called by create.ts.

import { type Asker, type CreationContext, creationContext } from '../../adapters/db/creation-context.ts';
import { IDEMPOTENCY_MS } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { admit, type Caller, noteUse } from '../access/keys.ts';
import { mustHold } from '../access/permissions.ts';

export interface Context extends Omit<CreationContext, 'caller'> {
  nowMs: number;
  caller: Caller;
}

/**
 * The caller, its endpoints and wallet, the rates, the chain, and the key's earlier answer.
 * @param currency of the price; null where it names none
 * @throws ApiError where the caller may not make invoices
 */
export async function readContext(
  deps: Deps,
  asker: Asker,
  currency: string | null,
  idempotencyKey: string | null,
): Promise<Context> {
  const nowMs = deps.now();
  const known = await creationContext(deps.db, {
    asker,
    currency: currency ?? 'USD',
    network: deps.config.NETWORK,
    idempotencyKey: idempotencyKey ?? '',
    keysSinceMs: nowMs - IDEMPOTENCY_MS,
  });
  const caller = admit('keyHash' in asker ? asker.keyHash : null, known?.caller, nowMs);
  if ('ofStore' in asker && asker.ofStore !== caller.store.id) throw new ApiError('forbidden');
  // Without an answer there is no caller: the rest is for the compiler.
  if (!known) throw new ApiError('api_key_invalid');
  mustHold(caller.permissions, 'btcpay.store.cancreateinvoice');
  noteUse(deps, caller);
  return { ...known, nowMs, caller };
}
