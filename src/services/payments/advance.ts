// Takes an invoice one step: read all facts, change some, decide, commit; again from the start when another writer was first.
// Observing, expiring, cancelling and simulating differ only in the change they bring.

import { factsOf, type StoredFacts } from '../../adapters/db/facts.ts';
import { rewatch } from '../../adapters/db/invoices.ts';
import type { LoggedEventType, Payment, Status } from '../../core/invoice/invoice.ts';
import { type Change, transition } from '../../core/invoice/transition.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { commit, type Row } from './commit.ts';

export interface ChangeRequest extends Change {
  /** Written in the same batch. */
  rows?: Row[];
  /** What proves a payment, to be kept with it. */
  proofOf?: (payment: Payment) => Proof | undefined;
  /** Commit only if exactly this event comes of it; else `refusal` is thrown, given the status that the invoice would have. */
  expect?: { event: LoggedEventType; refusal: (wouldBe: Status) => ApiError };
}

export interface Advanced {
  /** The event that was logged; null when nothing changed. */
  type: LoggedEventType | null;
  /** The invoice as committed; null when nothing changed. */
  invoice: InvoiceSnapshot | null;
}

/** Eight concurrent writers still all get their turn. */
const MAX_TRIES = 20;
/**
 * @param change what is new, from the facts as they are at this try; must be pure. null: leave the invoice as it is.
 * @param known the facts, where they were read just now: for the first try
 * @param read the facts, where the invoice may be still to be made
 * @throws ApiError not_found when there is no such invoice, and the errors of `change`
 */
export async function advance(
  deps: Deps,
  invoiceId: string,
  change: (facts: StoredFacts) => ChangeRequest | null,
  known?: StoredFacts,
  read: () => Promise<StoredFacts | null> = () => factsOf(deps.db, invoiceId),
): Promise<Advanced> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = tries === 0 && known ? known : await read();
    if (!facts) throw new ApiError('not_found');
    const wanted = change(facts);
    if (!wanted) return { type: null, invoice: null };
    const step = transition(facts, wanted, deps.now());
    if (wanted.expect && step.type !== wanted.expect.event) throw wanted.expect.refusal(step.assessment.status);
    if (!step.type) {
      const { watchUntilMs, prompts } = step.invoice;
      const isLook = prompts !== facts.invoice.prompts;
      if (isLook || watchUntilMs !== facts.invoice.watchUntilMs) {
        await rewatch(deps.db, invoiceId, facts.invoice.version, { watchUntilMs, ...(isLook ? { prompts } : {}) });
      }
      return { type: null, invoice: null };
    }
    const invoice = await commit(deps, facts, { ...step, type: step.type, proofOf: wanted.proofOf, rows: wanted.rows });
    if (invoice) return { type: step.type, invoice };
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the invoice. Try again.');
}
