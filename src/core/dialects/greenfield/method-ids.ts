// The ways to pay under the names that BTCPay Server has for them. Pure. Called where a client names one, and for each answer and
// event.

/** By the name of the method: as version 2.x calls it, and as 1.x did. */
const IDS: Record<string, { now: string; old: string }> = {
  onchain: { now: 'BTC-CHAIN', old: 'BTC' },
  lightning: { now: 'BTC-LN', old: 'BTC-LightningNetwork' },
};

/** Behind `BTC-` or `BTC_`, in any case: all the spellings that there have been. LNURL is a way to the same BOLT11. */
const KINDS: Record<string, string> = {
  '': 'onchain',
  chain: 'onchain',
  onchain: 'onchain',
  btclike: 'onchain',
  bitcoinlike: 'onchain',
  ln: 'lightning',
  lightninglike: 'lightning',
  lightningnetwork: 'lightning',
  offchain: 'lightning',
  lnurl: 'lightning',
  lnurlpay: 'lightning',
};

/** The name of the method that a client means; null for none of bitcoin's. */
export function methodNamed(text: string): string | null {
  const found = /^btc(?:[-_]([a-z]+))?$/i.exec(text.trim());
  const kind = found && (found[1] ?? '').toLowerCase();
  return kind !== null && Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? null) : null;
}

/** @param method its name, or of one that BTCPay Server does not know: that stays as it is */
export function methodId(method: string): string {
  return IDS[method]?.now ?? method;
}

export function oldMethodId(method: string): string {
  return IDS[method]?.old ?? method;
}
