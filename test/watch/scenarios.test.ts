// Every scenario, over a simulated chain with two explorers, one of which has a fault: whatever the fault, the end is the
// same. The explorer that is asked first has each fault in each scenario, but for those faults that to us are one, an
// explorer that gives no usable answer at all: they take turns, two of them in each scenario. So do all faults at the
// other explorer, which is asked less, one in each scenario.

import { describe } from 'vitest';
import { scenarios } from './scenarios.ts';
import { type Fault, type Scenario, tell } from './scenarios-world.ts';

const always = (fault: Record<string, unknown>) => () => fault;

const answering: Fault[] = [
  { name: 'lagBlocks', of: always({ lagBlocks: 2 }) },
  { name: 'freeze', of: always({ freeze: true }), blurs: true },
  { name: 'freeze, one step behind', lagsBySteps: true, blurs: true },
  { name: 'hideMempool', of: always({ hideMempool: true }), blurs: true },
  { name: 'forge', of: ({ address }) => ({ forge: { address, sats: 77_777 } }), blurs: true, invents: true },
  { name: 'alterSats', of: always({ alterSats: 50_000 }) },
  { name: 'duplicates', of: always({ duplicates: true }) },
  { name: 'slowIndex', of: always({ slowIndex: true }) },
];

const useless: Fault[] = [
  { name: 'down', of: always({ down: true }) },
  { name: 'hang', of: always({ hang: true }) },
  { name: 'status', of: always({ status: 503 }) },
  { name: 'html', of: always({ html: true }) },
  { name: 'garbage', of: always({ garbage: true }) },
  { name: 'delayMs', of: always({ delayMs: 5 }) },
];

interface Turn {
  fault: Fault;
  told: Scenario[];
}

/** Each scenario meets so many of the faults, and each fault as many of the scenarios as any other. */
function inTurns(faults: Fault[], each: number): Turn[] {
  const meets = (fault: number, scenario: number) => (fault + scenario * each) % faults.length < each;
  return faults.map((fault, f) => ({ fault, told: scenarios.filter((_, s) => meets(f, s)) }));
}

describe('While all is well, an order', () => tell(scenarios));

describe.each(answering)('While the first explorer has the fault $name, an order', (fault) => {
  tell(scenarios, { fault });
});

describe.each(inTurns(useless, 2))(
  'While the first explorer has the fault $fault.name, an order',
  ({ fault, told }) => {
    tell(told, { fault });
  },
);

const atTheOther = inTurns([...useless, ...answering], 1);
describe.each(atTheOther)('While the other explorer has the fault $fault.name, an order', ({ fault, told }) => {
  tell(told, { fault, view: 1 });
});
