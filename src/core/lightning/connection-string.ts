// Reads what a merchant pastes to connect a Lightning node or wallet: a connection string of BTCPay Server, a Lightning address,
// an LNURL, a Nostr Wallet Connect URI, an lndconnect URI. Pure. Called where a connection is registered. What cannot work from
// here is refused with the reason and the way out.

import type { TargetPolicy } from '../text/webhook-url.ts';
import type { Credential } from './connection.ts';
import {
  ConnectionTextError,
  credentialText,
  lightningAddressOf,
  macaroonOf,
  nwcUriOf,
  REACHABLE,
  serverOf,
  type Values,
} from './connection-values.ts';
import { readAddress, readLnurl } from './lnurl.ts';

interface Type {
  /** All that it knows. */
  keys: readonly string[];
  read: (values: Values, policy: TargetPolicy) => Credential;
}

const MAX_LENGTH = 8192;

const TYPES: Readonly<Record<string, Type>> = {
  phoenixd: {
    // The name is always empty.
    keys: ['server', 'password', 'username'],
    read: (values, policy) => ({
      kind: 'phoenixd',
      server: serverOf(values, policy),
      password: credentialText(values, 'password'),
    }),
  },
  'lnd-rest': {
    keys: ['server', 'macaroon'],
    read: (values, policy) => ({ kind: 'lnd', server: serverOf(values, policy), macaroon: macaroonOf(values) }),
  },
  clnrest: {
    keys: ['server', 'rune'],
    read: (values, policy) => ({
      kind: 'clnrest',
      server: serverOf(values, policy),
      rune: credentialText(values, 'rune'),
    }),
  },
  lnbits: {
    keys: ['server', 'api-key'],
    read: (values, policy) => ({
      kind: 'lnbits',
      server: serverOf(values, policy),
      apiKey: credentialText(values, 'api-key'),
    }),
  },
  lnurl: {
    keys: ['value'],
    read: (values, policy) => ({ kind: 'lightning_address', address: lightningAddressOf(values, 'value', policy) }),
  },
  nwc: {
    keys: ['key'],
    read: (values, policy) => ({ kind: 'nwc', uri: nwcUriOf(credentialText(values, 'key'), policy) }),
  },
};

/** What to do instead, by type. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  clightning: 'Enable CLNRest on Core Lightning and enter "type=clnrest;server=https://…;rune=…".',
  'lnd-grpc': 'SatLane speaks to LND over REST. Enter "type=lnd-rest;server=https://…;macaroon=…".',
  charge: 'Enable CLNRest on Core Lightning and enter "type=clnrest;server=https://…;rune=…".',
  lndhub: 'If the server is LNbits, enter "type=lnbits;server=https://…;api-key=…" with the invoice key of the wallet.',
  blink: 'Enter the Lightning address of the Blink account, such as name@blink.sv.',
  ...Object.fromEntries(
    ['eclair', 'breez', 'strike', 'opennode'].map((type) => [
      type,
      'Connect it to LNbits and enter "type=lnbits;server=https://…;api-key=…", or enter its Lightning address if it has one.',
    ]),
  ),
};

const NEEDS_MACAROON = 'SatLane cannot read files of your server. Enter the macaroon itself in hex as "macaroon=…".';

/** Keys of BTCPay Server that cannot work from here, and what to do instead. */
const REFUSED_KEYS: Readonly<Record<string, string>> = {
  certthumbprint: `SatLane cannot trust a certificate by its thumbprint. ${REACHABLE}`,
  certfilepath: `SatLane cannot read files of your server. ${REACHABLE}`,
  allowinsecure: `SatLane refuses connections that are not encrypted. ${REACHABLE}`,
  macaroonfilepath: NEEDS_MACAROON,
  macaroondirectorypath: NEEDS_MACAROON,
  cookiefilepath: 'SatLane cannot read files of your server.',
};

/**
 * @throws ConnectionTextError in words for the merchant, which never quote a value
 */
export function readConnectionText(text: string, policy: TargetPolicy): Credential {
  const pasted = text.trim();
  if (pasted.length > MAX_LENGTH) throw new ConnectionTextError(null, `This is longer than ${MAX_LENGTH} characters.`);
  if (/^nostr\+?walletconnect:/i.test(pasted)) return { kind: 'nwc', uri: nwcUriOf(pasted, policy) };
  if (/^lndconnect:/i.test(pasted)) return lndConnect(pasted, policy);
  if (/^lndhub:/i.test(pasted)) throw unsupported('lndhub');
  if (readAddress(pasted) || readLnurl(pasted))
    return { kind: 'lightning_address', address: lightningAddressOf(new Map([['value', pasted]]), 'value', policy) };
  if (/(?:^|;)\s*[\w-]+\s*=/.test(pasted)) return typed(valuesOf(pasted), policy);
  throw new ConnectionTextError(
    null,
    'This is neither a Lightning address (name@host) nor a connection string such as "type=phoenixd;server=https://…;password=…".',
  );
}

/** `key=value` between semicolons; a value may hold an equals sign. */
function valuesOf(text: string): Values {
  const values = new Map<string, string>();
  for (const part of text.split(';').map((one) => one.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    if (at < 1) throw new ConnectionTextError(null, 'Each part between semicolons must read key=value.');
    const key = part.slice(0, at).trim().toLowerCase();
    if (values.has(key)) throw new ConnectionTextError(keyShown(key), 'This key is there twice.');
    values.set(key, part.slice(at + 1).trim());
  }
  return values;
}

function typed(values: Values, policy: TargetPolicy): Credential {
  const name = values.get('type')?.toLowerCase();
  if (!name) throw new ConnectionTextError('type', `Say what the node is: ${Object.keys(TYPES).join(', ')}.`);
  const type = TYPES[name];
  if (!type) {
    const key = ['ln-address', 'username'].find((one) => values.get(one));
    if (!key || values.has('api-key')) throw unsupported(name);
    return {
      kind: 'lightning_address',
      address: lightningAddressOf(values, key, policy, name === 'blink' ? 'blink.sv' : null),
    };
  }
  for (const [key, value] of values) {
    const isHarmless = key === 'allowinsecure' && (policy.targets === 'local' || value.toLowerCase() === 'false');
    if (key === 'type' || type.keys.includes(key) || isHarmless) continue;
    const instead = REFUSED_KEYS[key] ?? `A connection of type ${name} has the keys ${type.keys.join(', ')}.`;
    throw new ConnectionTextError(keyShown(key), instead);
  }
  return type.read(values, policy);
}

/** https://github.com/LN-Zap/lndconnect: host and port, certificate and macaroon in base64url. */
function lndConnect(text: string, policy: TargetPolicy): Credential {
  const url = URL.parse(text);
  if (!url?.host) throw new ConnectionTextError('lndconnect', 'The address of the node is missing.');
  if (url.port === '10009')
    throw new ConnectionTextError('lndconnect', 'Port 10009 is gRPC. Use the port of REST, mostly 8080.');
  if (url.searchParams.get('cert'))
    throw new ConnectionTextError(
      'cert',
      `SatLane cannot trust a certificate of your own. ${REACHABLE} Then leave out "cert".`,
    );
  const values = new Map([...url.searchParams, ['server', `https://${url.host}${url.pathname}`]] as [string, string][]);
  return { kind: 'lnd', server: serverOf(values, policy), macaroon: macaroonOf(values) };
}

function unsupported(type: string): ConnectionTextError {
  return new ConnectionTextError(
    'type',
    OTHER_TYPES[type]
      ? `SatLane does not support ${type}. ${OTHER_TYPES[type]}`
      : `SatLane does not know this type. It knows ${Object.keys(TYPES).join(', ')}.`,
  );
}

/** A key that could be a secret, pasted without its name, is not repeated. */
function keyShown(key: string): string | null {
  return /^[a-z-]{1,24}$/.test(key) ? key : null;
}
