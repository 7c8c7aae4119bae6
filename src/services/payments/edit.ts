// What a merchant may change of an invoice after its creation, and whether lists show it. Called by the APIs.

import type { Details } from '../../core/invoice/transition.ts';
import type { Deps } from '../../deps.ts';
import { advance } from './advance.ts';

/** @throws ApiError not_found */
export async function edit(deps: Deps, invoiceId: string, details: Partial<Details>): Promise<void> {
  await advance(deps, invoiceId, () => ({ details }));
}

/** Hides an invoice from lists; of one that is hidden nothing changes. @throws ApiError not_found */
export async function archive(deps: Deps, invoiceId: string): Promise<void> {
  const archivedAtMs = deps.now();
  await advance(deps, invoiceId, ({ invoice }) =>
    invoice.archivedAtMs === null ? { details: { archivedAtMs } } : null,
  );
}

/** @returns false where it was not archived @throws ApiError not_found */
export async function unarchive(deps: Deps, invoiceId: string): Promise<boolean> {
  const { type } = await advance(deps, invoiceId, ({ invoice }) =>
    invoice.archivedAtMs === null ? null : { details: { archivedAtMs: null } },
  );
  return type !== null;
}
