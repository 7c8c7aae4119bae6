// The games by their names. Called by run.ts.

import { chainGame } from './chain-game.ts';
import { lightningGame } from './lightning/game.ts';

export const GAMES = { chain: chainGame, lightning: lightningGame };
export type GameName = keyof typeof GAMES;
