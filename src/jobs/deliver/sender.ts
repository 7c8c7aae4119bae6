// Sends the deliveries of one endpoint, or of some of the hosts that a store's invoices name: what is handed to it directly after a
// commit, and what it finds due in the database. In production it lives in an object of its own (sender-object.ts).

import type { DeliveryKey, DueDelivery } from '../../adapters/db/deliveries.ts';
import { claimDue, linesWaiting } from '../../adapters/db/due-deliveries.ts';
import type { SealedSecrets } from '../../adapters/db/endpoints.ts';
import { type Dispatcher, LAST_FIRST_START_MS, LAST_START_MS, LEASE_MS } from '../../adapters/webhooks/dispatcher.ts';
import { isOfEndpoint, linesOf } from '../../adapters/webhooks/lines.ts';
import { signersFor } from '../../adapters/webhooks/signers.ts';
import { dialectOf } from '../../core/dialects/table.ts';
import { attempt, judgeEndpoint, type Made } from './attempt.ts';
import type { Health } from './health.ts';
import { Lanes } from './lanes.ts';
import { type Item, Queue, type Story } from './queue.ts';
import { Recorder } from './recorder.ts';
import { turnOf } from './turn.ts';

/** What a sender is woken by, and what of it outlives it. */
export interface Keeper {
  load(): Promise<Record<string, Health>>;
  /** The lines that fail, as they are now. */
  save(failing: Record<string, Health>): Promise<void>;
  /** Drain again at this time at the latest. */
  wakeAt(ms: number): Promise<void>;
  /** Nothing is under way: all memory may go. */
  rest(): Promise<void>;
}

/** Attempts whose answers are read or written down; more wait. */
const MAX_UNWRITTEN = 60;
/** First attempts in memory; what is beyond is left to the sweep. */
const MAX_WAITING = 1_000;
/** When fewer of a line wait, more are claimed: so many, doubled while they leave immediately. */
const LOW = 12;
const CLAIMED_FIRST = 12;
const CLAIMED_AT_MOST = 100;
const GONE_AT_ONCE_MS = 1_500;
/** No more is claimed then; what is left is begun anew, with a new allowance of CPU. */
const RUN_MS = 45_000;
const MAX_LINES = 1_000;

export class DeliverySender {
  readonly #queue = new Queue();
  readonly #recorder: Recorder;
  readonly #dispatcher: Dispatcher;
  readonly #name: string;
  readonly #keeper: Keeper;
  #lanes: Promise<Lanes> | undefined;
  #savedVersion = '';
  #unwritten = 0;
  #soonestMs = Number.POSITIVE_INFINITY;
  #isAskedAgain = false;
  #draining: Promise<void> | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(dispatcher: Dispatcher, name: string, keeper: Keeper) {
    this.#dispatcher = dispatcher;
    this.#name = name;
    this.#keeper = keeper;
    this.#recorder = new Recorder(dispatcher);
  }

  /** Makes attempts at what the caller has; returns when they are over, or left to a later time. Never throws. */
  async send(
    due: readonly DueDelivery[],
    known: readonly SealedSecrets[] = [],
    lastStartMs = this.#dispatcher.now() + LAST_FIRST_START_MS,
  ): Promise<void> {
    if (this.#queue.size > MAX_WAITING) return;
    await this.#unlessAway(async () => {
      const lanes = await this.#open();
      await this.#enqueue(lanes, due, known, lastStartMs);
      while (this.#queue.size > 0) await this.#changed.promise;
      await this.#wake();
    });
  }

  /** Sends what is due; returns when it is over. Asked once more meanwhile it looks once more. Never throws. */
  async drain(isForgiving = false): Promise<void> {
    this.#isAskedAgain = true;
    if (isForgiving) (await this.#open()).forgive();
    this.#draining ??= this.#unlessAway(() => this.#drain()).finally(() => {
      this.#draining = undefined;
    });
    await this.#draining;
  }

  /** The database is away: leases end, and the next sweep finds what is left. */
  async #unlessAway(work: () => Promise<void>): Promise<void> {
    await work().catch((error) =>
      this.#dispatcher.log('webhook.sender_failed', { error: String(error).slice(0, 200) }),
    );
  }

  async #drain(): Promise<void> {
    const { db, now } = this.#dispatcher;
    const lanes = await this.#open();
    const endMs = now() + RUN_MS;
    let lines: string[] = [];
    let exhausted = new Set<string>();
    let size = CLAIMED_FIRST;
    let claimedMs = 0;
    for (;;) {
      if (this.#isAskedAgain) {
        this.#isAskedAgain = false;
        exhausted = new Set();
        lines = await this.#linesDue();
      }
      const wanting = now() < endMs ? lines.filter((line) => !exhausted.has(line) && this.#wants(lanes, line)) : [];
      if (wanting.length > 0) {
        size = now() - claimedMs < GONE_AT_ONCE_MS ? Math.min(size * 2, CLAIMED_AT_MOST) : CLAIMED_FIRST;
        claimedMs = now();
        const share = Math.max(2, Math.floor(size / wanting.length));
        const asked = wanting.slice(0, size).map((name) => ({ name, limit: lanes.isFailing(name) ? 1 : share }));
        const claimed = await claimDue(db, asked, claimedMs, LEASE_MS);
        for (const line of claimed.exhausted) exhausted.add(line);
        await this.#enqueue(lanes, claimed.due, [], claimedMs + LAST_START_MS);
      } else if (this.#queue.size > 0) await this.#changed.promise;
      else if (!this.#isAskedAgain) break;
    }
    await this.#planNext(lanes);
  }

  async #linesDue(): Promise<string[]> {
    if (isOfEndpoint(this.#name)) return [this.#name];
    const { db, now } = this.#dispatcher;
    return (await linesWaiting(db, linesOf(this.#name), now(), MAX_LINES)).map(({ name }) => name);
  }

  #wants(lanes: Lanes, line: string): boolean {
    const waiting = this.#queue.waitingIn(line);
    if (!lanes.isFailing(line)) return waiting < LOW;
    return waiting === 0 && lanes.openIn(line) === 0 && lanes.restsUntilMs(line, this.#dispatcher.now()) === 0;
  }

  /** Remembers when the next of the lines is due. */
  async #planNext(lanes: Lanes): Promise<void> {
    const { db, now } = this.#dispatcher;
    const lines = await linesWaiting(db, linesOf(this.#name), Number.MAX_SAFE_INTEGER, MAX_LINES);
    for (const { name, nextMs } of lines) this.#watchInputs(lanes, name, nextMs);
    if (lines.length === 0 && Object.keys(lanes.failing()).length === 0) await this.#keeper.rest();
    else await this.#wake(now());
  }

  #watchInputs(lanes: Lanes, line: string, nextMs: number): void {
    const restsUntilMs = lanes.restsUntilMs(line, this.#dispatcher.now());
    this.#soonestMs = Math.min(this.#soonestMs, Math.max(nextMs, restsUntilMs));
  }

  async #wake(earliestMs = 0): Promise<void> {
    const atMs = Math.max(this.#soonestMs, earliestMs);
    this.#soonestMs = Number.POSITIVE_INFINITY;
    if (Number.isFinite(atMs)) await this.#keeper.wakeAt(atMs);
  }

  #open(): Promise<Lanes> {
    this.#lanes ??= this.#keeper.load().then((failing) => {
      const lanes = new Lanes(!isOfEndpoint(this.#name), failing);
      this.#savedVersion = lanes.version();
      return lanes;
    });
    return this.#lanes;
  }

  async #enqueue(lanes: Lanes, due: readonly DueDelivery[], known: readonly SealedSecrets[], lastStartMs: number) {
    if (due.length === 0) return;
    const signers = await signersFor(this.#dispatcher, due, known);
    for (const delivery of due) this.#queue.add(delivery, signers, lastStartMs);
    this.#pump(lanes);
  }

  /** Starts the deliveries that may start, and drops those that may not for a while. */
  #pump(lanes: Lanes): void {
    const nowMs = this.#dispatcher.now();
    for (const story of [...this.#queue.stories]) {
      const isTooLate = (story.items[0]?.lastStartMs ?? nowMs) < nowMs;
      const rests = lanes.openIn(story.line) === 0 && lanes.restsUntilMs(story.line, nowMs) > 0;
      if (!story.isBusy && (isTooLate || rests)) this.#queue.drop(story);
    }
    while (this.#unwritten < MAX_UNWRITTEN) {
      const story = lanes.choose(this.#queue, nowMs);
      const item = story && this.#queue.next(story);
      if (!story || !item) break;
      void this.#step(lanes, story, item);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** One delivery, from its lane to its verdict; writing it down holds no lane. */
  async #step(lanes: Lanes, story: Story, item: Item): Promise<void> {
    story.isBusy = true;
    story.unwritten += 1;
    this.#unwritten += 1;
    lanes.begin(story.line, this.#dispatcher.now());
    const written = await this.#sendInTurn(lanes, story, item).catch((error) => {
      this.#dispatcher.log('webhook.not_recorded', { error: String(error).slice(0, 200) });
      return { isWritten: Promise.resolve() };
    });
    lanes.end(story.line);
    story.isBusy = false;
    this.#pump(lanes);
    await written.isWritten;
    this.#unwritten -= 1;
    story.unwritten -= 1;
    this.#queue.done(story, item);
    this.#pump(lanes);
  }

  /** What fails and is tried again soon makes those after it wait. */
  async #sendInTurn(lanes: Lanes, story: Story, item: Item): Promise<{ isWritten: Promise<void> }> {
    const { db, now } = this.#dispatcher;
    const { due } = item;
    story.turnMs ??= await turnOf(db, due);
    if (story.turnMs > now() && story.turnMs - due.createdAtMs <= dialectOf(due.dialect).retry.heldMs) {
      this.#watchInputs(lanes, story.line, story.turnMs);
      const { attempts } = due;
      const waits = { state: 'retrying' as const, nextAttemptMs: story.turnMs, attempt: null };
      return { isWritten: this.#recorder.add({ ...keyOf(due), attemptsBefore: attempts, attempts, ...waits }) };
    }
    const made = await attempt(this.#dispatcher, due, item.signer);
    const { nextAttemptMs } = made.verdict;
    await this.#judge(lanes, story.line, made);
    story.turnMs = Math.max(story.turnMs, nextAttemptMs ?? 0);
    if (nextAttemptMs !== null) this.#watchInputs(lanes, story.line, nextAttemptMs);
    return { isWritten: this.#record(item, made) };
  }

  async #judge(lanes: Lanes, line: string, { isSent, isTrouble }: Made): Promise<void> {
    if (!isSent) return;
    if (isTrouble) lanes.failed(line, this.#dispatcher.now());
    else lanes.succeeded(line);
    const version = lanes.version();
    if (version === this.#savedVersion) return;
    this.#savedVersion = version;
    await this.#keeper.save(lanes.failing());
  }

  async #record({ due, signer }: Item, { attempts, verdict, record }: Made): Promise<void> {
    const made = await record;
    await this.#recorder.add({ ...keyOf(due), attemptsBefore: attempts - 1, attempts, ...verdict, attempt: made });
    if (due.endpointId !== null && signer) {
      await judgeEndpoint(this.#dispatcher, due.endpointId, signer, verdict.state === 'succeeded').catch((error) =>
        this.#dispatcher.log('webhook.endpoint_not_judged', { error: String(error).slice(0, 200) }),
      );
    }
    if (verdict.state === 'succeeded') return;
    const { status } = made;
    const { subject, subjectId: id, eventType: type } = due;
    this.#dispatcher.log('webhook.attempt_failed', { subject, id, type, attempts, status, state: verdict.state });
  }
}

function keyOf({ createdAtMs, storeId, logSeq, target, resent }: DeliveryKey): DeliveryKey {
  return { createdAtMs, storeId, logSeq, target, resent };
}
