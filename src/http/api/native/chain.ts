// GET /v1/chain: what the merchant's invoices are judged by: our tip and its age, what is held back, and how each explorer
// does.

import { type ExplorerHealth, readChain } from '../../../services/payments/chain.ts';
import { ok, operation } from './operation.ts';
import { keyThatMay } from './who.ts';

export const chainApi = [
  operation('GET /v1/chain', () => ({
    id: 'getChain',
    tag: 'Chain',
    summary: 'The chain as we see it',
    who: keyThatMay('any'),
    answers: [ok('chainState', 'Our tip and its age, what is held back, and how each explorer does.')],
    async run({ deps }) {
      const [{ chain: tip, isFresh }, explorers] = await Promise.all([readChain(deps), deps.watcher.health()]);
      return {
        network: deps.config.NETWORK,
        syncing: !isFresh,
        tip: tip
          ? {
              height: tip.tipHeight,
              hash: tip.tipHash,
              seen_at: new Date(tip.seenAtMs).toISOString(),
              age_seconds: secondsSince(tip.seenAtMs, deps.now()),
            }
          : null,
        witnessed_height: tip?.witnessedHeight ?? null,
        hold: tip?.hold
          ? {
              reason: tip.hold.reason,
              above_height: tip.hold.aboveHeight,
              since: new Date(tip.hold.sinceMs).toISOString(),
              until_height: tip.hold.untilHeight,
            }
          : null,
        explorers: explorers.map((explorer) => explorerView(explorer, tip?.tipHeight ?? null, deps.now())),
      };
    },
  })),
];

/** An explorer as GET /v1/chain and GET /health show it. */
export function explorerView(explorer: ExplorerHealth, ourHeight: number | null, nowMs: number) {
  const { name, tipHeight, seenAtMs, failures, pausedUntilMs, budget } = explorer;
  return {
    name,
    tip_height: tipHeight,
    age_seconds: seenAtMs === null ? null : secondsSince(seenAtMs, nowMs),
    lag_blocks: tipHeight === null || ourHeight === null ? null : Math.max(0, ourHeight - tipHeight),
    failures,
    paused_until: pausedUntilMs === null ? null : new Date(pausedUntilMs).toISOString(),
    requests_per_minute: budget?.perMinute ?? null,
    requests_left: budget?.left ?? null,
  };
}

function secondsSince(atMs: number, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - atMs) / 1000));
}
