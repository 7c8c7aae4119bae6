// Order numbers: short enough to read out, too many to guess, since the number alone gives access to the order.
// Called by buy.ts and the product page.
import { randomInt } from 'node:crypto';

// Without the letters and digits that people take for each other.
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

export function newOrderId(): string {
  return `ORD-${Array.from({ length: 8 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
}

export function isOrderId(text: string): boolean {
  return /^ORD-[2-9A-Z]{8}$/.test(text);
}
