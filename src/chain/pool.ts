// Several explorers as one: who is fresh enough to be asked, who is left alone for a while after failing. Lives as long
// as the watcher that made it; forgetting it costs nothing but a few failed requests.

import { type Block, type Explorer, ExplorerError } from './explorer.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

interface Member {
  explorer: Explorer;
  tip: Block | null;
  failures: number;
  pausedUntilMs: number;
}

export interface ExplorerHealth {
  name: string;
  tipHeight: number | null;
  failures: number;
  pausedUntilMs: number | null;
}

export class ExplorerPool {
  readonly #members: Member[];
  readonly #now: () => number;

  constructor(explorers: Explorer[], now: () => number) {
    this.#members = explorers.map((explorer) => ({ explorer, tip: null, failures: 0, pausedUntilMs: 0 }));
    this.#now = now;
  }

  /** Asks every explorer that is not paused for its tip; answers those that answered, highest first. */
  async tips(): Promise<Block[]> {
    await Promise.all(
      this.#members.map(async (member) => {
        member.tip = null;
        if (member.pausedUntilMs > this.#now()) return;
        member.tip = await this.#guarded(member, () => member.explorer.tip()).catch(() => null);
      }),
    );
    return this.#members.flatMap((member) => member.tip ?? []).sort((a, b) => b.height - a.height);
  }

  /**
   * Asks the explorers that showed a tip of at least `minHeight`, one after the other, until one answers.
   * @throws ExplorerError when none did
   */
  async ask<T>(minHeight: number, question: (explorer: Explorer) => Promise<T>): Promise<T> {
    let last = new ExplorerError('no explorer is fresh');
    for (const member of this.#usable(minHeight)) {
      try {
        return await this.#guarded(member, () => question(member.explorer));
      } catch (error) {
        last = error as ExplorerError;
      }
    }
    throw last;
  }

  /**
   * Asks one explorer after the other until one has what is asked for. Not to have it (null) is no failure: of two
   * branches an explorer knows one.
   * @throws ExplorerError when none has it
   */
  async find<T>(question: (explorer: Explorer) => Promise<T | null>): Promise<T> {
    let last = new ExplorerError('no explorer has it');
    for (const member of this.#usable(0)) {
      try {
        const answer = await this.#guarded(member, () => question(member.explorer));
        if (answer !== null) return answer;
      } catch (error) {
        last = error as ExplorerError;
      }
    }
    throw last;
  }

  /** Asks every explorer that showed a tip of at least `minHeight`; the answers of those that gave one. */
  async askAll<T>(minHeight: number, question: (explorer: Explorer) => Promise<T>): Promise<T[]> {
    const answers = await Promise.allSettled(
      this.#usable(minHeight).map((member) => this.#guarded(member, () => question(member.explorer))),
    );
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  health(): ExplorerHealth[] {
    return this.#members.map((member) => ({
      name: member.explorer.name,
      tipHeight: member.tip?.height ?? null,
      failures: member.failures,
      pausedUntilMs: member.pausedUntilMs > this.#now() ? member.pausedUntilMs : null,
    }));
  }

  /** Those that showed a tip of at least `minHeight` and are not paused. */
  #usable(minHeight: number): Member[] {
    const nowMs = this.#now();
    return this.#members.filter(
      ({ tip, pausedUntilMs }) => tip !== null && tip.height >= minHeight && pausedUntilMs <= nowMs,
    );
  }

  /** A failure pauses the explorer, twice as long each time; an answer clears its record. */
  async #guarded<T>(member: Member, question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      member.failures = 0;
      return answer;
    } catch (error) {
      const failure = error instanceof ExplorerError ? error : new ExplorerError(String(error));
      const pauseMs = failure.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** member.failures;
      member.failures++;
      member.pausedUntilMs = this.#now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
      throw failure;
    }
  }
}
