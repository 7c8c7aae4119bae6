// The pages of the operator's lists: where one ends is said by when its last entry was made, and its id.

import * as z from 'zod';

interface Place {
  createdAtMs: number;
  id: string;
}

/** Fields of a query. */
export const page = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}_.{1,80}$/, 'is not one that this API gave')
    .transform(
      (cursor): Place => ({
        createdAtMs: Number(cursor.split('_')[0]),
        id: cursor.slice(cursor.indexOf('_') + 1),
      }),
    )
    .optional(),
};

export const cursorOf = (place: Place | null): string | null => place && `${place.createdAtMs}_${place.id}`;
