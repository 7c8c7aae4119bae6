// Every scenario, over a simulated chain with two explorers while all is well, and then while the first explorer gives no usable
// answer: the end is the same. The faults take turns, one in each scenario. scenarios.long.test.ts tries each of the others.

import { describe } from 'vitest';
import { scenarios } from './scenarios.ts';
import { inTurns, useless } from './scenarios-faults.ts';
import { tell } from './scenarios-world.ts';

describe('While all is well, an order', () => tell(scenarios));

describe.each(inTurns(useless, 1))(
  'While the first explorer has the fault $fault.name, an order',
  ({ fault, announced }) => {
    tell(announced, { fault });
  },
);
