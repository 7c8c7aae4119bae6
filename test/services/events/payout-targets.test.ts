// Which endpoints receive the event of a payout: those whose dialect has words for it, where they want it.

import { expect, test } from 'vitest';
import { targetsOfPayout } from '../../../src/services/events/targets.ts';
import { LIGHTNING, NOW_MS } from '../../core/payout/support.ts';

const STEP = { before: LIGHTNING.in_flight, after: LIGHTNING.settled, atMs: NOW_MS };
const endpoint = { id: 'an-endpoint', url: 'https://shop.example/hook', dialect: 'native', eventTypes: null };

test('an endpoint receives the event as it is logged', () => {
  expect(targetsOfPayout('payout.settled', [endpoint], STEP)).toEqual([
    { endpointId: 'an-endpoint', line: null, url: endpoint.url, dialect: 'native', body: null },
  ]);
});

test('one that wants other events does not', () => {
  const wants = (eventTypes: string[]) => targetsOfPayout('payout.settled', [{ ...endpoint, eventTypes }], STEP);
  expect(wants(['payout.cancelled'])).toEqual([]);
  expect(wants(['payout.cancelled', 'payout.settled'])).toHaveLength(1);
});

test('a change without an event of its own is sent to none', () => {
  expect(targetsOfPayout('payout.updated', [endpoint], STEP)).toEqual([]);
});

test('a dialect without words for payouts receives none', () => {
  expect(targetsOfPayout('payout.settled', [{ ...endpoint, dialect: 'bitpay' }], STEP)).toEqual([]);
});
