// Who may call an operation that takes an API key or nothing, and the check of it. Used by the operations of this folder.

import { authenticate, type Caller } from '../../../services/access/keys.ts';
import { ANYBODY, type Needed, type Who } from '../operation.ts';

/** With the invoice's id alone. */
export const BUYER: Who<null> = { ...ANYBODY, counted: 'invoice' };

/** An API key of a store, with a permission where one is named. */
export const keyThatMay = (key: Needed): Who<Caller> => ({
  key,
  admit: (c) => authenticate(c.get('deps'), c.req.header('authorization'), key === 'any' ? undefined : key),
});
