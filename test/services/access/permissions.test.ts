// A key that a shop plugin was given may do what its list says: nothing that the merchant has not granted.

import { describe, expect, it } from 'vitest';
import { holds, mustHold, PERMISSIONS } from '../../../src/services/access/permissions.ts';

describe('A list of permissions', () => {
  it('that is none allows everything', () => {
    for (const permission of PERMISSIONS) expect(holds(null, permission)).toBe(true);
  });

  it('that is empty, or of unknown names, allows nothing', () => {
    for (const held of [[], ['btcpay.store.canflytothemoon', 'toString', '']]) {
      for (const permission of PERMISSIONS) expect(holds(held, permission)).toBe(false);
    }
  });

  it.each([
    [['unrestricted'], 'btcpay.store.canviewinvoices', true],
    [['btcpay.store.canmodifystoresettings'], 'btcpay.store.cancreateinvoice', true],
    [['btcpay.store.canmodifystoresettings'], 'unrestricted', false],
    [['btcpay.store.canviewstoresettings'], 'btcpay.store.canviewinvoices', true],
    [['btcpay.store.canviewstoresettings'], 'btcpay.store.cancreateinvoice', false],
    [['btcpay.store.canmodifyinvoices:STORE'], 'btcpay.store.cancreateinvoice', true],
    [['btcpay.store.cancreateinvoice'], 'btcpay.store.canviewinvoices', false],
  ] as const)('%j: %s is %s', (held, needed, allowed) => {
    expect(holds(held, needed)).toBe(allowed);
    if (!allowed) expect(() => mustHold(held, needed)).toThrow(needed);
  });
});
