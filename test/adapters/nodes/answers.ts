// A server of each kind that answers every look-up with one text: what a test puts into it. Called by answers.test.ts.

import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Node } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import { conversationKey, nip44 } from '../../../src/adapters/nodes/nostr/ciphers.ts';
import { publicKeyOf, signEvent } from '../../../src/adapters/nodes/nostr/event.ts';
import { toBase64 } from '../../../src/adapters/nodes/values.ts';
import type { ConnectionKind } from '../../../src/core/lightning/connection.ts';
import { startRelay } from './relay.ts';
import { outside, serve } from './server.ts';

/** A BOLT11 that the node says is paid. */
export interface Paid {
  hash: string;
  bolt11: string;
  /** Hex; null where the node shows none. */
  preimage: string | null;
}

interface Shape {
  kind: ConnectionKind;
  /** One paid BOLT11 of 1234 sats as its server shows it. */
  paid: (paid: Paid) => object;
  /** How its server wraps one, and how a list of one; as JSON around the text of it. */
  one: (text: string) => string;
  list: (text: string) => string;
  /** The names of its fields, by what they are. */
  fields: { state: string; amount?: string; hash?: string; preimage: string; time?: string };
  status?: number;
}

const AT = 1_800_000_060;

export const SHAPES: Shape[] = [
  {
    kind: 'lightning_address',
    paid: ({ bolt11, preimage }) => ({ status: 'OK', settled: true, preimage, pr: bolt11 }),
    one: (text) => text,
    list: (text) => text,
    fields: { state: 'settled', preimage: 'preimage' },
  },
  {
    kind: 'phoenixd',
    paid: ({ hash, bolt11, preimage }) => ({
      ...{ paymentHash: hash, invoice: bolt11, isPaid: true, receivedSat: 1234, fees: 0, completedAt: AT * 1000 },
      ...(preimage === null ? {} : { preimage }),
    }),
    one: (text) => text,
    list: (text) => `[${text}]`,
    fields: {
      ...{ state: 'isPaid', amount: 'receivedSat', hash: 'paymentHash', preimage: 'preimage', time: 'completedAt' },
    },
  },
  {
    kind: 'lnd',
    paid: ({ hash, bolt11, preimage }) => ({
      ...{ r_hash: toBase64(hash), r_preimage: toBase64(preimage ?? ''), payment_request: bolt11, state: 'SETTLED' },
      ...{ amt_paid_msat: '1234000', settle_date: String(AT), creation_date: '1800000000', expiry: '900' },
    }),
    one: (text) => text,
    list: (text) => `{"invoices":[${text}],"first_index_offset":"1"}`,
    fields: {
      ...{ state: 'state', amount: 'amt_paid_msat', hash: 'r_hash', preimage: 'r_preimage', time: 'settle_date' },
    },
  },
  {
    kind: 'clnrest',
    paid: ({ hash, bolt11, preimage }) => ({
      ...{ payment_hash: hash, bolt11, status: 'paid', amount_received_msat: 1_234_000, paid_at: AT },
      ...(preimage === null ? {} : { payment_preimage: preimage }),
    }),
    one: (text) => `{"invoices":[${text}]}`,
    list: (text) => `{"invoices":[${text}]}`,
    fields: {
      ...{ state: 'status', amount: 'amount_received_msat', hash: 'payment_hash', preimage: 'payment_preimage' },
      time: 'paid_at',
    },
    status: 201,
  },
  {
    kind: 'lnbits',
    paid: ({ hash, bolt11, preimage }) => ({
      ...{ payment_hash: hash, bolt11, status: 'success', amount: 1_234_000, preimage },
    }),
    one: (text) => `{"paid":true,"details":${text}}`,
    list: (text) => `[${text}]`,
    fields: { state: 'status', amount: 'amount', hash: 'payment_hash', preimage: 'preimage' },
  },
  {
    kind: 'nwc',
    paid: ({ hash, bolt11, preimage }) => ({
      ...{ payment_hash: hash, invoice: bolt11, state: 'settled', amount: 1_234_000, preimage, settled_at: AT },
    }),
    one: (text) => `{"result_type":"lookup_invoice","result":${text}}`,
    list: (text) => `{"result_type":"list_transactions","result":{"transactions":[${text}]}}`,
    fields: { state: 'state', amount: 'amount', hash: 'payment_hash', preimage: 'preimage', time: 'settled_at' },
  },
];

/** @param text latin1: a byte of it may be no UTF-8 */
export async function openAnswering(shape: Shape, text: string): Promise<{ node: Node; verifyUrl: string | null }> {
  if (shape.kind === 'nwc') return { node: await openWallet(shape, text), verifyUrl: null };
  const { url } = await serve(({ path }) => {
    const isList = /incoming\?|invoices\?|payments\?/.test(path);
    const body = new Uint8Array(Buffer.from(isList ? shape.list(text) : shape.one(text), 'latin1'));
    return { status: shape.status ?? 200, body };
  });
  const server = url;
  const credential = {
    lightning_address: { kind: 'lightning_address', address: `shop@${new URL(url).host}` } as const,
    phoenixd: { kind: 'phoenixd', server, password: 'word' } as const,
    lnd: { kind: 'lnd', server, macaroon: 'abcd' } as const,
    clnrest: { kind: 'clnrest', server, rune: 'rune' } as const,
    lnbits: { kind: 'lnbits', server, apiKey: 'word' } as const,
  }[shape.kind];
  return { node: await openNode(credential, outside()), verifyUrl: `${url}/verify` };
}

/** A wallet that signs and encrypts as NIP-47 says, and answers with the text. */
async function openWallet(shape: Shape, text: string): Promise<Node> {
  const relay = await startRelay();
  const [wallet, key] = [randomBytes(32), randomBytes(32)];
  const [service, client] = [publicKeyOf(wallet), publicKeyOf(key)];
  const cipher = nip44(conversationKey(wallet, client), randomBytes);
  const publish = (kind: number, tags: string[][], content: string) =>
    relay.publish(signEvent({ created_at: Math.floor(Date.now() / 1000), kind, tags, content }, wallet));
  publish(13194, [['encryption', 'nip44_v2']], 'lookup_invoice list_transactions');
  relay.change = (event) => {
    const { content, id, kind } = event as typeof event & { content: string };
    const answer = async () => {
      const { method } = JSON.parse(await cipher.decrypt(content));
      const body = method === 'list_transactions' ? shape.list(text) : shape.one(text);
      publish(
        23195,
        [
          ['p', client],
          ['e', id],
        ],
        await cipher.encrypt(body),
      );
    };
    if (kind === 23194) void answer();
    return event;
  };
  const query = new URLSearchParams({ relay: relay.url, secret: key.toString('hex') });
  const node = await openNode({ kind: 'nwc', uri: `nostr+walletconnect://${service}?${query}` }, outside());
  onTestFinished(() => {
    node.close();
    relay.close();
  });
  return node;
}
