// Was there reason to announce an event? Called by oracle.ts for each.
//
// What is true while explorers disagree: the product can know no more than what it was shown with proof. So a settlement
// is right if the outputs that pay for it stand, deep enough, on the highest branch that an explorer has shown in the
// very step in which it was announced. With an honest explorer among those that is the true chain, or one of equal work;
// when a frozen one is the only one up, the branch that it was frozen on is all the truth there is. What no block holds
// (a forged payment, an altered amount, a waiting one) never settles anything.

import { branch, forkHeight, type Holding, type Holdings, satsIn } from './holdings.ts';
import type { EventRow, PaymentRow } from './records.ts';
import { Violation } from './violation.ts';
import type { InvoiceTerms, World } from './world.ts';

const SETTLED = new Set(['invoice.paid', 'invoice.late_paid', 'invoice.overpaid']);
/** From here on two explorers have to show the block, or six have to be on top. */
const LARGE_SATS = 10_000_000;
const LARGE_DEPTH = 6;

export class Judge {
  readonly #world: World;
  readonly #holdings: Holdings;
  /** Payments that our chain held when their invoice was created, as invoice/txid. */
  past: ReadonlySet<string> = new Set();
  /** Our tip before the step. */
  tipBefore: { hash: string; height: number } | null = null;

  constructor(world: World, holdings: Holdings) {
    this.#world = world;
    this.#holdings = holdings;
  }

  /** Was there reason to say so, by what was shown in this step? */
  check(
    terms: InvoiceTerms,
    event: EventRow,
    { before, payments }: { before: EventRow[]; payments: PaymentRow[] },
  ): void {
    const { type } = event;
    const wasSettled = before.some((earlier) => SETTLED.has(earlier.type));
    const isSo = (reason: (view: View) => boolean) => this.#views(terms, payments).some(reason);
    const refuse = (why: string) => {
      throw new Violation(`${type}: ${why}`);
    };
    if (SETTLED.has(type)) {
      const isRight = (counted: Holding[], isOnTime: View['isOnTime']) => {
        if (satsIn(counted) < terms.least) return false;
        if (type === 'invoice.overpaid' || satsIn(counted) > terms.most) {
          return type === 'invoice.overpaid' && satsIn(counted) > terms.most;
        }
        return satsIn(counted.filter(isOnTime)) >= terms.least === (type === 'invoice.paid');
      };
      // Once settled, at any depth that a reorg leaves to it.
      const isSettled = ({ settling, held, isOnTime }: View) =>
        isRight(settling, isOnTime) || (wasSettled && isRight(held, isOnTime));
      if (!isSo(isSettled)) refuse('no shown chain holds what it takes, that deep');
    }
    if (type === 'invoice.underpaid' && !isSo((view) => satsIn(view.deep) > 0 && satsIn(view.settling) < terms.least)) {
      refuse('no shown chain holds too little');
    }
    if (type === 'invoice.payment_reverted') {
      if (!wasSettled) refuse('it was not settled');
      if (!isSo((view) => satsIn(view.held) < terms.least)) refuse('every shown chain holds it');
    }
    if (type === 'invoice.expired') this.#judgeExpiry(terms, event, payments);
    if (type === 'invoice.payment_seen' && !this.#wasPaidAnything(terms)) refuse('no payment was made');
    if (type === 'invoice.requires_review' && event.reviewReason === null) refuse('no reason is given');
    if (event.reviewReason === 'explorers_disagree' && !before.some(isSplit) && !this.#isSplit()) {
      refuse('explorers did not disagree');
    }
  }

  /** Time is up by a look at the chain that is newer, and none of what honest explorers show there may be credited. */
  #judgeExpiry(terms: InvoiceTerms, event: EventRow, payments: PaymentRow[]): void {
    const { views, chain } = this.#world;
    if (event.createdAtMs < terms.expiresAtMs) throw new Violation('invoice.expired: its time is not up');
    const looked = views.filter((view) => view.hasListed(terms.address));
    if (looked.length === 0) throw new Violation('invoice.expired: no explorer was asked about its address');
    if (!looked.every((view) => view.isHonest)) return;
    const frame = chain.frame();
    for (const { txid, vout, firstSeenMs, state } of payments) {
      const pays = chain.known(txid)?.outputs[vout]?.script === terms.script;
      const isThere = frame.mempool.has(txid) || frame.place(txid) !== undefined;
      if (pays && isThere && state !== 'prior' && firstSeenMs <= terms.lateDeadlineMs) {
        throw new Violation(`invoice.expired: ${txid} was shown in the same look`);
      }
    }
  }

  /** Do two explorers show branches of two blocks and more, about as long as each other? */
  #isSplit(): boolean {
    const { blocks, views } = this.#world;
    const tips = views.flatMap(({ shown }) => shown?.at(-1) ?? []);
    return tips.some((tip) => tips.some((other) => isRival(blocks, tip, other.hash)));
  }

  #wasPaidAnything({ script }: InvoiceTerms): boolean {
    const { sent, forgedFor, views, chain } = this.#world;
    // An index that is behind shows a payment from before as one that waits.
    const isBehind = views.some((view) => !view.isHonest);
    if (isBehind && this.#holdings.of(script, chain.tip.hash).length > 0) return true;
    return forgedFor.has(script) || sent.some(({ outputs }) => outputs.some((output) => output.script === script));
  }

  /** The highest branches shown in this step, and each step of the way to them, as one invoice sees them. */
  #views(terms: InvoiceTerms, payments: PaymentRow[]): View[] {
    const { blocks, views } = this.#world;
    const firstSeen = new Map(payments.map((row) => [`${row.txid}:${row.vout}`, row.firstSeenMs]));
    const prior = new Set(payments.filter(({ state }) => state === 'prior').map(({ txid }) => txid));
    const isPrior = ({ txid }: Holding) =>
      prior.has(txid) || this.past.has(`${terms.deposit?.addressId ?? terms.id}/${txid}`);
    const isOwn = ({ txid, vout }: Holding) =>
      terms.deposit === undefined || terms.deposit.outpoint === `${txid}:${vout}`;
    const seenMs = ({ txid, vout }: Holding) => firstSeen.get(`${txid}:${vout}`) ?? Number.POSITIVE_INFINITY;
    const tips = new Map(views.flatMap(({ shown }) => shown?.at(-1) ?? []).map((block) => [block.hash, block]));
    const highest = Math.max(...[...tips.values()].map(({ height }) => height));
    const reached = [...tips.values()].filter(({ height }) => height === highest);
    return reached
      .flatMap((tip) =>
        [...branch(blocks, tip.hash)].filter((block) => block === tip || block.height > (this.tipBefore?.height ?? 0)),
      )
      .map((tip) => {
        const held = this.#holdings
          .of(terms.script, tip.hash)
          .filter((one) => isOwn(one) && seenMs(one) <= terms.lateDeadlineMs && !isPrior(one));
        const deep = held.filter(({ height }) => tip.height - height + 1 >= terms.threshold);
        const undisputed = Math.min(
          ...[...tips.keys()].map((other) => (isRival(blocks, tip, other) ? forkHeight(blocks, tip.hash, other) : 1e9)),
        );
        const settling = deep.filter(
          ({ height, hash }) =>
            height <= undisputed &&
            (terms.sats < LARGE_SATS || tip.height - height + 1 >= LARGE_DEPTH || this.#witnesses(hash) >= 2),
        );
        return { held, deep, settling, isOnTime: (one) => seenMs(one) < terms.expiresAtMs };
      });
  }

  /** How many explorers have ever shown a branch with this block. */
  #witnesses(hash: string): number {
    const { views, blocks } = this.#world;
    return views.filter(({ tips }) =>
      [...tips].some((tip) => [...branch(blocks, tip)].some((block) => block.hash === hash)),
    ).length;
  }
}

/** A branch as an invoice sees it: outputs that pay it and may be credited. */
interface View {
  /** In any block. */
  held: Holding[];
  /** Deep enough for the invoice. */
  deep: Holding[];
  /** And in blocks that explorers agree about, as far as its worth asks for it. */
  settling: Holding[];
  isOnTime: (holding: Holding) => boolean;
}

function isSplit({ reviewReason }: EventRow): boolean {
  return reviewReason === 'explorers_disagree';
}

/** Another branch that is as long, or a deep one that is nearly so: until one wins, neither settles. */
function isRival(blocks: World['blocks'], tip: { hash: string; height: number }, other: string): boolean {
  const fork = forkHeight(blocks, tip.hash, other);
  const ours = tip.height - fork;
  const theirs = (blocks.get(other)?.height ?? 0) - fork;
  if (theirs <= 0 || ours <= 0) return false;
  return theirs === ours || (theirs >= 2 && ours >= 2 && ours - theirs <= 1);
}
