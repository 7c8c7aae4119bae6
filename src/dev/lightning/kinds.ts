// The kinds of servers in front of the merchant's node: their credentials, and their connection strings as a merchant
// pastes them. Called by server.ts.
import { base64url, hex } from '@scure/base';
import { lightningAddressShape } from './address.ts';
import { clnrestShape } from './clnrest.ts';
import { lnbitsShape } from './lnbits.ts';
import { lndShape } from './lnd.ts';
import { phoenixdShape } from './phoenixd.ts';
import type { Shape } from './serve.ts';

interface Kind {
  shape: Shape;
  /** May receive, and may not pay. */
  connection: (url: string) => string;
  /** May pay as well; null where this kind receives only. */
  payConnection: ((url: string) => string) | null;
  /** What hooks are signed with; null where they are not signed. */
  webhookSecret: string | null;
}

/** By name; `secret` makes 64 hex digits of what it is for. */
export const KINDS: Record<string, (secret: (what: string) => string) => Kind> = {
  phoenixd(secret) {
    const password = secret('password');
    const limitedPassword = secret('limited password');
    const webhookSecret = secret('webhook');
    return {
      shape: phoenixdShape({ password, limitedPassword, webhookSecret }),
      connection: (url) => `type=phoenixd;server=${url}/;password=${limitedPassword}`,
      payConnection: (url) => `type=phoenixd;server=${url}/;password=${password}`,
      webhookSecret,
    };
  },
  lnd(secret) {
    // The first bytes of every macaroon of an LND.
    const invoiceMacaroon = `0201036c6e6402${secret('invoice')}`;
    const payMacaroon = `0201036c6e6402${secret('pay')}`;
    return {
      shape: lndShape({ invoiceMacaroon, payMacaroon }),
      connection: (url) => `type=lnd-rest;server=${url}/;macaroon=${invoiceMacaroon}`,
      payConnection: (url) => `type=lnd-rest;server=${url}/;macaroon=${payMacaroon}`,
      webhookSecret: null,
    };
  },
  clnrest(secret) {
    const [receiveRune, payRune] = [runeOf(secret('receive')), runeOf(secret('pay'))];
    return {
      shape: clnrestShape({ receiveRune, payRune }),
      connection: (url) => `type=clnrest;server=${url}/;rune=${receiveRune}`,
      payConnection: (url) => `type=clnrest;server=${url}/;rune=${payRune}`,
      webhookSecret: null,
    };
  },
  lnbits(secret) {
    const [invoiceKey, adminKey] = [secret('invoice key').slice(32), secret('admin key').slice(32)];
    return {
      shape: lnbitsShape({ invoiceKey, adminKey }),
      connection: (url) => `type=lnbits;server=${url}/;api-key=${invoiceKey}`,
      payConnection: (url) => `type=lnbits;server=${url}/;api-key=${adminKey}`,
      webhookSecret: null,
    };
  },
  address: () => ({
    shape: lightningAddressShape(),
    connection: (url) => `merchant@${new URL(url).host}`,
    payConnection: null,
    webhookSecret: null,
  }),
};

/** Base64 for URLs, as every rune is. */
function runeOf(secret: string): string {
  return base64url.encode(hex.decode(secret));
}
