// Makes an invoice in two round trips to D1: one reads everything that matters, one writes everything at once. The
// second gives the next free address to the invoice inside the same batch, so that however many requests run together
// none can share an address, none is lost, and nothing outside D1 is asked.

import { hasFreeAddress, raiseFloor, refreshFundedIndex } from '../../adapters/db/addresses.ts';
import { isKeyTaken, writeCreation } from '../../adapters/db/creation.ts';
import { type Asker, creationContext } from '../../adapters/db/creation-context.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { IDEMPOTENCY_MS } from '../../core/invoice/policy.ts';
import { onchainPrompt } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { admit, type Caller, noteUse } from '../access/keys.ts';
import { mustHold } from '../access/permissions.ts';
import { tell } from '../events/notify.ts';
import { targetsOf } from '../events/targets.ts';
import { advance } from './advance.ts';
import { type Context, type Draft, draftInvoice, gapEnd, type Order } from './draft.ts';
import { keepPool, POOL_LOW, refillPool } from './pool.ts';

export interface Created {
  id: string;
  /** The invoice as the JSON text that was frozen with it. */
  snapshot: string;
  /** As it was made; null when an earlier request with the same Idempotency-Key made it. */
  invoice: Invoice | null;
}

/**
 * @param asker the caller's API key by its hash; or a store, for somebody who has been let in to it already
 * @param allowed whether the caller may make another invoice this minute; awaited while D1 answers
 * @param idempotencyKey the header, already validated; null without one
 * @param requestText the request in a canonical form, to tell the same request from another one
 * @throws ApiError with every code of integration guide §12, "Errors POST /v1/invoices can return"
 */
export async function create(
  deps: Deps,
  asker: Asker,
  allowed: Promise<boolean>,
  order: Order,
  idempotencyKey: string | null,
  requestText: string,
): Promise<Created> {
  const [requestHash, known, mayCreate] = await Promise.all([
    idempotencyKey === null ? '' : sha256Hex(requestText),
    readContext(deps, asker, order, idempotencyKey),
    allowed,
  ]);
  if (!mayCreate) throw new ApiError('rate_limited');
  if (known.answer) return replay(known.answer, requestHash);
  const draft = draftInvoice(deps.config, known, order);
  const use = idempotencyKey === null ? null : { key: idempotencyKey, requestHash };

  for (let tries = 0; tries < 3; tries++) {
    const written = await write(deps, known, draft, use);
    if (written === 'key_taken') {
      const again = await readContext(deps, asker, order, idempotencyKey);
      if (again.answer) return replay(again.answer, requestHash);
      continue;
    }
    if (written !== 'no_address') {
      // What costs nothing is paid by nothing.
      if (draft.invoice.amountSats === 0n) await advance(deps, written.id, () => ({}));
      return written;
    }
    await makeRoom(deps, known.caller, draft);
  }
  throw new ApiError('database_unavailable', 'No address could be issued in time. Retry.');
}

/** First round trip: the caller, its endpoints and wallet, the rates, the chain, and the key's earlier answer. */
async function readContext(deps: Deps, asker: Asker, order: Order, idempotencyKey: string | null): Promise<Context> {
  const nowMs = deps.now();
  const known = await creationContext(deps.db, {
    asker,
    currency: ('currency' in order.price && order.price.currency) || 'USD',
    network: deps.config.NETWORK,
    idempotencyKey: idempotencyKey ?? '',
    keysSinceMs: nowMs - IDEMPOTENCY_MS,
  });
  const caller = admit('keyHash' in asker ? asker.keyHash : null, known?.caller, nowMs);
  if ('ofStore' in asker && asker.ofStore !== caller.store.id) throw new ApiError('forbidden');
  // Without an answer there is nobody to admit: what follows is for the compiler.
  if (!known) throw new ApiError('api_key_invalid');
  mustHold(caller.permissions, 'btcpay.store.cancreateinvoice');
  noteUse(deps, caller);
  return { ...known, nowMs, caller };
}

function replay(answer: NonNullable<Context['answer']>, requestHash: string): Created {
  if (answer.requestHash !== requestHash) throw new ApiError('idempotency_conflict');
  return { id: answer.invoiceId, snapshot: answer.snapshot, invoice: null };
}

/** Second round trip: address, invoice, event, deliveries and idempotency key, all or nothing. */
async function write(
  deps: Deps,
  known: Context,
  draft: Draft,
  use: { key: string; requestHash: string } | null,
): Promise<Created | 'key_taken' | 'no_address'> {
  const { invoice, event, prompt } = draft;
  const transition = { before: null, after: { invoice, payments: [], confirmedSats: 0n, tipHeight: null } };
  const targets = targetsOf(event.type, known.endpoints, {
    ...transition,
    atMs: event.createdAtMs,
    origin: deps.config.ORIGIN,
  });
  const idempotency = use && { ...use, keysSinceMs: known.nowMs - IDEMPOTENCY_MS };
  const issued = await writeCreation(deps.db, { ...draft, targets, idempotency }).catch((error: unknown) => {
    if (isKeyTaken(messagesOf(error))) return 'key_taken' as const;
    throw error;
  });
  if (issued === 'key_taken') return issued;
  if (!issued) return 'no_address';
  const { address, index, script } = issued;
  const snapshot = event.snapshot.replaceAll(prompt.address, address);
  const uri = prompt.uri.replace(prompt.address, address);
  const placed = { ...invoice, prompts: [onchainPrompt({ ...prompt, address, index, script, uri })] };
  tell(deps, { ...event, snapshot }, invoice, targets, known.endpoints);
  const { wallet } = known.caller;
  // Asked only now and then: the pool is counted by its own refill.
  if (wallet && issued.index % (POOL_LOW / 2) === 0) deps.background(keepPool(deps, wallet, issued.index));
  // A recycled one lies far below the others: the next search need not walk up from there.
  else if (wallet && issued.isRecycled) deps.background(Promise.resolve(raiseFloor(deps.db, wallet.id)));
  return { id: invoice.id, snapshot, invoice: placed };
}

/** No address was free: because none is derived yet, or because the wallet's gap is used up. Mends what can be. */
async function makeRoom(deps: Deps, caller: Caller, draft: Draft): Promise<void> {
  const { wallet } = caller;
  if (!wallet) throw new ApiError('no_active_xpub');
  await refillPool(deps, wallet);
  if (draft.endIndex === Number.MAX_SAFE_INTEGER) return;
  const fundedIndex = await refreshFundedIndex(deps.db, wallet);
  const endIndex = gapEnd({ ...wallet, fundedIndex });
  if (endIndex <= draft.endIndex && !(await hasFreeAddress(deps.db, wallet.id, endIndex))) {
    throw new ApiError('gap_limit_exceeded');
  }
  draft.endIndex = endIndex;
}
