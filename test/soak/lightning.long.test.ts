// Four hundred random histories of Lightning but for the forty of lightning.test.ts.

import { play } from './play.ts';

play(40, 360, 2, 'lightning');
