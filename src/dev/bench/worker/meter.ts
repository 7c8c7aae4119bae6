// What one request cost. D1 is counted where its answer arrives, so that a question which the request did not wait for
// counts as asked after the answer. Filled by metered.ts and metered-database.ts, printed by ../table.ts
// and ../many-table.ts.

import { Waits } from './waits.ts';

export interface Costs {
  /** Waits on D1 that follow one another: what a distant database multiplies. */
  roundTrips: number;
  /** Wall clock of waiting for D1, in ms. */
  d1Ms: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** HTTP requests to other servers. */
  outbound: number;
  /** Requests to Durable Objects. */
  objectCalls: number;
}

/** The answer to a metered request. */
export interface Metered {
  status: number;
  body: unknown;
  untilAnswer: Costs;
  afterAnswer: Costs;
}

interface Result {
  meta: { rows_read: number; rows_written: number };
}

export class Meter {
  private readonly untilAnswer = nothing();
  private readonly afterAnswer = nothing();
  private now = this.untilAnswer;
  private readonly waits = new Waits();
  /** How many round trips in a row lie behind the latest answer of D1. */
  private depth = 0;

  /** Runs one call to D1, of one statement or a batch. */
  async roundTrip<T extends Result>(call: () => Promise<T[]>): Promise<T[]> {
    const depth = this.depth + 1;
    const results = await this.waits.during(call);
    if (depth > this.depth) {
      this.depth = depth;
      this.now.roundTrips += 1;
    }
    this.now.statements += results.length;
    for (const { meta } of results) {
      this.now.rowsRead += meta.rows_read;
      this.now.rowsWritten += meta.rows_written;
    }
    return results;
  }

  countOutbound(): void {
    this.now.outbound += 1;
  }

  countObjectCall(): void {
    this.now.objectCalls += 1;
  }

  /** From here on everything counts as after the answer. */
  answered(): void {
    this.untilAnswer.d1Ms = this.waits.totalMs;
    this.now = this.afterAnswer;
  }

  read(): Pick<Metered, 'untilAnswer' | 'afterAnswer'> {
    const d1Ms = this.waits.totalMs - this.untilAnswer.d1Ms;
    return { untilAnswer: this.untilAnswer, afterAnswer: { ...this.afterAnswer, d1Ms } };
  }
}

function nothing(): Costs {
  return { roundTrips: 0, d1Ms: 0, statements: 0, rowsRead: 0, rowsWritten: 0, outbound: 0, objectCalls: 0 };
}
