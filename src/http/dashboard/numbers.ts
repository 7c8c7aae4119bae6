// Numbers in the dashboard's forms, as money/typed.ts reads them, with the problem at their field.

import * as z from 'zod';
import { readTyped, readTypedWhole } from '../../core/money/typed.ts';

/**
 * A whole number within bounds.
 * @param unit what is counted: "minutes"
 * @param usual what an empty field means; undefined where it must not be empty
 */
export function wholeField<T extends number | null>(unit: string, least: number, most: number, usual?: T) {
  return z.string().transform((text, ctx): number | T => {
    if (usual !== undefined && text.trim() === '') return usual;
    const number = readTypedWhole(text);
    if (number !== null && number >= least && number <= most) return number;
    const [from, to] = [least, most].map((bound) => bound.toString());
    ctx.addIssue({
      code: 'custom',
      message: `Enter a whole number of ${unit} from ${from} to ${to}, without separators.`,
    });
    return z.NEVER;
  });
}

/** Sats, more than none; null where the field is empty. */
export const satsField = z.string().transform((text, ctx): bigint | null => {
  if (text.trim() === '') return null;
  const typed = readTyped(text, 'SATS');
  if ('amount' in typed && typed.amount.units > 0n) return typed.amount.units;
  ctx.addIssue({ code: 'custom', message: 'problem' in typed ? typed.problem : 'Enter more than zero.' });
  return z.NEVER;
});
