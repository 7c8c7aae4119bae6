// A buyer is asked for what can be sent: a rest below the dust limit of the address cannot.

import { describe, expect, test } from 'vitest';
import { askedSats } from '../../../src/core/invoice/due.ts';
import { SINGLE_KEY_TYPES, type SingleKeyType, scriptOfPublicKey } from '../../../src/core/wallet/address.ts';
import { dustLimitSats } from '../../../src/core/wallet/dust.ts';
import { NETWORKS } from '../../../src/core/wallet/network.ts';
import { prompt } from './support.ts';

const PUBLIC_KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

describe('The amount asked for', () => {
  const kinds = SINGLE_KEY_TYPES.flatMap((type) => NETWORKS.map((network) => [type, network] as const));

  test.each(kinds)('for an address of type %s on %s', (type: SingleKeyType, network) => {
    const script = scriptOfPublicKey(PUBLIC_KEY, type, network);
    const dust = dustLimitSats(type);
    const prompts = [prompt({ script })];
    expect(askedSats(1n, prompts)).toBe(dust);
    expect(askedSats(dust - 1n, prompts)).toBe(dust);
    expect(askedSats(dust, prompts)).toBe(dust);
    expect(askedSats(dust + 1n, prompts)).toBe(dust + 1n);
  });

  test('is nothing where nothing is missing, and stays negative where too much came', () => {
    const prompts = [prompt({ script: scriptOfPublicKey(PUBLIC_KEY, 'p2wpkh', 'mainnet') })];
    expect([askedSats(0n, prompts), askedSats(-5n, prompts)]).toEqual([0n, -5n]);
  });

  test('is the smallest that any of several prompts takes, in whichever order they are', () => {
    const prompts = [prompt({ script: scriptOfPublicKey(PUBLIC_KEY, 'p2pkh', 'mainnet') }), { minSats: 10n }];
    expect([askedSats(7n, prompts), askedSats(7n, prompts.toReversed())]).toEqual([10n, 10n]);
    expect(askedSats(11n, prompts)).toBe(11n);
  });

  test('is what is missing where no prompt has a least', () => {
    expect(askedSats(1n, [])).toBe(1n);
  });
});
