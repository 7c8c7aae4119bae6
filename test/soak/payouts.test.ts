// The first of the random histories of payouts over Lightning; payouts.long.test.ts plays the others.

import { play } from './play.ts';

play(0, 30, 1, 'payouts');
