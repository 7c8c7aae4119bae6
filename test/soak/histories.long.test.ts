// Two thousand random histories but for the fifty of histories.test.ts.

import { play } from './play.ts';

play(50, 1_950, 2);
