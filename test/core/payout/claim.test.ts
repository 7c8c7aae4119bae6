// Which claims a pull payment takes, and which destinations can be paid.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bolt11Draft, writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { lnurlOf } from '../../../src/core/lightning/lnurl.ts';
import { type DestinationTerms, linkProblem, readDestination } from '../../../src/core/payout/claim.ts';
import { ADDRESS, NOW_MS, PAYMENT_HASH, pullPayment } from './support.ts';

const KEY = new Uint8Array(32).fill(7);
const HOUR_SECONDS = 3600;
const TERMS: DestinationTerms = {
  network: 'regtest',
  methods: ['onchain', 'lightning'],
  amountSats: 50_000n,
  minBolt11Seconds: 600,
  takesAmountless: false,
  ownNodeIds: [],
};

function bolt11(over: Partial<Bolt11Draft> = {}): string {
  const draft: Bolt11Draft = {
    network: 'regtest',
    amountMsat: 50_000_000n,
    createdAtMs: NOW_MS,
    expirySeconds: HOUR_SECONDS,
    paymentHash: PAYMENT_HASH,
    paymentSecret: '44'.repeat(32),
    description: 'my refund',
    ...over,
  };
  return writeBolt11(draft, KEY);
}

const read = (text: string, over: Partial<DestinationTerms> = {}) =>
  readDestination(text, { ...TERMS, ...over }, NOW_MS);

describe('a pull payment takes claims', () => {
  test('from its start to its end, until it is archived', () => {
    const limited = pullPayment({ startsAtMs: NOW_MS, expiresAtMs: NOW_MS + 1 });
    expect(linkProblem(pullPayment(), NOW_MS)).toBeNull();
    expect(linkProblem(limited, NOW_MS - 1)).toBe('not_started');
    expect(linkProblem(limited, NOW_MS)).toBeNull();
    expect(linkProblem(limited, NOW_MS + 1)).toBe('expired');
    expect(linkProblem({ ...limited, archivedAtMs: NOW_MS }, NOW_MS)).toBe('archived');
  });
});

describe('a destination is', () => {
  const toBolt11 = {
    destination: {
      method: 'lightning',
      destination: bolt11(),
      bolt11: { bolt11: bolt11(), paymentHash: PAYMENT_HASH, expiresAtMs: NOW_MS + HOUR_SECONDS * 1000 },
    },
    amountSats: 50_000n,
    script: null,
  };
  const toAddress = { destination: { method: 'onchain', destination: ADDRESS, bolt11: null }, amountSats: null };

  test('a BOLT11, in either case and as a link', () => {
    for (const text of [bolt11(), ` ${bolt11()}\n`, bolt11().toUpperCase(), `lightning:${bolt11()}`])
      expect(read(text)).toEqual(toBolt11);
  });

  test('an address of the network, in one spelling, with its script', () => {
    const script = expect.stringMatching(/^0014/);
    for (const text of [
      ADDRESS,
      ADDRESS.toUpperCase(),
      `bitcoin:${ADDRESS}?amount=9`,
      `BITCOIN:${ADDRESS.toUpperCase()}`,
    ])
      expect(read(text)).toEqual({ ...toAddress, script });
  });

  test('of a link with both the BOLT11, where Lightning is offered', () => {
    const both = `bitcoin:${ADDRESS}?amount=0.0005&lightning=${bolt11()}`;
    expect(read(both)).toEqual(toBolt11);
    expect(read(both, { methods: ['onchain'] })).toMatchObject(toAddress);
    expect(read(`bitcoin:?lightning=${bolt11()}`, { methods: ['onchain'] })).toEqual({
      refused: 'payment_method_not_supported',
    });
  });

  test('a Lightning address or an LNURL, which are resolved when they are paid', () => {
    const unresolved = (destination: string) => ({
      destination: { method: 'lightning', destination, bolt11: null },
      amountSats: null,
      script: null,
    });
    const address = 'buyer@wallet.example';
    expect(read(' Buyer@Wallet.example ')).toEqual(unresolved(address));
    const url = 'https://wallet.example/.well-known/lnurlp/buyer';
    for (const text of [lnurlOf(url).toUpperCase(), `lightning:${lnurlOf(url)}`, url.replace('https', 'lnurlp')])
      expect(read(text)).toEqual(unresolved(address));
    const other = 'https://wallet.example/pay/7';
    expect(read(lnurlOf(other))).toEqual(unresolved(lnurlOf(other)));
  });
});

describe('refused is', () => {
  const refused = (text: string, over: Partial<DestinationTerms> = {}) => {
    const result = read(text, over);
    return 'refused' in result ? result.refused : null;
  };

  test('what is no destination', () => {
    for (const text of [
      '',
      'hello',
      ADDRESS.slice(0, -1),
      bolt11().slice(0, -1),
      'bitcoin:',
      'lnurlw://wallet.example/w',
      'xpub6',
    ])
      expect(refused(text)).toBe('unreadable');
  });

  test('another network', () => {
    expect(refused('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4')).toBe('wrong_network');
    expect(refused(bolt11({ network: 'mainnet' }))).toBe('wrong_network');
  });

  test('a way that the pull payment does not offer', () => {
    expect(refused(ADDRESS, { methods: ['lightning'] })).toBe('payment_method_not_supported');
    expect(refused('buyer@wallet.example', { methods: ['onchain'] })).toBe('payment_method_not_supported');
  });

  test('a BOLT11 over another amount, over parts of a sat, or over none where it must name one', () => {
    expect(refused(bolt11({ amountMsat: 50_001_000n }))).toBe('amount_differs');
    expect(refused(bolt11({ amountMsat: 50_000_001n }), { amountSats: null })).toBe('amount_differs');
    expect(refused(bolt11({ amountMsat: null }))).toBe('amount_missing');
    expect(refused(bolt11({ amountMsat: null }), { takesAmountless: true })).toBeNull();
    expect(refused(bolt11({ amountMsat: null }), { takesAmountless: true, amountSats: null })).toBe('amount_missing');
  });

  test('a BOLT11 that ends too soon, is from the future, or is of a node of the store', () => {
    expect(refused(bolt11({ expirySeconds: 600 }))).toBeNull();
    expect(refused(bolt11({ expirySeconds: 599 }))).toBe('expires_too_soon');
    expect(refused(bolt11({ createdAtMs: NOW_MS + 3 * HOUR_SECONDS * 1000 }))).toBe('from_the_future');
    const payee = bytesToHex(secp256k1.getPublicKey(KEY));
    expect(refused(bolt11(), { ownNodeIds: [payee] })).toBe('own_node');
  });

  test('an amount that the network does not relay to that kind of address', () => {
    expect(refused(ADDRESS, { amountSats: 294n })).toBeNull();
    expect(refused(ADDRESS, { amountSats: 293n })).toBe('amount_too_low');
    const p2wsh = 'bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3';
    expect(refused(p2wsh, { network: 'mainnet', amountSats: 329n })).toBe('amount_too_low');
    expect(refused('buyer@wallet.example', { amountSats: 1n })).toBeNull();
    expect(refused('buyer@wallet.example', { amountSats: 0n })).toBe('amount_too_low');
  });

  test('any other text, and never by an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }).map((text) => `bitcoin:${text}`),
        ),
        (text) => {
          expect(read(text)).toBeDefined();
        },
      ),
    );
  });
});
