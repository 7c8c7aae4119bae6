// Makes an invoice in one round trip to D1, and in two where the isolate has not seen the caller in the last minute: one reads
// everything that matters, one writes everything in a batch, and nothing where what it was decided on has changed since. The batch
// gives the next free address to the invoice, so that however many requests run together none can share an address, none
// is lost, and nothing outside D1 is asked.

import { type Creation, type IssuedAddress, writeCreation } from '../../adapters/db/creation.ts';
import type { Asker, CreationContext, CreationQuestion } from '../../adapters/db/creation-context.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { onchainPrompt } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import type { Caller } from '../access/keys.ts';
import { notify } from '../events/append.ts';
import { targetsOf } from '../events/targets.ts';
import { advance } from './advance.ts';
import { admitted, type Context, keptContext, questionOf, readContext } from './context.ts';
import { draftInvoice, type InvoiceDraft, type Order, withPrompts } from './draft.ts';
import { keepStocked, makeRoom } from './issue.ts';
import { isMintedFirst, mintedIfAlone, unkeptIn } from './mint.ts';
import { type Methods, OFFERED_METHODS } from './offers.ts';

export type { Asker };

/** Each may have made room for others alone: a refill of the pool is for all that wait. */
const MAX_TRIES = 3;

export interface Created {
  id: string;
  /** The invoice as the JSON text that was frozen with it. */
  snapshot: string;
  /** As it was made; null when an earlier request with the same Idempotency-Key made it. */
  invoice: Invoice | null;
}

/**
 * @param asker the caller's API key by its hash; or a store, for a person whose access was checked
 * @param allowed whether the caller may make another invoice this minute; awaited while D1 answers
 * @param idempotencyKey the header, already validated; null without one
 * @param requestText the request in a canonical form, to tell the same request from another one
 * @param methods by which stores can be paid
 * @throws ApiError with every code of integration guide §12, "Errors POST /v1/invoices can return"
 */
export async function create(
  deps: Deps,
  asker: Asker,
  allowed: Promise<boolean>,
  order: Order,
  idempotencyKey: string | null,
  requestText: string,
  methods: Methods = OFFERED_METHODS,
): Promise<Created> {
  const currency = 'currency' in order.price ? order.price.currency : null;
  const question = questionOf(deps, asker, currency, idempotencyKey);
  const drafted = (known: Context) => draftInvoice(deps.config, known, order, methods);
  const quick = await fromMemory(deps, question, drafted);
  const [requestHash, found, mayCreate] = await Promise.all([
    idempotencyKey === null ? '' : sha256Hex(requestText),
    quick?.known ?? readContext(deps, question),
    allowed,
  ]);
  if (!mayCreate) throw new ApiError('rate_limited');
  const use = idempotencyKey === null ? null : { key: idempotencyKey, requestHash, keysSinceMs: question.keysSinceMs };

  let known = found;
  let draft = quick?.draft ?? null;
  // What was decided from memory may only show that the memory is old.
  for (let left = quick ? MAX_TRIES + 1 : MAX_TRIES; left > 0; left--) {
    if (known.answer) return replay(known.answer, requestHash);
    draft = await mintedIfAlone(deps, known, draft ?? (await drafted(known)), idempotencyKey);
    const written = await write(deps, known, draft, use, { question, settled: known.settled });
    if (written && 'id' in written) {
      // What costs nothing is paid by nothing.
      if (draft.invoice.amountSats === 0n) await advance(deps, written.id, () => ({}));
      return written;
    }
    const instead = admitted(deps, question, written);
    const hasChanged = instead.answer !== null || instead.settled !== known.settled;
    draft = hasChanged ? null : await withRoom(deps, known.caller, draft);
    known = instead;
  }
  throw new ApiError('database_unavailable', 'No address could be issued in time. Retry.');
}

/**
 * Decided on what the isolate remembers; null where it is to be read. What is refused is read again first, and so is what a node has to
 * be asked for: a repeated request must not come that far.
 */
async function fromMemory(
  deps: Deps,
  question: CreationQuestion,
  drafted: (known: Context) => Promise<InvoiceDraft>,
): Promise<{ known: Context; draft: InvoiceDraft } | null> {
  try {
    const known = keptContext(deps, question);
    const draft = known && (await drafted(known));
    return !draft || isMintedFirst(draft) ? null : { known, draft };
  } catch {
    return null;
  }
}

function replay(answer: NonNullable<Context['answer']>, requestHash: string): Created {
  if (answer.requestHash !== requestHash) throw new ApiError('idempotency_conflict');
  return { id: answer.invoiceId, snapshot: answer.snapshot, invoice: null };
}

/**
 * Address, invoice, event, deliveries and idempotency key, all or nothing.
 * @param idempotency and `decidedOn` as Creation has them
 * @returns as writeCreation where nothing was written
 */
export async function write(
  deps: Deps,
  known: Pick<Context, 'endpoints'> & { caller: Pick<Caller, 'wallet'> },
  draft: InvoiceDraft,
  idempotency: Creation['idempotency'],
  decidedOn: Creation['decidedOn'],
): Promise<Created | CreationContext | null> {
  const { invoice, event } = draft;
  const transition = { before: null, after: { invoice, payments: [], confirmedSats: 0n, tipHeight: null } };
  const targets = targetsOf('invoice.created', known.endpoints, {
    ...transition,
    atMs: event.createdAtMs,
    origin: deps.config.ORIGIN,
  });
  const creation = { ...draft, targets, idempotency, decidedOn };
  const written = await writeCreation(deps.db, creation, deps.background).catch((error) => {
    throw unkeptIn(error);
  });
  if (!written || !('logSeq' in written)) return written;
  const { issued, logSeq } = written;
  const placed = placedAt(draft, issued);
  const logged = { ...event, seq: invoice.version, logSeq, snapshot: placed.snapshot };
  notify(deps, [{ event: logged, receivers: { targets, endpoints: known.endpoints } }]);
  if (draft.bolt11) deps.background(deps.lightning.wake(invoice.storeId));
  if (known.caller.wallet && issued) keepStocked(deps, known.caller.wallet, issued);
  return placed;
}

/** The invoice with its address where a text stood for it. */
function placedAt({ invoice, event, onchain }: InvoiceDraft, issued: IssuedAddress | null): Created {
  const { id } = invoice;
  if (!onchain || !issued) return { id, snapshot: event.snapshot, invoice };
  const { address, index, script } = issued;
  const slot = onchain.prompt.address;
  const placed = onchainPrompt({
    ...onchain.prompt,
    address,
    index,
    script,
    uri: onchain.prompt.uri.replace(slot, address),
  });
  const prompts = invoice.prompts.map((prompt) => (prompt === onchain.prompt ? placed : prompt));
  return { id, snapshot: event.snapshot.replaceAll(slot, address), invoice: { ...invoice, prompts } };
}

/** No address was free: an invoice that can be paid in another way does without one. @throws ApiError gap_limit_exceeded */
async function withRoom(deps: Deps, { wallet }: Caller, draft: InvoiceDraft): Promise<InvoiceDraft> {
  const { onchain } = draft;
  if (!wallet || !onchain) throw new ApiError('no_active_xpub');
  const endIndex = await makeRoom(deps, wallet, onchain.endIndex);
  if (endIndex !== null) return { ...draft, onchain: { ...onchain, endIndex } };
  if (draft.invoice.prompts.length === 1) throw new ApiError('gap_limit_exceeded');
  return withPrompts(
    deps.config,
    draft,
    draft.invoice.prompts.filter((prompt) => prompt !== onchain.prompt),
  );
}
