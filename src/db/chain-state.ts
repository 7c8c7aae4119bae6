// What is known of each network's chain: the tip, and when an explorer last confirmed it.

import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { chainState } from './schema.ts';

export type ChainState = typeof chainState.$inferSelect;

export function chainStateOf(db: Database, network: string) {
  return db.select().from(chainState).where(eq(chainState.network, network));
}

export function saveChainState(db: Database, state: ChainState) {
  return db.insert(chainState).values(state).onConflictDoUpdate({ target: chainState.network, set: state });
}
