// What is known of the deployment's chain. Called by GET /v1/chain, GET /health and Greenfield's answers about its server.

import { type ChainState, chainStateOf } from '../../adapters/db/chain-state.ts';
import { isChainStale } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';

export type { ExplorerHealth } from '../../adapters/explorers/pool.ts';

interface Chain {
  /** undefined before the first look. */
  chain: ChainState | undefined;
  /** Whether an explorer has confirmed the tip lately: without that nothing settles and nothing expires. */
  isFresh: boolean;
}

export async function readChain({ db, config, now }: Deps): Promise<Chain> {
  const [chain] = await chainStateOf(db, config.NETWORK);
  return { chain, isFresh: !isChainStale(chain?.seenAtMs ?? null, now()) };
}
