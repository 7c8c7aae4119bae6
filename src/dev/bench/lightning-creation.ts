// A creation with both ways to pay against one on chain alone: in alternating rounds of one run, and counted. Called by lightning.ts.

import { randomUUID } from 'node:crypto';
import { meteredAnswer, ORDER } from './counts.ts';
import { type LightningBench, openLightningBench } from './lightning-world.ts';
import type { Call } from './load.ts';
import { race, type Side, type Timed } from './rounds.ts';
import type { Metered } from './worker/meter.ts';

export interface CreationFigures {
  rounds: number;
  roundMs: number;
  /** For each number of connections: on chain alone, then both. */
  timed: Timed[][];
  costs: { name: string; metered: Metered }[];
}

const WAYS = [
  { name: 'on chain alone', methods: ['onchain'] },
  { name: 'on chain and Lightning', methods: ['onchain', 'lightning'] },
];
/** Free addresses before a round: more than a round uses. */
const FREE = 400;

export async function measureCreation(
  file: string,
  { rounds, roundMs }: { rounds: number; roundMs: number },
): Promise<CreationFigures> {
  const bench = await openLightningBench(file, 1, (name) => name !== 'nwc');
  try {
    const costs = await countCosts(bench);
    const timed: Timed[][] = [];
    for (const connections of [1, 16]) {
      const prepare = async () => {
        await bench.receiver.quiet();
        await bench.refresh(FREE);
      };
      timed.push(
        await race(sidesOf(bench), { url: bench.place.url, connections, pauseMs: 0, rounds, roundMs, prepare }),
      );
    }
    return { rounds, roundMs, timed, costs };
  } finally {
    await bench.close();
  }
}

/** The first creation of a wallet has costs of its own. */
async function countCosts({ place, shops, refresh }: LightningBench): Promise<CreationFigures['costs']> {
  const costs: CreationFigures['costs'] = [];
  await refresh(FREE);
  for (const { name, methods } of WAYS) {
    let metered: Metered | undefined;
    for (let i = 0; i < 2; i++) {
      const { path, ...init } = call(shops[0]?.apiKey ?? '', methods);
      metered = await meteredAnswer(place, path, init);
    }
    if (metered) costs.push({ name, metered });
  }
  return costs;
}

function sidesOf({ shops }: LightningBench): Side[] {
  let turn = 0;
  return WAYS.map(({ name, methods }) => ({
    name,
    next: () => call(shops[turn++ % shops.length]?.apiKey ?? '', methods),
  }));
}

function call(apiKey: string, methods: string[]): Required<Call> {
  return {
    method: 'POST',
    path: '/v1/invoices',
    status: 201,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ ...ORDER, payment_methods: methods }),
  };
}
