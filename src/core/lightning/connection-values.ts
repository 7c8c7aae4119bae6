// The values of a connection string, each held to what a request of ours can use. Called by connection-string.ts.

import { base64urlnopad, hex } from '@scure/base';
import { serverProblem, type TargetPolicy } from '../text/webhook-url.ts';
import { addressOfUrl, readAddress, readLnurl, urlOfAddress } from './lnurl.ts';

/** A text that is no connection we can use. `message` is advice for a person, and never quotes a value: it may be a secret. */
export class ConnectionTextError extends Error {
  override readonly name = 'ConnectionTextError';
  /** The key of a connection string that is wrong; null for the text as a whole. */
  readonly key: string | null;

  constructor(key: string | null, message: string) {
    super(message);
    this.key = key;
  }
}

/** By key, in lower case. */
export type Values = ReadonlyMap<string, string>;

/** The way out for a node that has no public name or no public certificate. */
export const REACHABLE =
  'The node needs a public host name with a public certificate: use Caddy with Let’s Encrypt, a Cloudflare Tunnel, Tailscale Funnel or a hosted node.';

/** https, without the last slash. */
export function serverOf(values: Values, policy: TargetPolicy): string {
  const server = needed(values, 'server');
  if (/^(?:unix|tcp|file):|^[/~.]/i.test(server))
    throw new ConnectionTextError('server', `SatLane cannot open sockets or files of your server. ${REACHABLE}`);
  assertReachable('server', server, policy);
  const { origin, pathname, search, hash } = new URL(server);
  if (search || hash) throw new ConnectionTextError('server', 'Enter the address without a query.');
  return origin + pathname.replace(/\/+$/, '');
}

/** It goes into a header: printable, without blanks. */
export function credentialText(values: Values, key: string): string {
  const secret = needed(values, key);
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new ConnectionTextError(key, 'This holds a blank or a letter that is not ASCII. Copy it again.');
  return secret;
}

/** Lower-case hex, from hex or base64. */
export function macaroonOf(values: Values): string {
  const macaroon = credentialText(values, 'macaroon');
  if (/^(?:[\da-f]{2})+$/i.test(macaroon)) return macaroon.toLowerCase();
  try {
    return hex.encode(base64urlnopad.decode(macaroon.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')));
  } catch {
    throw new ConnectionTextError(
      'macaroon',
      'Enter the macaroon in hex, as "xxd -p -c 2000 invoice.macaroon" prints it.',
    );
  }
}

/** @param defaultHost where a name stands alone; null where it may not */
export function lightningAddressOf(
  values: Values,
  key: string,
  policy: TargetPolicy,
  defaultHost: string | null = null,
): string {
  const text = needed(values, key);
  const url = readLnurl(text);
  const address = url
    ? addressOfUrl(url)
    : readAddress(defaultHost && !text.includes('@') ? `${text}@${defaultHost}` : text);
  if (!address)
    throw new ConnectionTextError(
      key,
      url
        ? 'This LNURL belongs to no Lightning address. Enter the Lightning address, such as shop@wallet.example.'
        : 'Enter a Lightning address, such as shop@wallet.example.',
    );
  assertReachable(key, urlOfAddress(address), policy);
  return address;
}

/** NIP-47: public key, relays and secret of a URI in any spelling, in one order; what else it says is left out. */
export function nwcUriOf(text: string, policy: TargetPolicy): string {
  const [, wallet = '', query = ''] = /^nostr\+?walletconnect:(?:\/\/)?([\da-f]{64})\/?\?(.*)$/is.exec(text) ?? [];
  const parameters = new URLSearchParams(query);
  const secret = parameters.get('secret') ?? '';
  const relays = parameters.getAll('relay');
  if (!wallet) throw new ConnectionTextError('key', 'Paste the whole link, from "nostr+walletconnect://" to its end.');
  if (!/^[\da-f]{64}$/i.test(secret))
    throw new ConnectionTextError('secret', 'The link has no secret of 64 hex digits. Copy it whole.');
  if (relays.length === 0) throw new ConnectionTextError('relay', 'The link names no relay. Copy it whole.');
  for (const relay of relays) {
    const isSocket = policy.targets === 'local' ? /^wss?:/i : /^wss:/i;
    if (!isSocket.test(relay)) throw new ConnectionTextError('relay', 'A relay must start with wss://.');
    assertReachable('relay', relay.replace(/^ws/i, 'http'), policy);
  }
  const kept = new URLSearchParams([...relays.map((relay) => ['relay', relay]), ['secret', secret.toLowerCase()]]);
  return `nostr+walletconnect://${wallet.toLowerCase()}?${kept}`;
}

function needed(values: Values, key: string): string {
  const value = values.get(key);
  if (!value) throw new ConnectionTextError(key, `Enter "${key}=…".`);
  return value;
}

function assertReachable(key: string, url: string, policy: TargetPolicy): void {
  if (!URL.canParse(url)) throw new ConnectionTextError(key, 'Enter an address such as https://node.example.');
  const problem = serverProblem(url, policy);
  if (!problem) return;
  // A name of the network is not the matter everywhere.
  const wayOut = /https|host/.test(problem) ? ` ${REACHABLE}` : '';
  throw new ConnectionTextError(key, `The address ${problem}.${wayOut}`);
}
