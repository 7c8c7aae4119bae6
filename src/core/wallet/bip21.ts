// The payment URI (BIP 21) behind the QR code and the "open in wallet" link. Called by checkout/ and the dialects.

const SATS_PER_BTC = 100_000_000n;

type PaymentRequest = {
  address: string;
  /** In sats. Left out, the payer chooses. */
  amountSats?: bigint | undefined;
  /** Who is paid. */
  label?: string | undefined;
  /** What for. */
  message?: string | undefined;
};

/**
 * `bitcoin:ADDRESS?amount=0.00150234&label=…` (BIP 21). Empty texts are left out.
 * @throws RangeError when the amount is not positive
 */
export function paymentUri({ address, amountSats, label, message }: PaymentRequest): string {
  if (amountSats !== undefined && amountSats <= 0n) throw new RangeError('A payment URI asks for a positive amount');
  const parameters = [
    ['amount', amountSats === undefined ? undefined : btcDecimal(amountSats)],
    ['label', label],
    ['message', message],
  ];
  const query = parameters.flatMap(([key, value]) => (value ? [`${key}=${percentEncode(value)}`] : [])).join('&');
  return query === '' ? `bitcoin:${address}` : `bitcoin:${address}?${query}`;
}

/** The same URI over another amount; one without an amount stays as it is. */
export function withAmount(uri: string, amountSats: bigint): string {
  return uri.replace(/([?&]amount=)[^&]*/, (_, name) => `${name}${btcDecimal(amountSats)}`);
}

/** Decimal BTC, exact and without trailing zeros: 150234n is "0.00150234", 100000000n is "1". */
function btcDecimal(sats: bigint): string {
  const fraction = (sats % SATS_PER_BTC).toString().padStart(8, '0').replace(/0+$/, '');
  const whole = (sats / SATS_PER_BTC).toString();
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** RFC 3986 with %20 for a space, since wallets show a `+` as it is. Half a surrogate pair must not throw. */
function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}
