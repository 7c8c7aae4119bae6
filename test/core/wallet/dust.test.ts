// Nothing is paid out that the network would not relay: the floor is Bitcoin Core's, for every kind of destination.

import { expect, it } from 'vitest';
import { SCRIPT_TYPES } from '../../../src/core/wallet/address.ts';
import { dustLimitOfScript, dustLimitSats } from '../../../src/core/wallet/dust.ts';

// Printed by Bitcoin Core's tests and documentation (policy.cpp, GetDustThreshold).
it.each([
  ['p2pkh', `76a914${'00'.repeat(20)}88ac`, 546n],
  ['p2sh', `a914${'00'.repeat(20)}87`, 540n],
  ['p2wpkh', `0014${'00'.repeat(20)}`, 294n],
  ['p2wsh', `0020${'00'.repeat(32)}`, 330n],
  ['p2tr', `5120${'00'.repeat(32)}`, 330n],
  ['pay to anchor', '51024e73', 240n],
  ['no script', '', 0n],
])('%s', (_, script, sats) => {
  expect(dustLimitOfScript(script)).toBe(sats);
});

it('says the same of a type and of its script', () => {
  expect(SCRIPT_TYPES.map(dustLimitSats)).toEqual([546n, 540n, 294n, 330n, 330n, 540n]);
});
