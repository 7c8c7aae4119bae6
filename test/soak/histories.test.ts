// The first of the random histories; histories.long.test.ts plays the others.

import { play } from './play.ts';

play(0, 50, 1);
