// Three hundred random histories of payouts but for the thirty of payouts.test.ts.

import { play } from './play.ts';

play(30, 270, 2, 'payouts');
