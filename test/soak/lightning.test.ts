// The first of the random histories of Lightning; lightning.long.test.ts plays the others.

import { play } from './play.ts';

play(0, 40, 1, 'lightning');
