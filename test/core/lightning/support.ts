// What the tests of Lightning share.

import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { Bolt11Error } from '../../../src/core/lightning/bolt11-fields.ts';

/** Why a text is no BOLT11 invoice; null where it is one. */
export function problemOf(text: string): string | null {
  try {
    readBolt11(text);
    return null;
  } catch (error) {
    if (error instanceof Bolt11Error) return error.message;
    throw error;
  }
}
