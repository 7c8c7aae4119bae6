// What the log says of a step of an invoice. Called by draft.ts and commit.ts.

import type { NewEvent } from '../../adapters/db/events.ts';
import type { Assessment } from '../../core/invoice/assess.ts';
import type { Invoice, LoggedEventType } from '../../core/invoice/invoice.ts';
import { freeze } from '../../core/snapshot/frozen.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';

/** @param invoice as it is after the step; `snapshot` is the same as JSON */
export function eventOf(
  type: LoggedEventType,
  invoice: Invoice,
  { status, seenSats, confirmedSats, reviewReason }: Assessment,
  snapshot: InvoiceSnapshot,
  createdAtMs: number,
): NewEvent {
  return {
    storeId: invoice.storeId,
    subject: 'invoice',
    subjectId: invoice.id,
    seq: invoice.version,
    type,
    createdAtMs,
    livemode: invoice.environment === 'live',
    figures: { status, seenSats: Number(seenSats), confirmedSats: Number(confirmedSats), reviewReason },
    ...freeze(snapshot),
  };
}
