// Histories of payouts over Lightning: nodes that fail, forget and lie, people who decide, crashes. Called by games.ts.

import { listPayouts } from '../../../adapters/db/payouts.ts';
import type { Game } from '../game.ts';
import { openSoakWorld, type SoakWorld } from '../world.ts';
import { type PayoutHistory, payoutSteps } from './history.ts';
import { PayoutOracle } from './oracle.ts';
import { playPayouts, resolveTruly, wakeDue } from './play.ts';
import { PAYING_STORE, PayoutSoak } from './world.ts';

const DAY_S = 24 * 3_600;

export const payoutGame: Game<SoakWorld, PayoutHistory> = {
  open: openSoakWorld,
  history: payoutSteps,
  async play(place, made) {
    const world = new PayoutSoak(place, made);
    const oracle = new PayoutOracle(world, made);
    for (const step of made.steps) {
      await playPayouts(world, step);
      oracle.check();
    }
    await settleDown(world, () => oracle.check());
    oracle.checkOutcome();
  },
};

/**
 * The node is well again, days pass, and the merchant says what became of what another node was asked for. In one moment, as where
 * no alarm rang: hours of look-ups are in the histories.
 */
async function settleDown(world: PayoutSoak, check: () => void): Promise<void> {
  const { node, deps } = world;
  world.restart();
  node.trouble = null;
  node.next = { ends: 'paid', seconds: 0 };
  await playPayouts(world, { do: 'pause', on: false });
  for (const seconds of [60, 600, DAY_S, 120, DAY_S, 120, DAY_S, 120]) {
    await wakeDue(world);
    if (seconds === DAY_S) world.sleep(seconds);
    else await world.pass(seconds);
    check();
  }
  if (!world.isAnother) return;
  for (const payout of await listPayouts(deps.db, { storeId: PAYING_STORE, limit: 100 }))
    await resolveTruly(world, payout);
  check();
}
