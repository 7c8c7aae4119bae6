// A merchant pastes what BTCPay Server, a wallet or a node gave out, and SatLane either understands it or says what to do instead.
import { describe, expect, it } from 'vitest';
import type { Credential } from '../../../src/core/lightning/connection.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';
import { ConnectionTextError } from '../../../src/core/lightning/connection-values.ts';
import { lnurlOf } from '../../../src/core/lightning/lnurl.ts';

const PUBLIC = { targets: 'public', origin: 'https://api.satlane.com' } as const;
const LOCAL = { targets: 'local', origin: 'http://localhost:8787' } as const;

const MACAROON = '0201036c6e6402f801030a10b1';
const MACAROON_BASE64 = 'AgEDbG5kAvgBAwoQsQ';
const WALLET = 'b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4';
const SECRET = '71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c';
const NWC = `nostr+walletconnect://${WALLET}?relay=wss%3A%2F%2Frelay.example&secret=${SECRET}`;
const address = (text: string): Credential => ({ kind: 'lightning_address', address: text });

describe('readConnectionText reads', () => {
  it.each<[string, Credential]>([
    [
      'type=phoenixd;server=https://node.example/;password=1f9a',
      { kind: 'phoenixd', server: 'https://node.example', password: '1f9a' },
    ],
    [
      ' Type=Phoenixd ; Server=https://node.example:9740 ; username= ; password=a=b ;\n',
      { kind: 'phoenixd', server: 'https://node.example:9740', password: 'a=b' },
    ],
    [
      `type=lnd-rest;server=https://lnd.example:8080/;macaroon=${MACAROON.toUpperCase()}`,
      { kind: 'lnd', server: 'https://lnd.example:8080', macaroon: MACAROON },
    ],
    [
      `type=lnd-rest;server=https://lnd.example/lnd/;macaroon=${MACAROON_BASE64};allowinsecure=false`,
      { kind: 'lnd', server: 'https://lnd.example/lnd', macaroon: MACAROON },
    ],
    [
      'type=clnrest;server=https://cln.example:3010;rune=abc_D-E==',
      { kind: 'clnrest', server: 'https://cln.example:3010', rune: 'abc_D-E==' },
    ],
    [
      'type=lnbits;server=https://lnbits.example/;api-key=0f1e2d',
      { kind: 'lnbits', server: 'https://lnbits.example', apiKey: '0f1e2d' },
    ],
    ['type=lnurl;value=Shop@wallet.example', address('shop@wallet.example')],
    [`type=lnurl;value=${lnurlOf('https://wallet.example/.well-known/lnurlp/shop')}`, address('shop@wallet.example')],
    ['type=blink;ln-address=shop', address('shop@blink.sv')],
    ['type=blink;username=shop@blink.sv;currency=USD', address('shop@blink.sv')],
    ['type=flash;ln-address=shop@flashapp.example;store-id=7', address('shop@flashapp.example')],
    [`type=nwc;key=${NWC}`, { kind: 'nwc', uri: NWC }],
    [NWC, { kind: 'nwc', uri: NWC }],
    [
      `nostrwalletconnect:${WALLET.toUpperCase()}?secret=${SECRET}&lud16=shop@wallet.example&relay=wss://relay.example`,
      { kind: 'nwc', uri: NWC },
    ],
    ['shop@wallet.example', address('shop@wallet.example')],
    ['lightning:shop@wallet.example', address('shop@wallet.example')],
    [lnurlOf('https://wallet.example/.well-known/lnurlp/shop').toUpperCase(), address('shop@wallet.example')],
    ['lnurlp://wallet.example/.well-known/lnurlp/shop', address('shop@wallet.example')],
    [
      `lndconnect://lnd.example:8080?macaroon=${MACAROON_BASE64}`,
      { kind: 'lnd', server: 'https://lnd.example:8080', macaroon: MACAROON },
    ],
  ])('%s', (text, credential) => {
    expect(readConnectionText(text, PUBLIC)).toEqual(credential);
  });

  it('several relays of Nostr Wallet Connect', () => {
    const uri = `${NWC.replace('&secret', '&relay=wss%3A%2F%2Fother.example%2Fa&secret')}`;
    expect(readConnectionText(uri, PUBLIC)).toEqual({ kind: 'nwc', uri });
  });

  it.each<[string, Credential]>([
    [
      'type=phoenixd;server=http://127.0.0.1:9740/;password=1f9a',
      { kind: 'phoenixd', server: 'http://127.0.0.1:9740', password: '1f9a' },
    ],
    [
      `type=lnd-rest;server=http://localhost:8080;macaroon=${MACAROON};allowinsecure=true`,
      { kind: 'lnd', server: 'http://localhost:8080', macaroon: MACAROON },
    ],
    ['shop@127.0.0.1:23400', address('shop@127.0.0.1:23400')],
    [
      NWC.replace('wss%3A%2F%2Frelay.example', 'ws://127.0.0.1:23402'),
      { kind: 'nwc', uri: NWC.replace('wss%3A%2F%2Frelay.example', 'ws%3A%2F%2F127.0.0.1%3A23402') },
    ],
  ])('%s in the local world', (text, credential) => {
    expect(readConnectionText(text, LOCAL)).toEqual(credential);
    expect(() => readConnectionText(text, PUBLIC)).toThrow(ConnectionTextError);
  });
});

const REACHABLE =
  'The node needs a public host name with a public certificate: use Caddy with Let’s Encrypt, a Cloudflare Tunnel, Tailscale Funnel or a hosted node.';

describe('readConnectionText refuses, and says what to do instead:', () => {
  it.each<[string, string | null, string]>([
    [
      `type=lnd-rest;server=https://lnd.example:8080/;macaroon=${MACAROON};certthumbprint=aa:bb`,
      'certthumbprint',
      `SatLane cannot trust a certificate by its thumbprint. ${REACHABLE}`,
    ],
    [
      `type=lnd-rest;server=https://lnd.example;macaroon=${MACAROON};certfilepath=/lnd/tls.cert`,
      'certfilepath',
      `SatLane cannot read files of your server. ${REACHABLE}`,
    ],
    [
      'type=lnd-rest;server=https://lnd.example;macaroonfilepath=/lnd/admin.macaroon',
      'macaroonfilepath',
      'SatLane cannot read files of your server. Enter the macaroon itself in hex as "macaroon=…".',
    ],
    [
      `type=lnd-rest;server=https://lnd.example;macaroon=${MACAROON};allowinsecure=true`,
      'allowinsecure',
      `SatLane refuses connections that are not encrypted. ${REACHABLE}`,
    ],
    [
      'type=clightning;server=unix:///run/lightning-rpc',
      'type',
      'SatLane does not support clightning. Enable CLNRest on Core Lightning and enter "type=clnrest;server=https://…;rune=…".',
    ],
    [
      'type=clnrest;server=unix:///run/clnrest.sock;rune=abc',
      'server',
      `SatLane cannot open sockets or files of your server. ${REACHABLE}`,
    ],
    [
      'type=clnrest;server=tcp://cln.example:9835;rune=abc',
      'server',
      `SatLane cannot open sockets or files of your server. ${REACHABLE}`,
    ],
    [
      'type=clnrest;server=/run/clnrest.sock;rune=abc',
      'server',
      `SatLane cannot open sockets or files of your server. ${REACHABLE}`,
    ],
    ...['10.0.0.1', '127.0.0.1', '[::1]', '1.2.3.4'].map((host): [string, string, string] => [
      `type=phoenixd;server=https://${host}:9740;password=hunter2`,
      'server',
      `The address must name a host, not an address. ${REACHABLE}`,
    ]),
    ...['localhost', 'umbrel.local', 'abcdef.onion', 'lnd.embassy.internal', 'lnd'].map(
      (host): [string, string, string] => [
        `type=phoenixd;server=https://${host}:9740;password=hunter2`,
        'server',
        `The address must name a public host. ${REACHABLE}`,
      ],
    ),
    [
      'type=phoenixd;server=http://node.example:9740;password=hunter2',
      'server',
      `The address must start with https://. ${REACHABLE}`,
    ],
    [
      'type=phoenixd;server=https://user:hunter2@node.example;password=hunter2',
      'server',
      'The address must not contain a user name or password.',
    ],
    [
      'type=phoenixd;server=https://api.satlane.com;password=hunter2',
      'server',
      'The address must not be SatLane itself.',
    ],
    ['type=phoenixd;server=node.example;password=hunter2', 'server', 'Enter an address such as https://node.example.'],
    [
      'type=phoenixd;server=https://node.example/?key=hunter2;password=hunter2',
      'server',
      'Enter the address without a query.',
    ],
    ['type=phoenixd;password=hunter2', 'server', 'Enter "server=…".'],
    ['type=phoenixd;server=https://node.example', 'password', 'Enter "password=…".'],
    ['type=phoenixd;server=https://node.example;password=', 'password', 'Enter "password=…".'],
    [
      'type=phoenixd;server=https://node.example;password=hunter 2',
      'password',
      'This holds a blank or a letter that is not ASCII. Copy it again.',
    ],
    [
      'type=phoenixd;server=https://node.example;password=hunter2;macaroon=hunter2',
      'macaroon',
      'A connection of type phoenixd has the keys server, password, username.',
    ],
    [
      'type=lnd-rest;server=https://lnd.example;macaroon=hunter2!',
      'macaroon',
      'Enter the macaroon in hex, as "xxd -p -c 2000 invoice.macaroon" prints it.',
    ],
    ['type=phoenixd;password=hunter2;password=hunter3', 'password', 'This key is there twice.'],
    [
      'server=https://node.example;password=hunter2',
      'type',
      'Say what the node is: phoenixd, lnd-rest, clnrest, lnbits, lnurl, nwc.',
    ],
    ['type=phoenixd;hunter2', null, 'Each part between semicolons must read key=value.'],
    [
      'type=acme;server=https://node.example',
      'type',
      'SatLane does not know this type. It knows phoenixd, lnd-rest, clnrest, lnbits, lnurl, nwc.',
    ],
    [
      'type=lnd-grpc;server=https://lnd.example:10009;macaroon=00',
      'type',
      'SatLane does not support lnd-grpc. SatLane speaks to LND over REST. Enter "type=lnd-rest;server=https://…;macaroon=…".',
    ],
    [
      'lndhub://login:hunter2@https://hub.example',
      'type',
      'SatLane does not support lndhub. If the server is LNbits, enter "type=lnbits;server=https://…;api-key=…" with the invoice key of the wallet.',
    ],
    [
      'type=blink;api-key=blink_hunter2;wallet-id=x;ln-address=shop',
      'type',
      'SatLane does not support blink. Enter the Lightning address of the Blink account, such as name@blink.sv.',
    ],
    ...['eclair', 'breez', 'strike', 'opennode'].map((type): [string, string, string] => [
      `type=${type};server=https://x.example;password=hunter2;key=hunter2`,
      'type',
      `SatLane does not support ${type}. Connect it to LNbits and enter "type=lnbits;server=https://…;api-key=…", or enter its Lightning address if it has one.`,
    ]),
    ['type=lnurl;value=shop', 'value', 'Enter a Lightning address, such as shop@wallet.example.'],
    ['shop@umbrel.local', 'value', `The address must name a public host. ${REACHABLE}`],
    [
      lnurlOf('https://wallet.example/lnurlp/7'),
      'value',
      'This LNURL belongs to no Lightning address. Enter the Lightning address, such as shop@wallet.example.',
    ],
    [
      `nostr+walletconnect://${WALLET}?relay=wss://relay.example`,
      'secret',
      'The link has no secret of 64 hex digits. Copy it whole.',
    ],
    [`nostr+walletconnect://${WALLET}?secret=${SECRET}`, 'relay', 'The link names no relay. Copy it whole.'],
    [
      `nostr+walletconnect://${WALLET}?secret=${SECRET}&relay=ws://relay.example`,
      'relay',
      'A relay must start with wss://.',
    ],
    [
      `nostr+walletconnect://${WALLET}?secret=${SECRET}&relay=wss://relay.local`,
      'relay',
      `The address must name a public host. ${REACHABLE}`,
    ],
    ['nostr+walletconnect://hunter2', 'key', 'Paste the whole link, from "nostr+walletconnect://" to its end.'],
    [
      `lndconnect://lnd.example:8080?cert=MIIC&macaroon=${MACAROON_BASE64}`,
      'cert',
      `SatLane cannot trust a certificate of your own. ${REACHABLE} Then leave out "cert".`,
    ],
    [
      `lndconnect://lnd.example:10009?macaroon=${MACAROON_BASE64}`,
      'lndconnect',
      'Port 10009 is gRPC. Use the port of REST, mostly 8080.',
    ],
    [
      'https://node.example',
      null,
      'This is neither a Lightning address (name@host) nor a connection string such as "type=phoenixd;server=https://…;password=…".',
    ],
    [''.padEnd(9000, 'x'), null, 'This is longer than 8192 characters.'],
  ])('%s', (text, key, problem) => {
    const error = refusalOf(text);
    expect({ key: error.key, problem: error.message }).toEqual({ key, problem });
    expect(error.message).not.toMatch(/hunter|MIIC|0201036c|71a8c14c/);
  });
});

function refusalOf(text: string): ConnectionTextError {
  try {
    readConnectionText(text, PUBLIC);
  } catch (error) {
    if (error instanceof ConnectionTextError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
