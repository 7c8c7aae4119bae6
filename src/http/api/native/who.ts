// Who may call an operation that takes an API key or nothing, and the check of it. Used by the operations of this folder.

import { authenticate, type Caller } from '../../../services/access/keys.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import type { Who } from '../operation.ts';

export const ANYBODY: Who<null> = { admit: async () => null };
/** With the invoice's id alone. */
export const BUYER: Who<null> = { ...ANYBODY, counted: 'invoice' };

/** An API key of a store, with a permission where one is named. */
export const keyThatMay = (key: 'any' | Permission): Who<Caller> => ({
  key,
  admit: (c) => authenticate(c.get('deps'), c.req.header('authorization'), key === 'any' ? undefined : key),
});
