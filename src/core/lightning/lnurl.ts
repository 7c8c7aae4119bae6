// LNURL as text: bech32 (LUD-01), Lightning addresses (LUD-16), links with a scheme of their own (LUD-17). Pure. Called by
// connection-values.ts and adapters/nodes; URLs are https, save for hosts of the machine itself, which only the local world lets through.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';

const PREFIX = 'lnurl';
const WELL_KNOWN = '/.well-known/lnurlp/';
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** `lnurl1…` in lower case (LUD-01). A QR code takes it in upper case, which needs fewer squares. */
export function lnurlOf(url: string): string {
  return bech32.encode(PREFIX, bech32.toWords(utf8ToBytes(url)), false);
}

/** The same as a link that says what it is for (LUD-17): `lnurlp` asks for a payment, `lnurlw` gives one. */
export function schemeLink(url: string, scheme: 'lnurlp' | 'lnurlw'): string {
  return url.replace(/^https?:/, `${scheme}:`);
}

/**
 * The URL behind an LNURL in any spelling: `lnurl1…` of either case, with `lightning:` before it or as `?lightning=` of a page
 * (LUD-01), `lnurlp://…` and its kin (LUD-17).
 * @returns null for anything else
 */
export function readLnurl(text: string): string | null {
  const [, scheme, rest = ''] = /^(lnurlp|lnurlw|lnurlc|keyauth):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme) return URL.parse(`${schemeOf(rest.split(/[/?#]/, 1)[0] ?? '')}://${rest}`)?.href ?? null;
  const page = /^https?:/i.test(text) ? URL.parse(text)?.searchParams.get('lightning') : undefined;
  const decoded = bech32.decodeUnsafe((page ?? text).replace(/^lightning:/i, ''), false);
  if (decoded?.prefix !== PREFIX) return null;
  const bytes = bech32.fromWordsUnsafe(decoded.words);
  const url = bytes ? URL.parse(new TextDecoder().decode(bytes)) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

/**
 * A Lightning address in one spelling (LUD-16): lower case, without `lightning:` or ₿ before it.
 * @returns null for anything else
 */
export function readAddress(text: string): string | null {
  const [, name, host = ''] = /^(?:lightning:|₿)?([a-z\d._+-]{1,64})@([^\s/?#@\\]+)$/i.exec(text) ?? [];
  const url = name ? URL.parse(`${schemeOf(host)}://${host}`) : null;
  return url ? `${name}@${url.host}`.toLowerCase() : null;
}

/** Where a Lightning address is asked (LUD-16). @param address as readAddress() gives it */
export function urlOfAddress(address: string): string {
  const at = address.indexOf('@');
  const host = address.slice(at + 1);
  return `${schemeOf(host)}://${host}${WELL_KNOWN}${address.slice(0, at)}`;
}

/** The Lightning address that is asked at this URL; null where it is none. */
export function addressOfUrl(url: string): string | null {
  const { host, pathname, search } = new URL(url);
  return pathname.startsWith(WELL_KNOWN) && !search
    ? readAddress(`${pathname.slice(WELL_KNOWN.length)}@${host}`)
    : null;
}

function schemeOf(host: string): 'http' | 'https' {
  return LOOPBACK.test(host.toLowerCase()) ? 'http' : 'https';
}
