// What the answers of nodes are made of: exact whole numbers, hex and base64. Called by the file of each kind.

import { base64, hex } from '@scure/base';
import * as z from 'zod';
import { numberText } from '../../core/text/json.ts';
import { NodeError } from './node.ts';

/** A whole number as a JSON number or as digits; also as PHP and Lua write large ones (1.0e+11), and Core Lightning old ones (1000msat). */
export const integer = z.unknown().transform((value, ctx) => {
  const whole = wholeOf(typeof value === 'string' ? value.replace(/msat$/, '') : numberText(value));
  if (whole !== null) return whole;
  ctx.addIssue({ code: 'custom', message: 'is not a whole number' });
  return z.NEVER;
});

export const amount = integer.refine((value) => value >= 0n);

/** 32 bytes in hex. */
export const hash = z
  .string()
  .regex(/^[\da-f]{64}$/i)
  .toLowerCase();

/** 32 bytes in base64, read to hex. */
export const hash64 = z.string().transform((text, ctx) => {
  try {
    const bytes = base64.decode(text);
    if (bytes.length === 32) return hex.encode(bytes);
  } catch {
    // Said below.
  }
  ctx.addIssue({ code: 'custom', message: 'is not 32 bytes in base64' });
  return z.NEVER;
});

export const toBase64 = (text: string): string => base64.encode(hex.decode(text));

export const hexOfText = (text: string): string => hex.encode(new TextEncoder().encode(text));

/** The start of a text that fits into `maxBytes` of UTF-8: what a BOLT11 takes is 639. */
export function cutToBytes(text: string, maxBytes = 639): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(maxBytes)).read);
}

/** @throws NodeError beyond what a JSON number holds exactly: 90 071 BTC in millisatoshis */
export function jsonNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NodeError('refused', 'The amount is too large.');
  return Number(value);
}

/** `12`, `12.0`, `1.2e+1`; null for what is no whole number, or has more than 30 digits. */
function wholeOf(text: string | null): bigint | null {
  const match = /^(-?\d{1,30})(?:\.(\d{1,30}))?(?:[eE]\+?(\d{1,2}))?$/.exec(text ?? '');
  if (!match) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const places = Number(exponent);
  if (/[1-9]/.test(fraction.slice(places))) return null;
  return BigInt(whole + fraction.slice(0, places).padEnd(places, '0'));
}
