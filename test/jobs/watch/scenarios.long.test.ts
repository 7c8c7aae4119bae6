// Every scenario, over a simulated chain with two explorers, one of which has a fault: with every fault, the end is the
// same. The explorer that is asked first has each fault in each scenario, but for those faults that to us are one: they take
// turns, two of them in each scenario. So do all faults at the other explorer, which is asked less, one in each scenario.

import { describe } from 'vitest';
import { scenarios } from './scenarios.ts';
import { answering, inTurns, useless } from './scenarios-faults.ts';
import { tell } from './scenarios-world.ts';

describe.each(answering)('While the first explorer has the fault $name, an order', (fault) => {
  tell(scenarios, { fault });
});

describe.each(inTurns(useless, 2))(
  'While the first explorer has the fault $fault.name, an order',
  ({ fault, announced }) => {
    tell(announced, { fault });
  },
);

const atTheOther = inTurns([...useless, ...answering], 1);
describe.each(atTheOther)('While the other explorer has the fault $fault.name, an order', ({ fault, announced }) => {
  tell(announced, { fault, view: 1 });
});
