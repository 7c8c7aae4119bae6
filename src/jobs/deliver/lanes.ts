// Which story may go next: six requests at a time, shared fairly between a sender's lines, and one at a time to a line that fails.
// Used by sender.ts.

import { afterFailure, begun, HEALTHY, type Health, isFailing, restsUntilMs } from './health.ts';
import type { Queue, Story } from './queue.ts';

/** An invocation may wait for six answers at a time; a seventh request would burn its timeout in the queue. */
const LANES = 6;
/** Where a sender has several lines: of one of them, and of all together that fail. */
const LANES_OF_A_LINE = 3;
const LANES_FOR_FAILING = 3;
/** Kept of lines that fail: the newest ones. */
const MAX_KEPT = 200;

export class Lanes {
  readonly #open = new Map<string, number>();
  readonly #health: Map<string, Health>;
  readonly #isShared: boolean;

  constructor(isShared: boolean, health: Record<string, Health>) {
    this.#isShared = isShared;
    this.#health = new Map(Object.entries(health));
  }

  openIn(line: string): number {
    return this.#open.get(line) ?? 0;
  }

  isFailing(line: string): boolean {
    return isFailing(this.#healthOf(line));
  }

  restsUntilMs(line: string, nowMs: number): number {
    return restsUntilMs(this.#healthOf(line), nowMs);
  }

  /** The story that goes next: of the line that has the fewest requests under way, lines in health first. */
  choose(queue: Queue, nowMs: number): Story | undefined {
    if (this.#opened() >= LANES) return undefined;
    let chosen: Story | undefined;
    for (const story of queue.stories) {
      if (story.isBusy || story.items.length === 0 || !this.#hasRoom(story.line, nowMs)) continue;
      if (!this.#isShared || this.#rank(story.line) === 0) return story;
      if (!chosen || this.#rank(story.line) < this.#rank(chosen.line)) chosen = story;
    }
    return chosen;
  }

  begin(line: string, nowMs: number): void {
    this.#open.set(line, this.openIn(line) + 1);
    if (this.isFailing(line)) this.#health.set(line, begun(this.#healthOf(line), nowMs));
  }

  end(line: string): void {
    const open = this.openIn(line) - 1;
    if (open > 0) this.#open.set(line, open);
    else this.#open.delete(line);
  }

  failed(line: string, nowMs: number): void {
    this.#health.set(line, afterFailure(this.#healthOf(line), nowMs));
  }

  succeeded(line: string): void {
    this.#health.delete(line);
  }

  forgive(): void {
    this.#health.clear();
  }

  /** What has to outlive the sender: the lines that fail. */
  failing(): Record<string, Health> {
    const failing = [...this.#health].filter(([, health]) => isFailing(health));
    return Object.fromEntries(failing.slice(-MAX_KEPT));
  }

  /** Changes when what has to outlive the sender does; a probe more is not worth a write. */
  version(): string {
    const failing = Object.entries(this.failing());
    return failing.map(([line, { probingSinceMs }]) => `${line} ${probingSinceMs}`).join();
  }

  #healthOf(line: string): Health {
    return this.#health.get(line) ?? HEALTHY;
  }

  #hasRoom(line: string, nowMs: number): boolean {
    const open = this.openIn(line);
    if (!this.isFailing(line)) return !this.#isShared || open < LANES_OF_A_LINE;
    if (open > 0 || this.restsUntilMs(line, nowMs) > 0) return false;
    return this.#openedToFailing() < LANES_FOR_FAILING;
  }

  #rank(line: string): number {
    return this.openIn(line) + (this.isFailing(line) ? LANES : 0);
  }

  #opened(): number {
    let sum = 0;
    for (const open of this.#open.values()) sum += open;
    return sum;
  }

  #openedToFailing(): number {
    let sum = 0;
    for (const [line, open] of this.#open) if (this.isFailing(line)) sum += open;
    return sum;
  }
}
