// Takes out of a pasted text what mail programs, word processors and other encodings have put in: it is invisible, and a
// key with it is no key. Called by exports.ts before anything is read.

import { isWholeKey } from './extended-key.ts';

/** NUL bytes and a broken BOM are what a UTF-16 file looks like when it was read as UTF-8. */
const INVISIBLE = /[\0\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|^\ufffd+/gu;
const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
const SINGLE_QUOTES = /[\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4\uff07]/g;
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02]/g;

/** The characters of every extended key in base58. */
const KEY_LENGTH = 111;
const KEY_START = /(?<![0-9A-Za-z])[xyztuvXYZTUV]pub(?=[1-9A-HJ-NP-Za-km-z])/g;

/** The text as it was meant: visible characters, plain quotes, `\n` for every line break. */
export function cleaned(text: string): string {
  return text.replace(INVISIBLE, '').replace(LINE_BREAKS, '\n').replace(SPACES, ' ').replace(SINGLE_QUOTES, "'").trim();
}

/** What is no JSON: double quotes mean nothing in it, and neither do the marks of a quoted mail. */
export function withoutQuotes(text: string): string {
  return text.replace(DOUBLE_QUOTES, '"').replace(/^(?:> ?)+/gm, '');
}

/** JSON in which a word processor has curled the quotes. */
export function withStraightQuotes(text: string): string {
  return text.replace(DOUBLE_QUOTES, '"');
}

/** Puts keys together again that were broken over lines. What does not become a key stays as it is. */
export function withWholeKeys(text: string): string {
  let whole = '';
  let done = 0;
  for (const { index } of text.matchAll(KEY_START)) {
    if (index < done) continue;
    const end = endOfKey(text, index);
    const key = text.slice(index, end).replace(/=\n|\s/g, '');
    if (!isWholeKey(key)) continue;
    whole += text.slice(done, index) + key;
    done = end;
  }
  return whole + text.slice(done);
}

/** Where the 111th character of a key ends, spaces and line breaks not counted. */
function endOfKey(text: string, start: number): number {
  let found = 0;
  for (let at = start; at < text.length && at < start + 4 * KEY_LENGTH; at++) {
    const character = text.charAt(at);
    // Mail programs end a line that goes on with "=".
    if (/\s/.test(character) || (character === '=' && text.charAt(at + 1) === '\n')) continue;
    if (!/[1-9A-HJ-NP-Za-km-z]/.test(character)) return at;
    found++;
    if (found === KEY_LENGTH) return at + 1;
  }
  return start;
}
