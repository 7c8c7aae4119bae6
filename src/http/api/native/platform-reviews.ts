// /v1/platform/reviews: invoices of all stores that wait for a decision, and the operator's own.

import { Hono } from 'hono';
import * as z from 'zod';
import type { ReviewRow } from '../../../adapters/db/platform-reviews.ts';
import { personOf } from '../../../services/access/sessions.ts';
import { decide, listReviews } from '../../../services/platform/reviews.ts';
import { type HonoEnv, jsonBody } from '../http.ts';
import { resolution } from './invoices.ts';
import { iso } from './person.ts';
import { cursorOf, page } from './platform-page.ts';
import { validate, validQuery } from './validate.ts';

export const reviewsQuery = z.strictObject({
  environment: z.enum(['live', 'test'], 'must be live or test').default('live'),
  ...page,
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

export function reviewRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/', async (c) => {
    const { environment, limit, cursor = null } = validQuery(reviewsQuery, c.req.queries());
    const { reviews, next } = await listReviews(c.get('deps'), { environment, limit, after: cursor });
    return c.json({ reviews: reviews.map(reviewBody), next_cursor: cursorOf(next) });
  });

  app.post('/:id/resolve', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(resolution, await jsonBody(c.req.raw));
    const { review, status } = await decide(c.get('deps'), person, c.req.param('id'), body);
    return c.json({ review: reviewBody(review), status });
  });

  return app;
}
