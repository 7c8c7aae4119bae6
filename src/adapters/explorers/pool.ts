// Several explorers as one: who is fresh enough to be asked, who has requests left, who is left alone for a while after
// failing. Lives as long as the watcher that made it; forgetting it costs nothing but a few failed requests.

import {
  BATCH,
  type Block,
  type ChainTx,
  type Explorer,
  ExplorerError,
  ExplorerRefusal,
  UnknownToAll,
} from './explorer.ts';

const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 15 * 60_000;
/** Pauses differ by up to this part, so that explorers and deployments that failed together do not return together. */
const JITTER = 0.2;

interface Member {
  explorer: Explorer;
  /** As last shown; null while the explorer is paused or has not answered. */
  tip: Block | null;
  tipAtMs: number;
  failures: number;
  pausedUntilMs: number;
}

/** What an explorer shows, and who it is. */
export interface Shown extends Block {
  explorer: string;
}

/**
 * What a question may take of an explorer's budget: blocks take what they need, what a buyer waits for leaves a quarter
 * of it, background requests leave half.
 */
export type Urgency = 'block' | 'hot' | 'sweep';

const LEAVES: Record<Urgency, number> = { block: Number.NEGATIVE_INFINITY, hot: 0.25, sweep: 0.5 };

export interface ExplorerHealth {
  name: string;
  tipHeight: number | null;
  tipHash: string | null;
  /** When it last showed a tip; null before. */
  seenAtMs: number | null;
  failures: number;
  /** Left alone until then; after that one question for its tip decides. */
  pausedUntilMs: number | null;
  /** Requests a minute, and how many are left now; null without end. */
  budget: { perMinute: number; left: number } | null;
}

export class ExplorerPool {
  readonly #members: Member[];
  readonly #now: () => number;
  /** Headers by hash, as fetched and proven: they never change. */
  readonly headers = new Map<string, Uint8Array>();

  constructor(explorers: Explorer[], now: () => number) {
    this.#members = explorers.map((explorer) => ({ explorer, tip: null, tipAtMs: 0, failures: 0, pausedUntilMs: 0 }));
    this.#now = now;
  }

  /** How many explorers there are, well or not. */
  get size(): number {
    return this.#members.length;
  }

  /**
   * Asks every explorer that is not paused for its tip, as often as its budget allows; one that comes back from a pause
   * is asked this and nothing else until it answers. Answers those that answered, highest first.
   */
  async tips(): Promise<Shown[]> {
    await Promise.all(
      this.#members.map(async (member) => {
        const nowMs = this.#now();
        if (member.tip && nowMs - member.tipAtMs < member.explorer.budget.tipIntervalMs()) return;
        member.tip = null;
        if (member.pausedUntilMs > nowMs) return;
        member.tip = await this.#guarded(member, () => member.explorer.tip()).catch(() => null);
        if (member.tip) member.tipAtMs = nowMs;
      }),
    );
    return this.#members
      .flatMap(({ tip, explorer }) => (tip ? [{ ...tip, explorer: explorer.name }] : []))
      .sort((a, b) => b.height - a.height);
  }

  /**
   * Asks the explorers that showed a tip of at least `minHeight`, one after the other, until one answers.
   * @throws ExplorerRefusal when all that answered refused; ExplorerError when none was there, or had requests left
   */
  async ask<T>(minHeight: number, urgency: Urgency, question: (explorer: Explorer) => Promise<T>): Promise<T> {
    let last = new ExplorerError('no explorer is fresh and has requests left');
    for (const member of this.#usable(minHeight, urgency)) {
      try {
        return await this.#guarded(member, () => question(member.explorer));
      } catch (error) {
        if (!(last instanceof ExplorerRefusal)) last = error as ExplorerError;
      }
    }
    throw last;
  }

  /**
   * Asks one explorer after the other until one has what is asked for. Not to have it (null) is no failure: of two
   * branches an explorer knows one.
   * @throws UnknownToAll when all that answered do not have it; ExplorerError when one failed, or none was there
   */
  async find<T>(question: (explorer: Explorer) => Promise<T | null>): Promise<T> {
    const members = this.#usable(0, 'block');
    let last = members.length > 0 ? new UnknownToAll('no explorer has it') : new ExplorerError('no explorer is there');
    for (const member of members) {
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
  async askAll<T>(
    minHeight: number,
    question: (explorer: Explorer) => Promise<T>,
    urgency: Urgency = 'block',
  ): Promise<T[]> {
    const answers = await Promise.allSettled(
      this.#usable(minHeight, urgency).map((member) => this.#guarded(member, () => question(member.explorer))),
    );
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** The transactions of many addresses in one answer, from an explorer that gives such; null where none does. */
  async histories(minHeight: number, urgency: Urgency, addresses: string[]): Promise<ChainTx[] | null> {
    for (const member of this.#usable(minHeight, urgency)) {
      const list = await this.#guarded(member, () => member.explorer.histories(addresses)).catch(() => null);
      if (list) return list;
    }
    return null;
  }

  /** How many addresses may be looked at now within the budgets. Infinity where there are none. */
  affordable(minHeight: number, urgency: Urgency): number {
    return this.#usable(minHeight, urgency)
      .map(({ explorer }) => explorer.budget.leftAbove(LEAVES[urgency]) * (explorer.offersBatches() ? BATCH : 1))
      .reduce((sum, looks) => sum + looks, 0);
  }

  health(): ExplorerHealth[] {
    return this.#members.map(({ explorer, tip, tipAtMs, failures, pausedUntilMs }) => ({
      name: explorer.name,
      tipHeight: tip?.height ?? null,
      tipHash: tip?.hash ?? null,
      seenAtMs: tipAtMs || null,
      failures,
      pausedUntilMs: pausedUntilMs > this.#now() ? pausedUntilMs : null,
      budget: Number.isFinite(explorer.budget.perMinute)
        ? { perMinute: explorer.budget.perMinute, left: Math.floor(explorer.budget.left()) }
        : null,
    }));
  }

  /** Those that showed a tip of at least `minHeight`, are not paused and have requests left. */
  #usable(minHeight: number, urgency: Urgency): Member[] {
    const nowMs = this.#now();
    return this.#members.filter(
      ({ tip, pausedUntilMs, explorer }) =>
        tip !== null &&
        tip.height >= minHeight &&
        pausedUntilMs <= nowMs &&
        explorer.budget.leftAbove(LEAVES[urgency]) >= 1,
    );
  }

  /** A failure pauses the explorer, twice as long each time; an answer clears its record, a refusal leaves it. */
  async #guarded<T>(member: Member, question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      member.failures = 0;
      return answer;
    } catch (error) {
      if (error instanceof ExplorerRefusal) throw error;
      const failure = error instanceof ExplorerError ? error : new ExplorerError(String(error));
      const pauseMs = failure.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** member.failures * (1 + JITTER * Math.random());
      member.failures++;
      member.pausedUntilMs = this.#now() + Math.min(pauseMs, MAX_PAUSE_MS);
      throw failure;
    }
  }
}
