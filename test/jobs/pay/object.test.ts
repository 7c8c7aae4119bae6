// The store's object itself, on the machine's clock: waking it rings its alarm, which does what is due.

import { expect, it, vi } from 'vitest';
import { openPayouts } from '../../../src/jobs/pay/client.ts';
import { readPayout } from '../../../src/services/payouts/payouts.ts';
import { bindings } from '../../support/merchant.ts';
import { openPayer } from '../../support/payouts.ts';

it('the object is woken, and ends a payout whose BOLT11 has run out', async () => {
  const startMs = Date.now() - 2 * 3_600_000;
  const { offer, claim, approve, bolt11, deps } = await openPayer({ mode: 'live', startMs });
  const { id } = await offer({ amount: '0.00005' });
  const { payout } = await approve(await claim(id, bolt11(5_000n)));
  expect(payout.state).toBe('queued');
  await openPayouts(bindings.PAYOUTS).wake(payout.storeId);
  await vi.waitFor(
    async () => expect(await readPayout(deps, payout)).toMatchObject({ state: 'cancelled', reason: 'bolt11_expired' }),
    { timeout: 20_000 },
  );
});
