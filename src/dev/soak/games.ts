// The games by their names. Called by run.ts.

import { chainGame } from './chain-game.ts';
import { lightningGame } from './lightning/game.ts';
import { payoutGame } from './payouts/game.ts';

export const GAMES = { chain: chainGame, lightning: lightningGame, payouts: payoutGame };
export type GameName = keyof typeof GAMES;
