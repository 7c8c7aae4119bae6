// What is known of each network's chain: the tip, and when an explorer last confirmed it.

import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { chainState } from './schema.ts';

export type ChainState = typeof chainState.$inferSelect;
/** The tip alone; what else is known stays as it is. */
export type TipState = Pick<ChainState, 'network' | 'tipHash' | 'tipHeight' | 'seenAtMs'>;

export function chainStateOf(db: Database, network: string) {
  return db.select().from(chainState).where(eq(chainState.network, network));
}

export function saveChainState(db: Database, state: TipState) {
  return db.insert(chainState).values(state).onConflictDoUpdate({ target: chainState.network, set: state });
}

/** From now on blocks are read for coins. */
export function saveFollowing(db: Database, network: string) {
  return db.update(chainState).set({ followsCoins: true }).where(eq(chainState.network, network));
}

/** What the explorers' agreement allows to count. */
export type Trust = Pick<ChainState, 'witnessedHeight' | 'hold'>;

export async function saveTrust(db: Database, network: string, trust: Trust): Promise<void> {
  await db.update(chainState).set(trust).where(eq(chainState.network, network));
}
