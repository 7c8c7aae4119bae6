// What the person who is paid may enter, and what of it can be paid.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { lnurlOf } from '../../../src/core/lightning/lnurl.ts';
import {
  type DestinationFault,
  destinationProblem,
  type ReadDestination,
  readDestination,
} from '../../../src/core/payout/destination.ts';
import { ADDRESS, NOW_MS, PAYMENT_HASH } from './support.ts';

const KEY = new Uint8Array(32).fill(7);
const LNURL = lnurlOf('https://wallet.example/pay?id=1');

const bolt11 = (over: Partial<Parameters<typeof writeBolt11>[0]> = {}) =>
  writeBolt11(
    {
      ...{ network: 'regtest', amountMsat: 50_000_000n, createdAtMs: NOW_MS, expirySeconds: 3600 },
      ...{ paymentHash: PAYMENT_HASH, paymentSecret: '33'.repeat(32), description: 'Refund' },
      ...over,
    },
    KEY,
  );

function read(text: string): ReadDestination {
  const destination = readDestination(text, 'regtest', null);
  if ('fault' in destination) throw new Error(destination.problem);
  return destination;
}

const terms = { methods: ['onchain', 'lightning'] as const, amountSats: 50_000n, minBolt11Seconds: 600 };
const faultOf = (text: string, over: object = {}) =>
  destinationProblem(read(text), { ...terms, isOwn: false, nowMs: NOW_MS, ...over })?.fault ?? null;

describe('one destination has one spelling', () => {
  test.each([
    [ADDRESS, 'onchain', ADDRESS],
    [ADDRESS.toUpperCase(), 'onchain', ADDRESS],
    [` bitcoin:${ADDRESS}?label=me `, 'onchain', ADDRESS],
    [`BITCOIN:${ADDRESS.toUpperCase()}`, 'onchain', ADDRESS],
    [bolt11().toUpperCase(), 'lightning', bolt11()],
    [`lightning:${bolt11()}`, 'lightning', bolt11()],
    ['Buyer@Wallet.Example', 'lightning', 'buyer@wallet.example'],
    ['₿buyer@wallet.example', 'lightning', 'buyer@wallet.example'],
    [LNURL.toUpperCase(), 'lightning', LNURL],
    [`lightning:${LNURL}`, 'lightning', LNURL],
    ['lnurlp://wallet.example/pay?id=1', 'lightning', LNURL],
    [lnurlOf('https://wallet.example/.well-known/lnurlp/buyer'), 'lightning', 'buyer@wallet.example'],
    [`bitcoin:${ADDRESS}?lightning=${bolt11()}`, 'onchain', ADDRESS],
    [`bitcoin:?lightning=${bolt11()}`, 'lightning', bolt11()],
  ])('%s', (text, method, destination) => {
    expect(read(text)).toMatchObject({ method, destination });
  });
});

describe('what cannot be read is refused', () => {
  test.each<[string, DestinationFault]>([
    ['', 'malformed'],
    ['buyer', 'malformed'],
    [`${ADDRESS.slice(0, -1)}q`, 'malformed'],
    [`bitcoin:${ADDRESS}?amount=-1`, 'malformed'],
    [bolt11().slice(0, -1), 'malformed'],
    [bolt11({ network: 'mainnet' }), 'wrong_network'],
    ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'wrong_network'],
    ['lightning:nothing', 'malformed'],
    ['lnurlw://wallet.example/w', 'malformed'],
    ['bitcoin:', 'malformed'],
    ['https://wallet.example/', 'malformed'],
  ])('%s', (text, fault) => {
    expect(readDestination(text, 'regtest', null)).toMatchObject({ fault });
  });
});

test('of a link with both ways the one that is asked for is read', () => {
  const both = `bitcoin:${ADDRESS}?lightning=${bolt11()}`;
  expect(readDestination(both, 'regtest', 'lightning')).toMatchObject({ destination: bolt11() });
  expect(readDestination(both, 'regtest', 'onchain')).toMatchObject({ destination: ADDRESS });
});

test('any text is read or refused, and never by an exception', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }).map((text) => `bitcoin:${text}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(readDestination(text, 'regtest', null)).toBeDefined();
    }),
  );
});

describe('what is read can be paid', () => {
  test('with the amount, the time and the way that are offered', () => {
    for (const text of [ADDRESS, bolt11(), LNURL, 'buyer@wallet.example', `bitcoin:${ADDRESS}?amount=0.0005`])
      expect(faultOf(text)).toBeNull();
  });

  test.each<[what: string, text: string, over: object, fault: DestinationFault]>([
    ['a way that is not offered', ADDRESS, { methods: ['lightning'] }, 'method_not_supported'],
    ['the store’s own', ADDRESS, { isOwn: true }, 'own'],
    ['a BOLT11 without an amount', bolt11({ amountMsat: null }), {}, 'amount_missing'],
    ['a BOLT11 of another amount', bolt11({ amountMsat: 50_000_001n }), {}, 'amount_differs'],
    ['a link of another amount', `bitcoin:${ADDRESS}?amount=0.0006`, {}, 'amount_differs'],
    ['a BOLT11 before the sats are fixed', bolt11(), { amountSats: null }, 'amount_differs'],
    ['less than the network carries', ADDRESS, { amountSats: 293n }, 'amount_too_low'],
    ['nothing', 'buyer@wallet.example', { amountSats: 0n }, 'amount_too_low'],
    ['a BOLT11 that ends before the store wants', bolt11({ expirySeconds: 599 }), {}, 'ends_too_soon'],
    ['a BOLT11 from the future', bolt11({ createdAtMs: NOW_MS + 3 * 3_600_000 }), {}, 'from_the_future'],
    ['a BOLT11 that ends in a moment', bolt11({ expirySeconds: 119 }), { minBolt11Seconds: 0 }, 'ends_too_soon'],
  ])('and not %s', (_, text, over, fault) => {
    expect(faultOf(text, over)).toBe(fault);
  });
});
