// What the Lightning object of a store does: looks up the BOLT11s that are open, when their turn comes or a hook or page hints at
// something, and brings what it finds to their invoices. All that it knows is in D1 and found again after a restart. Called by
// lightning-object.ts, which keeps the alarm.

import { endBolt11s, type OpenBolt11, openBolt11s } from '../../adapters/db/bolt11-invoices.ts';
import { type Incoming, NodeError } from '../../adapters/nodes/node.ts';
import { OpenPages } from '../../adapters/rooms/open-pages.ts';
import { isOpen } from '../../core/lightning/prompt.ts';
import type { Deps } from '../../deps.ts';
import { lapse, settle } from '../../services/payments/settle.ts';
import { FirstHints } from './first-hints.ts';
import type { PollKeeper } from './keeper.ts';
import { endsAtMs, isHeld, lifetimeOf } from './lifetime.ts';
import { Lines } from './lines.ts';
import { lookUp, mintedOf } from './look-up.ts';
import { OpenList } from './open-list.ts';
import { isGivenUp, lateTurnMs, MAX_LOCK_MS, MIN_TICK_MS, nextLookMs } from './schedule.ts';

/** What is due so soon is looked up together. */
const TOGETHER_MS = 1_000;
/** Pages that are loaded again and again ask for one look-up. */
const PAGE_QUIET_MS = 3_000;
/** A settlement that no hook has announced by then shows that hooks do not arrive. */
const HOOK_DELAY_MS = 10_000;

interface Looked {
  /** Of the last look-up that showed what the node knows. */
  atMs: number;
  nextMs: number;
}

export class Poller {
  readonly lines: Lines;
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #keeper: PollKeeper;
  readonly #open = new OpenList(() => this.#readOpen());
  readonly #looked = new Map<string, Looked>();
  /** By connection: whether the hooks of its node arrive. */
  readonly #hooks = new Map<string, boolean>();
  readonly #hooked = new Set<string>();
  /** Forgotten by a restart: their BOLT11s are then looked up as often as those without a page. */
  readonly #pages = new OpenPages(null);
  readonly #hints = new FirstHints();
  readonly #pageHints = new FirstHints(PAGE_QUIET_MS);

  constructor(deps: () => Deps, storeId: string, keeper: PollKeeper) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#keeper = keeper;
    this.lines = new Lines(deps, storeId, (hash) => deps().background(this.#notice(hash)));
  }

  /** What is open has changed in D1, or a connection. */
  async wake(hasNewConnection: boolean): Promise<void> {
    this.#open.forget();
    if (hasNewConnection) this.lines.close();
    await this.#plan();
  }

  /** The alarm's: looks up all whose turn it is. Fails for nothing: what goes wrong is tried again. */
  async tick(): Promise<void> {
    const startedMs = this.#deps().now();
    try {
      await this.#pages.open(this.#deps().rooms, startedMs);
      const open = await this.#open.load();
      const due = open.filter((one) => this.#nextMs(one) <= startedMs + TOGETHER_MS);
      await this.#lookAt(due, open);
    } catch (error) {
      this.#deps().log('lightning.tick_failed', { store: this.#storeId, error: String(error).slice(0, 200) });
    }
    // From its start: a node that takes a second to answer is asked as often as any other.
    await this.#plan(Math.max(startedMs + MIN_TICK_MS, this.#deps().now() + TOGETHER_MS));
  }

  /** A page of the invoice is open. @param hasStream until `closed`; else for a minute */
  async hot(invoiceId: string, hasStream = false): Promise<void> {
    const nowMs = this.#deps().now();
    await this.#pages[hasStream ? 'opened' : 'requested'](invoiceId, nowMs);
    if (!this.#pageHints.isFirst(invoiceId, nowMs)) return;
    const open = await this.#open.load();
    const own = open.filter(({ bolt11 }) => bolt11.invoiceId === invoiceId);
    await this.#lookAt(own.filter(this.#isWorthALook(nowMs)), open);
    this.#lookAgain(own, nowMs);
    await this.#plan();
  }

  closed(invoiceId: string): Promise<void> {
    return this.#pages.closed(invoiceId, this.#deps().now());
  }

  /** A wallet's socket said that it was paid. It may break without a word: the node is asked as often as without it. */
  async #notice(paymentHash: string): Promise<void> {
    const open = await this.#open.load();
    await this.#lookAtHinted(
      open.filter(({ bolt11 }) => bolt11.paymentHash === paymentHash),
      open,
    );
  }

  /** A hook's hint. @param paymentHashes null for all that are open */
  async look(paymentHashes: string[] | null): Promise<void> {
    const nowMs = this.#deps().now();
    const open = await this.#open.load();
    const named = open.filter(({ bolt11 }) => paymentHashes?.includes(bolt11.paymentHash));
    for (const { bolt11 } of named) this.#hooked.add(bolt11.paymentHash);
    for (const id of new Set(named.map(({ bolt11 }) => bolt11.connectionId))) await this.#sawHook(id, true);
    if (paymentHashes !== null) return this.#lookAtHinted(named, open);
    const any = open.filter((one) => endsAtMs(one) > nowMs);
    // Many hooks that name nothing ask for the same.
    await this.#lookAtHinted(any, open, this.#hints.isFirst('', nowMs) ? any.filter(this.#isWorthALook(nowMs)) : []);
  }

  /** @param now those that are looked up without waiting; the others in three seconds */
  async #lookAtHinted(hinted: OpenBolt11[], open: OpenBolt11[], now?: OpenBolt11[]): Promise<void> {
    const nowMs = this.#deps().now();
    const first = now ?? hinted.filter(({ bolt11 }) => this.#hints.isFirst(bolt11.paymentHash, nowMs));
    if (first.length === 0 && hinted.every((one) => this.#nextMs(one) <= nowMs + MIN_TICK_MS)) return;
    await this.#lookAt(first, open);
    this.#lookAgain(hinted, nowMs);
    await this.#plan();
  }

  #isWorthALook(nowMs: number) {
    return (one: OpenBolt11) => endsAtMs(one) > nowMs && nowMs - this.#lookedAtMs(one) >= MIN_TICK_MS;
  }

  /** Some nodes say it a moment before they know it. */
  #lookAgain(hinted: OpenBolt11[], nowMs: number): void {
    const stillOpen = hinted.filter((one) => this.#open.has(one));
    for (const one of stillOpen) {
      const nextMs = Math.min(this.#nextMs(one), nowMs + MIN_TICK_MS);
      this.#looked.set(one.bolt11.paymentHash, { atMs: this.#lookedAtMs(one), nextMs });
    }
  }

  /** It should not be paid any more. */
  async end(paymentHash: string): Promise<void> {
    this.#open.forget();
    const open = await this.#open.load();
    const one = open.find(({ bolt11 }) => bolt11.paymentHash === paymentHash);
    const line = one && this.lines.to(one.bolt11.connectionId);
    if (one && (await line?.can('cancels').catch(failed))) {
      await line?.ask((node) => node.cancel(mintedOf(one))).catch(failed);
      await this.#lookAt([one], open);
    }
    await this.#plan();
  }

  async #readOpen(): Promise<OpenBolt11[]> {
    const open = await openBolt11s(this.#deps().db, this.#storeId);
    for (const id of new Set(open.map(({ bolt11 }) => bolt11.connectionId))) {
      this.#hooks.set(id, await this.#keeper.hasHooks(id));
    }
    return open;
  }

  /** Looks these up, each connection for itself. */
  async #lookAt(due: OpenBolt11[], open: OpenBolt11[]): Promise<void> {
    const byConnection = Map.groupBy(due, ({ bolt11 }) => bolt11.connectionId);
    await Promise.all([...byConnection].map(([id, own]) => this.#lookAtNode(id, own, open).catch(failed)));
  }

  /** @throws NodeError */
  async #lookAtNode(connectionId: string, due: OpenBolt11[], open: OpenBolt11[]): Promise<void> {
    const atMs = this.#deps().now();
    const active = open.filter((one) => one.bolt11.connectionId === connectionId && endsAtMs(one) > atMs);
    const inTurn = due.toSorted((a, b) => this.#nextMs(a) - this.#nextMs(b));
    const line = this.lines.to(connectionId);
    if (line.pausedUntilMs > atMs) return;
    try {
      await line.ask((node) =>
        lookUp(node, inTurn, active, {
          take: (one, found) => this.#take(one, found, atMs, open),
          failed: (one) => this.#wait(one, atMs),
        }),
      );
    } catch (error) {
      // Those whose time is not over are asked for as soon as the node may be asked again.
      for (const one of due) if (endsAtMs(one) <= atMs) await this.#wait(one, atMs);
      throw error;
    }
  }

  /** Nothing was learnt of it: the others come first. An invoice is left as it is where nothing ever is: it was not seen unpaid. */
  async #wait(one: OpenBolt11, atMs: number): Promise<void> {
    const { paymentHash, watchUntilMs } = one.bolt11;
    this.#looked.set(paymentHash, { atMs: this.#lookedAtMs(one), nextMs: this.#afterMs(one, atMs) });
    if (!isGivenUp(watchUntilMs, atMs)) return;
    this.#deps().log('lightning.given_up', { store: this.#storeId, hash: paymentHash });
    await this.#forget(one);
  }

  /** @param found unpaid, it shows that until `atMs` nothing came; but what a node does not know says nothing: it may be another node */
  async #take(one: OpenBolt11, found: Incoming, atMs: number, open: OpenBolt11[]): Promise<void> {
    const { bolt11 } = one;
    const isClear = !['settled', 'missing'].includes(found.state) && !isHeld(one, found, atMs);
    const nextMs = this.#afterMs(one, atMs);
    this.#looked.set(bolt11.paymentHash, { atMs: isClear ? atMs : this.#lookedAtMs(one), nextMs });
    const lockedMs = found.state === 'held' ? MAX_LOCK_MS : 0;
    const isOver = bolt11.watchUntilMs !== null && atMs >= bolt11.watchUntilMs + lockedMs;
    if (found.state === 'settled') return this.#settle(one, found);
    if (found.state === 'cancelled' || isOver) await this.#forget(one);
    if (found.state === 'missing')
      this.#deps().log('lightning.missing', { store: this.#storeId, hash: bolt11.paymentHash });
    if (isOver) this.#looked.set(bolt11.paymentHash, { atMs, nextMs });
    if (isClear || isOver) await this.#lapse(one, atMs, open);
  }

  async #settle(one: OpenBolt11, found: Incoming): Promise<void> {
    const { bolt11 } = one;
    if (!(await settle(this.#deps(), bolt11, found))) {
      this.#deps().log('lightning.not_believed', { store: this.#storeId, hash: bolt11.paymentHash });
      throw new NodeError('bad_answer', 'The node shows a preimage or a sum that cannot be of this invoice.');
    }
    const isUnannounced = !this.#hooked.has(bolt11.paymentHash);
    const sinceMs = this.#deps().now() - (found.settledAtMs ?? this.#deps().now());
    if (isUnannounced && sinceMs >= HOOK_DELAY_MS) await this.#sawHook(bolt11.connectionId, false);
    this.#drop(one);
  }

  async #forget(one: OpenBolt11): Promise<void> {
    await endBolt11s(this.#deps().db, this.#storeId, [one.bolt11.paymentHash]);
    this.#drop(one);
  }

  #drop({ bolt11: { paymentHash } }: OpenBolt11): void {
    this.#open.drop(paymentHash);
    this.#hooked.delete(paymentHash);
  }

  /** The invoice's time is over, where all of its BOLT11s were looked up since. */
  async #lapse(one: OpenBolt11, atMs: number, open: OpenBolt11[]): Promise<void> {
    const { bolt11, invoice } = one;
    if (!invoice || bolt11.invoiceId === null || atMs < invoice.expiresAtMs || !isOpen(invoice.status)) return;
    const own = open.filter(({ bolt11: { invoiceId } }) => invoiceId === bolt11.invoiceId);
    const known = own.map((other) => (other === one ? atMs : this.#lookedAtMs(other)));
    if (Math.min(...known) < invoice.expiresAtMs) return;
    await lapse(this.#deps(), bolt11.invoiceId, Math.min(...known));
    this.#open.forget();
  }

  /** Sets the alarm for the next turn, not before a time. Where nothing is open there is none. */
  async #plan(notBeforeMs = 0): Promise<void> {
    const nowMs = this.#deps().now();
    try {
      const open = await this.#open.load();
      const hashes = new Set(open.map(({ bolt11 }) => bolt11.paymentHash));
      for (const hash of this.#looked.keys()) if (!hashes.has(hash)) this.#looked.delete(hash);
      if (open.length === 0) return await this.#keeper.rest();
      const turns = open.map((one) =>
        Math.max(this.#nextMs(one), this.lines.to(one.bolt11.connectionId).pausedUntilMs),
      );
      await this.#keeper.wakeIn(Math.max(0, notBeforeMs - nowMs, Math.min(...turns) - nowMs));
    } catch {
      await this.#keeper.wakeIn(MIN_TICK_MS);
    }
  }

  /** Before the first look-up: in its turn, as if it had just been minted. */
  #nextMs(one: OpenBolt11): number {
    const nowMs = this.#deps().now();
    const known = this.#looked.get(one.bolt11.paymentHash)?.nextMs;
    if (known !== undefined) return known;
    return endsAtMs(one) > nowMs
      ? this.#afterMs(one, one.bolt11.createdAtMs)
      : lateTurnMs(lifetimeOf(one, nowMs), nowMs);
  }

  /** The turn after a look-up at `atMs`. */
  #afterMs(one: OpenBolt11, atMs: number): number {
    const hasHooks = this.#hooks.get(one.bolt11.connectionId) ?? false;
    const isWatched = one.bolt11.invoiceId !== null && this.#pages.has(one.bolt11.invoiceId);
    return nextLookMs(lifetimeOf(one, atMs), atMs, { hasHooks, isWatched });
  }

  async #sawHook(connectionId: string, arrived: boolean): Promise<void> {
    this.#hooks.set(connectionId, arrived);
    await this.#keeper.sawHook(connectionId, arrived);
  }

  #lookedAtMs({ bolt11: { paymentHash, createdAtMs } }: OpenBolt11): number {
    return this.#looked.get(paymentHash)?.atMs ?? createdAtMs;
  }
}

/** The line to the node has counted it, and says when it is asked again. */
function failed(error: unknown): false {
  if (error instanceof NodeError) return false;
  throw error;
}
