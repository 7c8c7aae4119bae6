// A node that answers about another BOLT11 than it was asked for, or with what no answer may hold, is not believed: of any kind, asked for
// one or for many.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { openAnswering, type Paid, SHAPES } from './answers.ts';
import { PREIMAGE } from './server.ts';

const HASH = createHash('sha256').update(Buffer.from(PREIMAGE, 'hex')).digest('hex');
const OTHER_HASH = 'c'.repeat(64);
const PAID_AT_MS = 1_800_000_060_000;

const bolt11Of = (paymentHash: string, amountMsat = 1_234_000n, description = 'Order 7') =>
  writeBolt11(
    {
      ...{ network: 'regtest', amountMsat, createdAtMs: 1_800_000_000_000, expirySeconds: 900, paymentHash },
      ...{ paymentSecret: PREIMAGE, description },
    },
    new Uint8Array(32).fill(7),
  );

const OWN: Paid = { hash: HASH, bolt11: bolt11Of(HASH), preimage: PREIMAGE };
type Shape = (typeof SHAPES)[number];

/** What the two ways to ask say of our own BOLT11. */
async function ask(shape: Shape, text: string) {
  const { node, verifyUrl } = await openAnswering(shape, text);
  const minted = { bolt11: OWN.bolt11, paymentHash: HASH, verifyUrl };
  const [one, many] = await Promise.allSettled([node.lookup(minted), node.lookupMany([minted], 0)]);
  return { one, many };
}

const textOf = (shape: Shape, paid: Paid) => JSON.stringify(shape.paid(paid));

/** The text of an answer in which a field is what a text says, digit by digit. */
function textWith(shape: Shape, field: string, raw: string): string {
  return JSON.stringify({ ...shape.paid(OWN), [field]: '@' }).replace('"@"', raw);
}

describe.each(SHAPES.map((shape) => [shape.kind, shape] as const))('%s', (kind, shape) => {
  test.each([
    ['as it was minted', OWN],
    ['in capitals', { ...OWN, bolt11: OWN.bolt11.toUpperCase() }],
    ['without its preimage', { ...OWN, preimage: null }],
    ['without its BOLT11', { ...OWN, bolt11: '' }],
    ['written anew, over the same hash and amount', { ...OWN, bolt11: bolt11Of(HASH, 1_234_000n, 'Anew') }],
  ])('its own is believed %s', async (_, paid) => {
    const { one, many } = await ask(shape, textOf(shape, paid));
    const { preimage } = paid;
    const settledAtMs = shape.fields.time ? PAID_AT_MS : null;
    const incoming = { state: 'settled', receivedMsat: 1_234_000n, preimage, settledAtMs };
    expect(one).toMatchObject({ value: incoming });
    expect(many).toMatchObject({ value: new Map([[HASH, expect.objectContaining(incoming)]]) });
  });

  test.each([
    ['another', { hash: OTHER_HASH, bolt11: bolt11Of(OTHER_HASH), preimage: null }],
    ['another, with our preimage', { hash: OTHER_HASH, bolt11: bolt11Of(OTHER_HASH), preimage: PREIMAGE }],
    ['another under our hash', { hash: HASH, bolt11: bolt11Of(OTHER_HASH), preimage: null }],
    ['one of our hash over less', { hash: HASH, bolt11: bolt11Of(HASH, 1_000n), preimage: null }],
    ['one that cannot be read', { hash: HASH, bolt11: 'lnbcrt1other', preimage: null }],
  ])('an answer about %s is a bad answer, and in a list it is absent', async (_, paid) => {
    const { one, many } = await ask(shape, textOf(shape, paid));
    expect(one).toMatchObject({ reason: { fault: 'bad_answer' } });
    expect(many).toMatchObject({ value: new Map() });
  });

  const { state, amount, hash, preimage, time } = shape.fields;
  const NO_STATE = ['"paid "', '"\xff"', '1', 'null', '["SETTLED"]', '{}', '"true"', '-1', '1e400'];
  const NO_HASH = ['1', 'null', '""', `"${HASH.slice(1)}"`, `"${HASH}00"`, '"\xff\xfe"', '{}', `["${HASH}"]`];
  const NO_AMOUNT = ['-1', '"-1"', '1.5', '1e-3', '1e400', '"0x10"', '"Infinity"', '"12 "', '""', 'true', '[1]', '{}'];
  const NO_TIME = ['-1', '1.5', '1e400', '"soon"', '{}', '"\xff"'];
  test.each([
    ...NO_STATE.map((raw) => [state, raw]),
    ...(hash ? NO_HASH.map((raw) => [hash, raw]) : []),
    // LNbits shows what was paid out below zero.
    ...(amount ? NO_AMOUNT.slice(kind === 'lnbits' ? 2 : 0).map((raw) => [amount, raw]) : []),
    ...(time ? NO_TIME.map((raw) => [time, raw]) : []),
  ] as [string, string][])('with %s: %s is a bad answer', async (field, raw) => {
    // Wallets may say neither.
    const isLeftOut = kind === 'nwc' && field === state && raw === 'null';
    const { one, many } = await ask(shape, textWith(shape, field, raw));
    if (isLeftOut) expect(one).toMatchObject({ value: { state: 'settled' } });
    else if (kind === 'nwc' && field === state && /^"/.test(raw))
      expect(one).toMatchObject({ value: { state: 'open', receivedMsat: 0n, preimage: null } });
    else {
      expect(one).toMatchObject({ reason: { fault: 'bad_answer' } });
      expect(one).toMatchObject({ reason: expect.any(NodeError) });
      expect(many).toMatchObject({ reason: { fault: 'bad_answer' } });
    }
  });

  test.each([
    ['9007199254740993', 9007199254740993n],
    ['2100000000000000001', 2100000000000000001n],
    ['"9007199254740993"', 9007199254740993n],
    ['1.234e+3', 1234n],
    ['1e30', 10n ** 30n],
  ])('an amount of %s is read to its last digit', async (raw, expected) => {
    if (!amount) return;
    const { one } = await ask(shape, textWith(shape, amount, raw));
    const perUnit = kind === 'phoenixd' ? 1000n : 1n;
    expect(one).toMatchObject({ value: { receivedMsat: expected * perUnit } });
  });

  test.each(['1', 'true', '"00"', `"${'g'.repeat(64)}"`, '"\xff"', '{}'])('a preimage of %s is none', async (raw) => {
    const { one } = await ask(shape, textWith(shape, preimage, raw));
    if (one.status === 'fulfilled') expect(one.value.preimage).toBeNull();
    else expect(one.reason).toBeInstanceOf(NodeError);
  });

  test.each([
    ['deep, and well formed', `${'['.repeat(20_000)}1${']'.repeat(20_000)}`],
    ['deep in an object', `${'{"error":'.repeat(5_000)}1.0${'}'.repeat(5_000)}`],
    ['of 64 KB and more', `{"x":"${'x'.repeat(2 * 1024 * 1024)}"}`],
    ['that is no UTF-8', '\xff\xfe\x00'],
  ])('an answer %s is a NodeError', async (_, text) => {
    const { one, many } = await ask(shape, kind === 'nwc' ? text.slice(0, 40_000) : text);
    for (const end of [one, many]) expect(end).toMatchObject({ reason: expect.any(NodeError) });
  });
});
