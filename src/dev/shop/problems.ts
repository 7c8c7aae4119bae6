// SatLane's error codes in words for the shop's visitor (integration guide §12). Called by the order page.
import type { Problem } from './satlane.ts';

interface Apology {
  title: string;
  text: string;
  /** Whether a retry may help without a change. */
  canRetry: boolean;
}

const NOTHING_TAKEN = 'Nothing was charged and your order is kept.';

export function apology({ code, retryAfterSeconds }: Problem): Apology {
  const soon = retryAfterSeconds === null ? 'in a moment' : `in ${wait(retryAfterSeconds)}`;
  const later = (title: string, why: string): Apology => ({
    title,
    text: `${why} Try again ${soon}. ${NOTHING_TAKEN}`,
    canRetry: true,
  });
  switch (code) {
    case 'rate_unavailable':
      return later('No exchange rate right now', 'We cannot say what this costs in bitcoin at this minute.');
    case 'chain_syncing':
      return later(
        'Bitcoin payments are catching up',
        'Our view of the Bitcoin chain is not fresh enough to watch for you.',
      );
    case 'rate_limited':
      return later('Too many orders', 'More people are ordering than we can serve.');
    case 'database_unavailable':
    case 'disk_full':
    case 'internal':
    case 'unreadable':
      return later('Service temporarily unavailable', 'Our payment service had a hiccup.');
    case 'unreachable':
      return later('The payment service does not answer', 'We could not reach it.');
    case 'invalid_currency':
    case 'invalid_amount':
      return closed('This price cannot be paid in bitcoin', 'Please choose another product, or tell us about it.');
    case 'idempotency_conflict':
      return closed('This order has changed', 'It was begun with other details. Please put it in again from the shop.');
    default:
      return closed(
        'Bitcoin payments are not set up',
        'This is for us to repair, not for you. Please tell us about it.',
      );
  }
}

function closed(title: string, text: string): Apology {
  return { title, text: `${text} ${NOTHING_TAKEN}`, canRetry: false };
}

function wait(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
