// Histories of Lightning: nodes that fail and lie, both rails, crashes. Called by games.ts.

import type { Game } from '../game.ts';
import { openSoakWorld, type SoakWorld } from '../world.ts';
import { type LightningHistory, lightningHistory } from './history.ts';
import { LightningOracle } from './oracle.ts';
import { cron, playLightning } from './play.ts';
import { LightningSoak } from './world.ts';

const DAY_S = 24 * 3_600;

export const lightningGame: Game<SoakWorld, LightningHistory> = {
  open: openSoakWorld,
  history: lightningHistory,
  async play(place, made) {
    const world = new LightningSoak(place, made);
    const oracle = new LightningOracle(world);
    for (const step of made.steps) {
      await playLightning(world, step);
      oracle.check();
    }
    await settleDown(world);
    oracle.check();
    oracle.checkOutcome();
  },
};

/** Nodes are well again, blocks are found, and more than a day passes. */
async function settleDown(world: LightningSoak): Promise<void> {
  world.restart();
  for (const node of world.nodes) {
    node.trouble = null;
    for (const one of node.made) {
      one.stumbles = false;
      node.hold(one, true);
    }
  }
  world.chain.chain.mine(6);
  // The longest expiry, the grace, and the day in which a BOLT11 is looked up.
  for (const seconds of [90, 3_600, 3_600, DAY_S, 3 * 3_600]) {
    await cron(world);
    await world.settled();
    await world.pass(seconds);
  }
  await cron(world);
  await world.settled();
}
