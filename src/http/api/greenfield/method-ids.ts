// Names of payment methods, in all the spellings that BTCPay Server has had: `BTC`, `BTC_CHAIN`, `btc-onchain`,
// `BTC-LightningNetwork`. Called where a client names one.

import { ON_CHAIN } from '../../../core/dialects/greenfield/events.ts';

const KINDS: Record<string, string> = {
  '': ON_CHAIN,
  chain: ON_CHAIN,
  onchain: ON_CHAIN,
  btclike: ON_CHAIN,
  bitcoinlike: ON_CHAIN,
  ln: 'BTC-LN',
  lightninglike: 'BTC-LN',
  lightningnetwork: 'BTC-LN',
  offchain: 'BTC-LN',
  lnurl: 'BTC-LNURL',
  lnurlpay: 'BTC-LNURL',
};

/** The id in the spelling of BTCPay Server 2.x, or null for what is none of bitcoin's. */
export function methodId(text: string): string | null {
  const [, kind] = /^btc(?:[-_]([a-z]+))?$/i.exec(text.trim()) ?? [null, null];
  if (kind === null) return null;
  const key = (kind ?? '').toLowerCase();
  return Object.hasOwn(KINDS, key) ? (KINDS[key] ?? null) : null;
}
