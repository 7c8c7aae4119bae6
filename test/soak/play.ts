// Random histories, each held against an oracle that knows the true chain: in every history (payments, replacements, double
// spends, reorgs, explorers that fail and lie, rounds that die), a shop receives each payment once and none that is not
// there. `npm run soak -- --histories N` plays more of them, from a new seed each time.

import { expect, it } from 'vitest';
import type { GameName } from '../../src/dev/soak/games.ts';
import { soak } from '../../src/dev/soak/soak.ts';

const TIMEOUT_MS = 15 * 60_000;

/** The same histories in every run; another seed by SOAK_SEED. */
const seed = process.env.SOAK_SEED ?? 'satlane';

/** A test of its own. */
export function play(first: number, count: number, workers: number, game: GameName = 'chain'): void {
  it(`Histories ${first} to ${first + count - 1} of the ${game} of seed ${seed} end as they should`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const failures = await soak({ game, seed, first, count, workers });
    expect(failures.join('\n\n')).toBe('');
  });
}
