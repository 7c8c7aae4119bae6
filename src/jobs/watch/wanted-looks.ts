// The looks that pages and hints ask for. A block with many payers takes more than a second: those that it does not concern are looked
// at beside it. Used by rounds.ts.

import type { Deps } from '../../deps.ts';

export class WantedLooks {
  readonly #ids = new Set<string>();
  /** Set while a block's payers are settled. */
  #lookBeside: (() => void) | null = null;

  want(ids: readonly string[]): void {
    this.putBack(ids);
    this.#lookBeside?.();
  }

  /** They were taken, and wait for the next turn. */
  putBack(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
  }

  /** Those that are to be looked at now. @param concerned those that wait for what is under way */
  take(concerned: ReadonlySet<string>): string[] {
    const taken = [...this.#ids].filter((id) => !concerned.has(id));
    for (const id of taken) this.#ids.delete(id);
    return taken;
  }

  /** Works, and looks at what is wanted meanwhile; a look that fails does not fail the work. */
  async beside(look: () => Promise<void>, work: () => Promise<void>, log: Deps['log']): Promise<void> {
    const looks: Promise<void>[] = [];
    const failed = (error: unknown) => log('watch.look_failed', { error: String(error).slice(0, 200) });
    this.#lookBeside = () => looks.push(look().catch(failed));
    this.#lookBeside();
    try {
      await work();
    } finally {
      this.#lookBeside = null;
      await Promise.all(looks);
    }
  }
}
