// Histories of the chain. Called by games.ts.

import type { Game } from './game.ts';
import { history, type SoakHistory } from './history.ts';
import { Oracle } from './oracle.ts';
import { checkOutcome } from './outcome.ts';
import { play, settleDown } from './play.ts';
import { openSoakWorld, type SoakWorld, World } from './world.ts';

export const chainGame: Game<SoakWorld, SoakHistory> = {
  open: openSoakWorld,
  history,
  async play(place, { explorers, steps }) {
    const world = new World(place, explorers);
    const oracle = new Oracle(world);
    for (const step of steps) {
      await play(world, step);
      oracle.check({ crashed: step.do === 'crash', listed: step.do !== 'rescan' });
    }
    const isDeep = steps.some((step) => step.do === 'reorg' && step.depth > 5);
    await settleDown(world, isDeep ? 14 : 8, () => oracle.check({ crashed: false, listed: true }));
    checkOutcome(world);
  },
};
