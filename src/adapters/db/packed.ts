// Text that the log keeps by the million, deflated against what such texts have in common: a row of a WITHOUT ROWID table that is
// longer than 1 002 bytes takes a page of its own, 4 096 bytes. What was written before is text, and read as it is.
// Called by what writes or reads an event's snapshot, or a delivery's body.

/// <reference path="./zlib.d.ts" />
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { customType } from 'drizzle-orm/sqlite-core';
import { DICTIONARIES } from './dictionaries.ts';

/** As D1 has it: the dictionary's letter, what belongs in the place, a space, the deflated text; or text from before. */
export type Packed = string | ArrayLike<number>;

const LATEST = { letter: 'a', dictionary: DICTIONARIES.a };
/** Stands in the text for what only SQL knows. No JSON has this character. */
const PLACE = '\u0001';
const SPACE = 0x20;
const utf8 = new TextDecoder();
const WINDOW = { windowBits: 13 };

/** @param slot text that `placedIn` replaces */
export function pack(text: string, slot = ''): Uint8Array {
  const placed = slot === '' ? text : text.replaceAll(slot, PLACE);
  const deflated = deflateRawSync(placed, { ...WINDOW, dictionary: LATEST.dictionary });
  const bytes = new Uint8Array(2 + deflated.length);
  bytes.set([LATEST.letter.charCodeAt(0), SPACE]);
  bytes.set(deflated, 2);
  return bytes;
}

/** In SQL: what was packed with a slot, with its place filled. @param place an expression whose value has no space */
export function placedIn(packed: string, place: string): string {
  return `CAST(substr(${packed}, 1, 1) || ${place} || substr(${packed}, 2) AS BLOB)`;
}

/** Where it goes through JSON: in SQL `unhex` makes bytes of it. */
export function packHex(text: string): string {
  return Array.from(pack(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws Error for a dictionary that this code does not know */
export function unpack(stored: Packed): string {
  if (typeof stored === 'string') return stored;
  const bytes = Uint8Array.from(stored);
  const end = bytes.indexOf(SPACE);
  const [letter = '', ...place] = String.fromCharCode(...bytes.subarray(0, end));
  const dictionary = dictionaryOf(letter);
  const text = utf8.decode(inflateRawSync(bytes.subarray(end + 1), { ...WINDOW, dictionary }));
  return text.replaceAll(PLACE, () => place.join(''));
}

function dictionaryOf(letter: string): Uint8Array {
  if (letter in DICTIONARIES) return DICTIONARIES[letter as keyof typeof DICTIONARIES];
  throw new Error(`dictionary ${letter} is newer than this code`);
}

/** Packed in the table, text in TypeScript. The column's type is what rows from before have. */
export const packed = customType<{ data: string; driverData: Packed }>({
  dataType: () => 'text',
  toDriver: (text) => pack(text),
  fromDriver: unpack,
});
