// Amounts of bitcoin: bigint satoshis inside, canonical decimal strings outside. Pure.
// Called by everything that reads or shows an amount: the APIs, payment URIs, the dashboard.

/** Every satoshi that can ever exist: 21 million BTC. */
export const MAX_SATS = 2_100_000_000_000_000n;

export const SATS_PER_BTC = 100_000_000n;

/**
 * Reads satoshis as the API writes them: "150234". No sign, no leading zero, no point, no blanks, at most MAX_SATS.
 * Returns null for anything else, so that one amount has one spelling. Zero is read; whether it is allowed is the caller's rule.
 */
export function parseSats(text: string): bigint | null {
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text)) return null;
  const sats = BigInt(text);
  return sats <= MAX_SATS ? sats : null;
}

/** Satoshis as BTC with all eight decimals: 150234n → "0.00150234". Throws RangeError for a negative amount. */
export function formatBtc(sats: bigint): string {
  if (sats < 0n) throw new RangeError('an amount of bitcoin cannot be negative');
  const digits = sats.toString().padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
