// Takes an invoice one step: read all facts, change some, decide, commit; again from the start when another writer was first.
// Observing, expiring, cancelling and simulating differ only in the change they bring. The payers of a block are taken together.

import { factsOf, type StoredFacts } from '../../adapters/db/facts.ts';
import type { LoggedEventType, Payment, Status } from '../../core/invoice/invoice.ts';
import { type Change, transition } from '../../core/invoice/transition.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { type Advanced, commitAll, type Decided, type Row } from './commit.ts';

export interface ChangeRequest extends Change {
  /** Written in the same batch. */
  rows?: Row[];
  /** What proves a payment, to be kept with it. */
  proofOf?: (payment: Payment) => Proof | undefined;
  /** Commit only if exactly this event comes of it; else `refusal` is thrown, given the status that the invoice would have. */
  expect?: { event: LoggedEventType; refusal: (wouldBe: Status) => ApiError };
}

/** What one invoice's step is decided from. */
export interface Advance {
  invoiceId: string;
  /** what is new, from the facts as they are at this try; must be pure. null: leave the invoice as it is */
  change: (facts: StoredFacts) => ChangeRequest | null;
  /** The facts, where they were read just now: for the first try. */
  known?: StoredFacts | undefined;
  /** Reads the facts, where the invoice may be still to be made. */
  read?: () => Promise<StoredFacts | null>;
}

/** Eight concurrent writers still all get their turn. */
const MAX_TRIES = 20;

/**
 * @throws ApiError not_found when there is no such invoice, and the errors of `change`
 */
export async function advance(
  deps: Deps,
  invoiceId: string,
  change: Advance['change'],
  known?: StoredFacts,
  read: () => Promise<StoredFacts | null> = () => factsOf(deps.db, invoiceId),
): Promise<Advanced> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = tries === 0 && known ? known : await read();
    if (!facts) throw new ApiError('not_found');
    const [advanced] = (await commitAll(deps, [decide(deps, facts, change)])) ?? [];
    if (advanced) return advanced;
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the invoice. Try again.');
}

/** A database that is away fails all of them: no more are tried then. */
const MAX_FAILED = 3;

/**
 * Steps of different invoices, in one batch where their facts are known. Where it fails they are taken one by one, so that one that
 * cannot be advanced holds up no other.
 * @throws the first error, when the others are committed
 */
export async function advanceAll(deps: Deps, steps: readonly Advance[]): Promise<void> {
  if (await areCommitted(deps, steps)) return;
  const errors: unknown[] = [];
  for (const { invoiceId, change, read } of steps) {
    await advance(deps, invoiceId, change, undefined, read).catch((error) => errors.push(error));
    if (errors.length === MAX_FAILED) break;
  }
  if (errors.length > 0) throw errors[0];
}

async function areCommitted(deps: Deps, steps: readonly Advance[]): Promise<boolean> {
  const decided: Decided[] = [];
  try {
    for (const { known, change } of steps) {
      if (!known) return false;
      decided.push(decide(deps, known, change));
    }
    return (await commitAll(deps, decided)) !== null;
  } catch {
    // What was wrong shows when the steps are taken one by one.
    return false;
  }
}

/** @throws what `change` throws */
function decide(deps: Deps, facts: StoredFacts, change: Advance['change']): Decided {
  const wanted = change(facts);
  if (!wanted) return { facts, step: null };
  const step = transition(facts, wanted, deps.now());
  if (wanted.expect && step.type !== wanted.expect.event) throw wanted.expect.refusal(step.assessment.status);
  return { facts, step, proofOf: wanted.proofOf, rows: wanted.rows };
}
