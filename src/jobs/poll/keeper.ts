// What a store's Lightning object keeps outside D1: its alarm, and what it may forget at the cost of a few requests. Used by poller.ts and
// minter.ts; lightning-object.ts has it in the object's storage.

import type { MintedBolt11 } from '../../core/lightning/prompt.ts';

export interface PollKeeper {
  /** Sets the alarm. */
  wakeIn(ms: number): Promise<void>;
  /** Nothing is open: no alarm. */
  rest(): Promise<void>;
  /** Whether hooks of a connection's node have been seen to arrive. */
  hasHooks(connectionId: string): Promise<boolean>;
  sawHook(connectionId: string, arrived: boolean): Promise<void>;
  /** What was minted for a label within the last day. */
  minted(label: string): Promise<MintedBolt11 | undefined>;
  keep(label: string, minted: MintedBolt11, nowMs: number): Promise<void>;
}
