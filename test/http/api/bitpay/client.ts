// BitPay's client libraries as far as the wire knows them: a key of one's own, its SIN, signed requests, and what they read
// out of an answer.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { createBase58check } from '@scure/base';
import { storeById } from '../../../../src/adapters/db/stores.ts';
import { offerPairing } from '../../../../src/services/accounts/paired-clients.ts';
import { bindings, type Merchant, type MerchantOptions, openMerchant } from '../../../support/merchant.ts';

export const BASE = 'https://pay.test';

export interface Answer {
  status: number;
  // Read as the libraries do: everything that is there.
  // biome-ignore lint/suspicious/noExplicitAny: an answer of another system's shape
  body: any;
}

export type Client = ReturnType<typeof openClient>;

/** A merchant whose clients may be paired as often as a test likes. */
export const openShop = (options: MerchantOptions = {}) =>
  openMerchant({ ...options, overrides: { allowAuth: async () => true, ...options.overrides } });

/** Sends a request to the merchant's app with these headers and nothing else. */
export async function send(
  { app, settled }: Pick<Merchant, 'app' | 'settled'>,
  method: string,
  url: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
  const response = await app.fetch(new Request(url, { method, body, headers }), bindings, context);
  const text = await response.text();
  await settled();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** A client with a new key. */
export function openClient(merchant: Pick<Merchant, 'app' | 'settled'>, base = BASE) {
  const secret = secp256k1.utils.randomSecretKey();
  const publicKey = secp256k1.getPublicKey(secret, true);
  const identity = bytesToHex(publicKey);
  const payload = concatBytes(Uint8Array.of(0x0f, 0x02), ripemd160(sha256(publicKey)));
  const sin = createBase58check(sha256).encode(payload);
  const sign = (text: string, lowS = true) => {
    const signature = secp256k1.sign(utf8ToBytes(text), secret, { format: 'recovered', lowS: true });
    const parsed = secp256k1.Signature.fromBytes(signature, 'recovered');
    const high = new secp256k1.Signature(parsed.r, secp256k1.Point.Fn.ORDER - parsed.s);
    return (lowS ? parsed : high).toHex('der');
  };
  const client = {
    sin,
    identity,
    sign,
    /** Set by pairing. */
    token: '',
    /** Unsigned, as libraries pair. */
    ask: (method: string, path: string, fields?: object) =>
      send(merchant, method, `${base}${path}`, fields && JSON.stringify(fields), {
        'content-type': 'application/json',
      }),
    /** @param path with its query; `signed` in place of the URL that is asked for */
    async signed(method: string, path: string, fields?: object, signed = `${base}${path}`): Promise<Answer> {
      const body = fields === undefined ? undefined : JSON.stringify(fields);
      return send(merchant, method, `${base}${path}`, body, {
        'content-type': 'application/json',
        'x-accept-version': '2.0.0',
        'x-identity': identity,
        'x-signature': sign(signed + (body ?? '')),
      });
    },
    get: (path: string, query: Record<string, string> = {}) =>
      client.signed('GET', `${path}?${new URLSearchParams({ ...query, token: client.token })}`),
    post: (path: string, fields: object = {}) => client.signed('POST', path, { ...fields, token: client.token }),
    delete: (path: string, query: Record<string, string> = {}) =>
      client.signed('DELETE', `${path}?${new URLSearchParams({ ...query, token: client.token })}`),
  };
  return client;
}

/** A client that is paired with the merchant's store by a code. */
export async function openPaired(merchant: Merchant, facade: 'merchant' | 'pos' = 'merchant'): Promise<Client> {
  const client = openClient(merchant);
  const store = await storeById(merchant.deps.db, merchant.store.id);
  if (!store) throw new Error('no store');
  const { pairingCode } = await offerPairing(merchant.deps, store, { label: 'Shop', role: facade });
  const paired = await client.ask('POST', '/tokens', { id: client.sin, pairingCode });
  if (paired.status !== 200) throw new Error(`pairing answered ${paired.status}: ${JSON.stringify(paired.body)}`);
  client.token = paired.body.data[0].token;
  return client;
}

/** The headers of a client that has an API key. */
export const basic = (key: string) => ({ authorization: `Basic ${btoa(key)}`, 'content-type': 'application/json' });

/** An answer with what differs from run to run replaced by names. */
export function named(answer: unknown, names: Record<string, string>): unknown {
  let text = JSON.stringify(answer, null, 2);
  for (const [value, name] of Object.entries(names)) text = text.replaceAll(value, name);
  return JSON.parse(text);
}
