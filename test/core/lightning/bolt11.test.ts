// A BOLT11 invoice says to whom, how much, for what and until when. SatLane reads all of it or refuses it: every example of the
// specification, good and bad.
import { describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import vectors from '../../vectors/bolt11.json';
import { problemOf } from './support.ts';

describe('readBolt11 reads what the specification calls valid', () => {
  it.each(vectors.valid)('$name', ({ text, expected: { amountMsat, createdAtSeconds, expirySeconds, ...fields } }) => {
    expect(readBolt11(text)).toEqual({
      ...fields,
      amountMsat: amountMsat === null ? null : BigInt(amountMsat),
      createdAtMs: createdAtSeconds * 1000,
      expirySeconds,
      expiresAtMs: (createdAtSeconds + expirySeconds) * 1000,
    });
  });

  // The example is older than the sentence "MUST fail the payment if any field with fixed data_length (p, h, s, n) does not
  // have the correct length", which is what a reader follows today.
  it('but for the one with fields p, h, s and n of wrong lengths, which the text above it refuses', () => {
    expect(problemOf(vectors.wrongLengths)).toMatch(/^Its field \w is there twice\.$|wrong length/);
  });
});

describe('readBolt11 refuses what the specification calls invalid', () => {
  it.each(vectors.invalid)('$name', ({ text, problem }) => {
    expect(problemOf(text)).toBe(problem);
  });
});
