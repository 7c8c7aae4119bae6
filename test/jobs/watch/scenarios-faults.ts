// The faults that an explorer can have, and which scenario meets which: scenarios.test.ts, scenarios.long.test.ts.

import { scenarios } from './scenarios.ts';
import type { Fault, Scenario } from './scenarios-world.ts';

const always = (fault: Record<string, unknown>) => () => fault;

/** The explorer answers, but not with the truth of this moment. */
export const answering: Fault[] = [
  { name: 'lagBlocks', of: always({ lagBlocks: 2 }) },
  { name: 'freeze', of: always({ freeze: true }), blurs: true },
  { name: 'freeze, one step behind', lagsBySteps: true, blurs: true },
  { name: 'hideMempool', of: always({ hideMempool: true }), blurs: true },
  { name: 'forge', of: ({ address }) => ({ forge: { address, sats: 77_777 } }), blurs: true, invents: true },
  { name: 'alterSats', of: always({ alterSats: 50_000 }) },
  { name: 'duplicates', of: always({ duplicates: true }) },
  { name: 'slowIndex', of: always({ slowIndex: true }) },
];

/** To us these are one: an explorer that gives no usable answer at all. */
export const useless: Fault[] = [
  { name: 'down', of: always({ down: true }) },
  { name: 'hang', of: always({ hang: true }) },
  { name: 'status', of: always({ status: 503 }) },
  { name: 'html', of: always({ html: true }) },
  { name: 'garbage', of: always({ garbage: true }) },
  { name: 'delayMs', of: always({ delayMs: 5 }) },
];

interface Turn {
  fault: Fault;
  announced: Scenario[];
}

/** Each scenario meets so many of the faults, and each fault as many of the scenarios as any other. */
export function inTurns(faults: Fault[], each: number): Turn[] {
  const meets = (fault: number, scenario: number) => (fault + scenario * each) % faults.length < each;
  return faults.map((fault, f) => ({ fault, announced: scenarios.filter((_, s) => meets(f, s)) }));
}
