// /v1/platform/reviews: invoices of all stores that wait for a decision, and the operator's own.

import * as z from 'zod';
import { decide, listReviews, type ReviewRow } from '../../../services/platform/reviews.ts';
import { iso } from './iso.ts';
import { ok, operation } from './operation.ts';

import { nextCursorOf, OPERATOR, PAGE_NOTES, pageQuery } from './platform-page.ts';
import { RESOLUTION_NOTES, resolution } from './resolution.ts';

const reviewsQuery = z.strictObject({
  environment: z.enum(['live', 'test'], 'must be live or test').default('live'),
  ...pageQuery,
});

/** A closed list: nothing of the buyer is in it. */
const reviewBody = (row: ReviewRow) => ({
  invoice_id: row.id,
  environment: row.environment,
  store: { id: row.storeId, name: row.store },
  account: { id: row.accountId, name: row.account },
  reason: row.reason,
  amount_sats: String(row.amountSats ?? 0),
  received_sats: String(row.receivedSats),
  created_at: iso(row.createdAtMs),
  since: iso(row.sinceMs),
});

const tag = 'Platform';

export const reviewApi = [
  operation('GET /v1/platform/reviews', () => ({
    id: 'listReviews',
    tag,
    summary: 'List invoices of all stores that wait for a decision',
    who: OPERATOR,
    query: {
      schema: reviewsQuery,
      notes: { environment: 'Test invoices are simulated by their own people.', ...PAGE_NOTES },
    },
    answers: [ok('reviews', 'The oldest invoices first.')],
    async run({ deps, query: { environment, limit, cursor = null } }) {
      const { reviews, next } = await listReviews(deps, { environment, limit, after: cursor });
      return { reviews: reviews.map(reviewBody), next_cursor: nextCursorOf(next) };
    },
  })),

  operation('POST /v1/platform/reviews/{id}/resolve', () => ({
    id: 'resolveReview',
    tag,
    summary: 'Decide in the place of the store’s people',
    description: 'The record names the operator. The store’s webhooks receive the decision.',
    who: OPERATOR,
    body: {
      schema: resolution,
      notes: RESOLUTION_NOTES,
      example: { decision: 'accept', note: 'Agreed with the shop by phone' },
    },
    answers: [ok('decision', 'It has left review.')],
    errors: ['not_in_review'],
    async run({ deps, caller, params, body }) {
      const { review, status } = await decide(deps, caller, params.id, body);
      return { review: reviewBody(review), status };
    },
  })),
];
