// What a sender has in memory: deliveries in stories, and stories in lines. The events of one subject for one receiver are a story,
// sent in order: a shop that hears "settled" before "processing" undoes it. Used by sender.ts.

import type { DueDelivery } from '../../adapters/db/deliveries.ts';
import { lineOfDelivery } from '../../adapters/webhooks/lines.ts';
import { type Signer, type Signers, signerOf } from '../../adapters/webhooks/signers.ts';

export interface Item {
  due: DueDelivery;
  signer: Signer | undefined;
  /** It is not begun later than this. */
  lastStartMs: number;
}

export interface Story {
  key: string;
  line: string;
  items: Item[];
  isBusy: boolean;
  /** Attempts that are made and not yet written down. */
  unwritten: number;
  /** When an earlier event of it is tried again; null before that is known. */
  turnMs: number | null;
}

export class Queue {
  readonly #stories = new Map<string, Story>();
  readonly #keys = new Set<string>();
  readonly #waiting = new Map<string, number>();

  get size(): number {
    return this.#keys.size;
  }

  get stories(): Iterable<Story> {
    return this.#stories.values();
  }

  /** How many of a line wait for their turn. */
  waitingIn(line: string): number {
    return this.#waiting.get(line) ?? 0;
  }

  /** One that is here already is not added. */
  add(due: DueDelivery, signers: Signers, lastStartMs: number): void {
    const key = keyOf(due);
    if (this.#keys.has(key)) return;
    const line = lineOfDelivery(due);
    const name = `${due.subjectId} ${due.endpointId ?? due.url}`;
    const fresh = { key: name, line, items: [], isBusy: false, unwritten: 0, turnMs: null };
    const story: Story = this.#stories.get(name) ?? fresh;
    story.items.push({ due, signer: signers.get(signerOf(due)), lastStartMs });
    story.items.sort((a, b) => a.due.logSeq - b.due.logSeq || a.due.target - b.due.target);
    this.#stories.set(name, story);
    this.#keys.add(key);
    this.#waiting.set(line, this.waitingIn(line) + 1);
  }

  /** The story's next delivery, which is under way from now on. */
  next(story: Story): Item | undefined {
    const item = story.items.shift();
    if (item) this.#count(story.line, -1);
    return item;
  }

  /** It is over, one way or another. */
  done(story: Story, { due }: Item): void {
    this.#keys.delete(keyOf(due));
    this.forgetIfOver(story);
  }

  /** The waiting rest of a story is left to the next reader of the database. */
  drop(story: Story): void {
    for (const { due } of story.items) this.#keys.delete(keyOf(due));
    this.#count(story.line, -story.items.length);
    story.items = [];
    this.forgetIfOver(story);
  }

  forgetIfOver(story: Story): void {
    if (story.items.length === 0 && !story.isBusy && story.unwritten === 0) this.#stories.delete(story.key);
  }

  #count(line: string, change: number): void {
    const count = this.waitingIn(line) + change;
    if (count > 0) this.#waiting.set(line, count);
    else this.#waiting.delete(line);
  }
}

function keyOf({ createdAtMs, storeId, logSeq, target, resent }: DueDelivery): string {
  return `${createdAtMs}_${storeId}_${logSeq}_${target}_${resent}`;
}
