// Two thousand random histories but for the hundred of histories.test.ts.

import { play } from './play.ts';

play(100, 1_900, 2);
