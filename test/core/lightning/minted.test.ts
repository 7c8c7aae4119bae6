// A buyer is only shown what was asked for: what a node mints is compared with it first.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { type Bolt11Draft, writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { checkMinted, type MintFault, type MintTerms } from '../../../src/core/lightning/minted.ts';

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const HOUR_MS = 3_600_000;
const KEY = new Uint8Array(32).fill(7);
const hashOf = (text: string) => bytesToHex(sha256(utf8ToBytes(text)));

const TERMS: MintTerms = { network: 'mainnet', amountMsat: 150_000_000n, description: 'Tea', expirySeconds: 900 };
const DRAFT: Bolt11Draft = {
  network: 'mainnet',
  amountMsat: 150_000_000n,
  createdAtMs: NOW_MS,
  expirySeconds: 900,
  paymentHash: hashOf('preimage'),
  paymentSecret: hashOf('secret'),
  description: 'Tea',
};

function check(draft: Partial<Bolt11Draft> = {}, terms: Partial<MintTerms> = {}, paymentHash = DRAFT.paymentHash) {
  return checkMinted({ bolt11: writeBolt11({ ...DRAFT, ...draft }, KEY), paymentHash }, { ...TERMS, ...terms }, NOW_MS);
}

describe('checkMinted takes', () => {
  it('what was asked for, and says what it read', () => {
    expect(check()).toMatchObject({
      bolt11: { paymentHash: DRAFT.paymentHash, expiresAtMs: NOW_MS + 900_000, description: 'Tea' },
    });
    expect(check({}, {}, DRAFT.paymentHash.toUpperCase())).toHaveProperty('bolt11');
  });

  it.each<[string, Partial<Bolt11Draft>, Partial<MintTerms>]>([
    ['one that expires earlier', { expirySeconds: 60 }, {}],
    ['one that was made a minute ago for the same label', { createdAtMs: NOW_MS - 60_000 }, { expirySeconds: 840 }],
    ['the hash of a text that was asked for', { description: { hash: hashOf('Tea') } }, {}],
    ['a hash that was asked for', { description: { hash: hashOf('Tea') } }, { description: { hash: hashOf('Tea') } }],
    ['any description of a Lightning address', { description: 'Pay to shop@pay.example' }, { description: null }],
    ['any expiry of a Lightning address', { expirySeconds: 86_400 }, { expirySeconds: null }],
    ['a clock that is an hour fast', { createdAtMs: NOW_MS + HOUR_MS }, {}],
    ['a clock that is ten minutes slow', { createdAtMs: NOW_MS - 600_000 }, {}],
  ])('%s', (_, draft, terms) => {
    expect(check(draft, terms)).toHaveProperty('bolt11');
  });
});

describe('checkMinted refuses', () => {
  it.each<[MintFault, string, Partial<Bolt11Draft>, Partial<MintTerms>]>([
    ['network', 'The node is on regtest, this store is on mainnet.', { network: 'regtest' }, {}],
    ['network', 'The node is on testnet, this store is on signet.', { network: 'testnet' }, { network: 'signet' }],
    [
      'amount',
      "The node's BOLT11 invoice asks for 150000001 millisatoshis instead of 150000000.",
      { amountMsat: 150_000_001n },
      {},
    ],
    [
      'amount',
      "The node's BOLT11 invoice asks for any number of millisatoshis instead of 150000000.",
      { amountMsat: null },
      {},
    ],
    [
      'description',
      "The node's BOLT11 invoice has another description than SatLane asked for.",
      { description: 'Coffee' },
      {},
    ],
    [
      'description',
      "The node's BOLT11 invoice has another description than SatLane asked for.",
      { description: 'Tea' },
      { description: { hash: hashOf('Tea') } },
    ],
    [
      'expiry',
      "The node's BOLT11 invoice expires after 902 seconds; SatLane asked for 900.",
      { expirySeconds: 902 },
      {},
    ],
    [
      'clock',
      "The node's clock is more than two hours fast. Set it right.",
      { createdAtMs: NOW_MS + 2 * HOUR_MS + 1000 },
      {},
    ],
    [
      'expired',
      "The node's BOLT11 invoice has expired already. Check the node's clock.",
      { createdAtMs: NOW_MS - 900_000 },
      {},
    ],
  ])('%s: %s', (fault, problem, draft, terms) => {
    expect(check(draft, terms)).toEqual({ fault, problem });
  });

  it('an answer with the hash of another payment, which could never be looked up', () => {
    expect(check({}, {}, hashOf('another'))).toEqual({
      fault: 'payment_hash',
      problem: "The node's BOLT11 invoice has another payment hash than its answer.",
    });
  });

  it('what is no BOLT11 invoice', () => {
    expect(checkMinted({ bolt11: '<html>', paymentHash: DRAFT.paymentHash }, TERMS, NOW_MS)).toEqual({
      fault: 'malformed',
      problem: 'The node\'s BOLT11 invoice cannot be read. It does not start with "ln".',
    });
  });
});
