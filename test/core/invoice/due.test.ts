// A buyer is asked for what can be sent: a rest below the dust limit of the address cannot.

import { describe, expect, test } from 'vitest';
import { askedSats } from '../../../src/core/invoice/due.ts';
import type { ScriptType } from '../../../src/core/wallet/address.ts';
import { SCRIPT_TYPES, scriptOfPublicKey } from '../../../src/core/wallet/address.ts';
import { dustLimitSats } from '../../../src/core/wallet/dust.ts';
import { NETWORKS } from '../../../src/core/wallet/network.ts';

const PUBLIC_KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

describe('The amount asked for', () => {
  const kinds = SCRIPT_TYPES.flatMap((type) => NETWORKS.map((network) => [type, network] as const));

  test.each(kinds)('for an address of type %s on %s', (type: ScriptType, network) => {
    const script = scriptOfPublicKey(PUBLIC_KEY, type, network);
    const dust = dustLimitSats(type);
    expect(askedSats(1n, script)).toBe(dust);
    expect(askedSats(dust - 1n, script)).toBe(dust);
    expect(askedSats(dust, script)).toBe(dust);
    expect(askedSats(dust + 1n, script)).toBe(dust + 1n);
  });

  test('is nothing where nothing is missing, and stays negative where too much came', () => {
    const script = scriptOfPublicKey(PUBLIC_KEY, 'p2wpkh', 'mainnet');
    expect([askedSats(0n, script), askedSats(-5n, script)]).toEqual([0n, -5n]);
  });
});
