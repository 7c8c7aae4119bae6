// Invoices of all stores that wait for a decision, for the deployment's operator, who may make it ("Manual admin action",
// integration guide §7) and sees nothing of the buyer.

import { type ReviewRow, type ReviewsPage, reviewOf, reviewsOfAll } from '../../adapters/db/platform-reviews.ts';
import { arrivedStates } from '../../core/invoice/methods.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import type { Person } from '../access/sessions.ts';
import { type Resolution, resolve } from '../payments/resolve.ts';

export type { ReviewRow };

/** The oldest invoices first. */
export async function listReviews(deps: Deps, page: ReviewsPage) {
  const rows = await reviewsOfAll(deps.db, arrivedStates(), { ...page, limit: page.limit + 1 });
  const last = rows.at(page.limit - 1);
  return { reviews: rows.slice(0, page.limit), next: rows.length > page.limit && last ? last : null };
}

/** @throws ApiError not_found */
export async function readReview(deps: Deps, invoiceId: string): Promise<ReviewRow> {
  const review = await reviewOf(deps.db, arrivedStates(), invoiceId);
  if (!review) throw new ApiError('not_found');
  return review;
}

/**
 * Decides as the store's own people could, by the same road; the record says that it was the operator.
 * @throws ApiError not_found, not_in_review
 */
export async function decide(
  deps: Deps,
  person: Person,
  invoiceId: string,
  resolution: Resolution,
): Promise<{ review: ReviewRow; status: string }> {
  const review = await readReview(deps, invoiceId);
  const by = `operator:${person.userId}`;
  const { status } = await resolve(deps, review.storeId, invoiceId, resolution, by);
  deps.log('review.decided', { invoice: invoiceId, by, decision: resolution.decision });
  return { review, status };
}
