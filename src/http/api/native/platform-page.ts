// Who the operator is, and the pages of their lists: where one ends is said by when its last entry was made, and its id.

import * as z from 'zod';
import { type Person, personOf } from '../../../services/access/sessions.ts';
import { mustOperate } from '../../../services/platform/accounts.ts';
import type { Who } from '../operation.ts';

/** An owner of the account that runs the deployment. */
export const OPERATOR: Who<Person> = {
  person: 'owner',
  operator: true,
  async admit(c) {
    const person = await personOf(c.get('deps'), c.req.raw);
    mustOperate(person);
    return person;
  },
};

interface Place {
  createdAtMs: number;
  id: string;
}

/** Fields of a query. */
export const pageQuery = {
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

export const PAGE_NOTES = { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.' };

export const nextCursorOf = (place: Place | null): string | null => place && `${place.createdAtMs}_${place.id}`;
