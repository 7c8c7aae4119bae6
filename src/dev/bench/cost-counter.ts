// Lets minutes and blocks pass and reads what they and all between them cost. Called by cost.ts and cost-invoices.ts.

import type { ChainBlock } from '../chain/block.ts';
import type { BenchWorld } from './bench-world.ts';
import { nextBlock } from './watch-block.ts';
import type { Process } from './watch-process.ts';
import { plus, type Tally, type Usage } from './worker/usage.ts';

/** A piece of work, and what of its cost others would have caused: runs of the cron, blocks, looks at all open pages. */
export interface MeteredStep {
  name: string;
  usage: Usage;
  minutes: number;
  blocks: number;
  burials: number;
  looks: number;
}

const TRANSACTIONS = 2_500;
/** Without transactions, to save time: more than the hundred that make a payment final. */
const BURIAL = { minutes: 9, blocksInEach: 12 };
const MINUTE_MS = 60_000;

export class CostCounter {
  readonly #place: BenchWorld;
  readonly #chain: ChainBlock[];
  readonly #process: Process | null;
  #minutes = 0;
  #blocks = 0;
  #burials = 0;
  #aheadMs = 0;

  /** @param process null where the system does not tell what it spends of the CPU, which then counts as nothing */
  constructor(place: BenchWorld, chain: ChainBlock[], process: Process | null) {
    this.#place = place;
    this.#chain = chain;
    this.#process = process;
  }

  /** The next minute comes, or has come. */
  async minute(isPast = false): Promise<void> {
    this.#minutes += 1;
    if (!isPast) await this.ahead(MINUTE_MS);
    await this.#place.cron();
  }

  /** Made of payments, and not on the chain yet. */
  draft(payouts: { script: string; sats: number }[]): ChainBlock {
    return nextBlock(this.#chain, payouts, TRANSACTIONS, Date.now() + this.#aheadMs);
  }

  /** The block comes, and the cron of its minute. */
  async block(payouts: { script: string; sats: number }[], block = this.draft(payouts)): Promise<void> {
    this.#blocks += 1;
    this.#chain.push(block);
    await this.minute();
  }

  /** So many blocks come that no reorg is expected to reach below them, and the crons that follow them. */
  async bury(): Promise<void> {
    this.#burials += 1;
    for (let minutes = 0; minutes < BURIAL.minutes; minutes++) {
      for (let i = 0; i < BURIAL.blocksInEach; i++) this.#chain.push(this.#empty());
      await this.ahead(MINUTE_MS);
      await this.#place.cron();
    }
  }

  /** Moves the clock of the Worker. */
  async ahead(ms: number): Promise<void> {
    this.#aheadMs += ms;
    await fetch(new URL(`/bench/ahead?ms=${this.#aheadMs}`, this.#place.url));
  }

  async usageOf(work: () => Promise<void>): Promise<Usage> {
    return (await this.step('', work)).usage;
  }

  async step(name: string, work: () => Promise<void>): Promise<MeteredStep> {
    const [minutes, blocks, burials, before] = [this.#minutes, this.#blocks, this.#burials, await this.#read()];
    await work();
    const after = await this.#read();
    return {
      ...{ name, usage: plus(after.usage, before.usage, -1), looks: after.looks - before.looks },
      ...{ minutes: this.#minutes - minutes, blocks: this.#blocks - blocks, burials: this.#burials - burials },
    };
  }

  #empty(): ChainBlock {
    return nextBlock(this.#chain, [], 0, Date.now() + this.#aheadMs);
  }

  async #read(): Promise<Tally> {
    const tally = (await (await fetch(new URL('/bench/tally', this.#place.url))).json()) as Tally;
    return { ...tally, usage: { ...tally.usage, cpuMs: (await this.#process?.cpuMs()) ?? 0 } };
  }
}
