// The decision about an invoice in review, by its store's server (invoices.ts) or by the operator (platform-reviews.ts).

import * as z from 'zod';

export const resolution = z.strictObject({
  decision: z.enum(['accept', 'reject'], 'must be accept or reject'),
  note: z.string().max(1_000, 'longer than 1000 characters').default(''),
});

/** For the document. */
export const RESOLUTION_NOTES = {
  decision: '`accept` credits the money, `reject` does not.',
  note: 'Why, for the record.',
};
