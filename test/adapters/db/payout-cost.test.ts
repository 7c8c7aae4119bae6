// What a payout costs: the rows that D1 bills and the round trips, from the offer to the money, without an endpoint. The numbers
// are printed: a change that moves them should be meant.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { move } from '../../../src/services/payouts/move.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, freshBolt11, openPayer } from '../../support/payouts.ts';

const SATLANE = { kind: 'satlane', id: null } as const;
/** Without deliveries: an endpoint costs a row for each event, and one for each attempt. */
const MAX_ROWS = 21;
const PREIMAGE = '11'.repeat(32);

it(`from its offer to the money a Lightning payout writes at most ${MAX_ROWS} rows, each step in two round trips`, async () => {
  const payer = await openPayer();
  const database = watchD1(bindings.DB);
  const db = openDatabase(database.d1);
  Object.assign(payer.deps, { db, dispatcher: { ...payer.deps.dispatcher, db } });
  const costs: [step: string, written: number, read: number, trips: number][] = [];
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = { ...database.rows, trips: database.trips.length };
    const result = await work();
    const { written, read } = database.rows;
    costs.push([name, written - before.written, read - before.read, database.trips.length - before.trips]);
    return result;
  };
  const { id } = await step('offered', () => payer.offer({ amount: '0.001' }));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(32).fill(0x11)));
  const paymentHash = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const destination = freshBolt11(payer.clock.ms, 100_000n, { paymentHash });
  const payout = await step('claimed', () => payer.claim(id, destination));
  await step('approved', () => payer.approve(payout, ANNA));
  const by = { by: SATLANE };
  await step('sent', () => move(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), by));
  const answer = { state: 'settled', preimage: PREIMAGE, feeMsat: 1_000n } as const;
  const { payout: paid } = await step('settled', () =>
    move(payer.deps, payout, () => ({ kind: 'attempt_ended', number: 1, answer }), by),
  );
  expect(paid).toMatchObject({ state: 'settled', preimage: PREIMAGE });
  await step('looked up again', () =>
    move(payer.deps, payout, () => ({ kind: 'looked_up', nodeId: 'node', answer }), by),
  );
  console.info(costs.map(([name, ...cost]) => `${name}: ${cost.join(' / ')}`).join(', '), '(written / read / trips)');
  expect(costs.every(([, , , trips]) => trips <= 2)).toBe(true);
  expect(costs.at(-1)?.slice(0, 2)).toEqual(['looked up again', 0]);
  expect(costs.reduce((total, [, written]) => total + written, 0)).toBeLessThanOrEqual(MAX_ROWS);
});
