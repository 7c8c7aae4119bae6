// Knows what the node was asked to pay and what came of it, and holds the payouts of the product against it. It shares no code with the
// product. Called by game.ts: check() after each step, checkOutcome() when nothing can come any more.

import { Violation } from '../violation.ts';
import type { PayoutHistory } from './history.ts';
import type { PayoutSoak } from './world.ts';

interface PayoutRow {
  id: string;
  state: string;
  hash: string | null;
  sats: number;
  preimage: string | null;
  settledAtMs: number | null;
  approvals: number;
  attempts: number;
  settledEvents: number;
}

const DAY_MS = 24 * 3_600_000;

export class PayoutOracle {
  readonly #world: PayoutSoak;
  readonly #perDaySats: number;
  #judged = 0;

  constructor(world: PayoutSoak, { perDaySats }: PayoutHistory) {
    this.#world = world;
    this.#perDaySats = perDaySats;
  }

  check(): void {
    const rows = this.#world.chain.d1.rows<PayoutRow>(PAYOUTS);
    for (const row of rows) this.#checkOne(row);
    this.#checkSent(rows);
    for (const { settledAtMs: endMs } of rows) {
      if (endMs === null) continue;
      const inDay = rows.filter(({ settledAtMs: ms }) => ms !== null && ms <= endMs && ms > endMs - DAY_MS);
      const sats = inDay.reduce((sum, row) => sum + row.sats, 0);
      if (sats > this.#perDaySats) throw new Violation(`${sats} sats in a day, of ${this.#perDaySats}`);
    }
  }

  /** All is well again, and days have passed. */
  checkOutcome(): void {
    this.check();
    for (const { id, state } of this.#world.chain.d1.rows<PayoutRow>(PAYOUTS)) {
      const isOver = state === 'awaiting_approval' || state === 'settled' || state === 'cancelled';
      if (!isOver) throw new Violation(`the end: ${id} is still ${state}`);
    }
  }

  #checkOne({ id, state, hash, preimage, attempts, settledEvents }: PayoutRow): void {
    const { node, chain } = this.#world;
    const sent = hash === null ? [] : node.of(hash);
    const paid = sent.filter(({ ends }) => ends === 'paid');
    // What the merchant paid at another node, the one that answers now knows nothing of.
    const seen = paid.filter(({ isByHand, isForgotten }) => !isByHand || !isForgotten);
    if (seen.length > 1) throw new Violation(`${id} is paid ${seen.length} times`);
    // What was never tried is cancelled without a look at the node.
    if (state === 'cancelled' && seen.some(({ isByHand }) => !isByHand || attempts > 0))
      throw new Violation(`${id} is cancelled and paid`);
    if (state === 'cancelled' && sent.some(({ endsAtMs }) => endsAtMs > chain.nowMs))
      throw new Violation(`${id} is cancelled while the node pays it`);
    if (settledEvents > 1) throw new Violation(`${id} is announced as settled ${settledEvents} times`);
    if (state !== 'settled') return;
    if (preimage !== node.preimages.get(hash ?? '')) throw new Violation(`${id} has another preimage`);
    if (!paid.some(({ endsAtMs }) => endsAtMs <= chain.nowMs)) throw new Violation(`${id} is settled and not paid`);
  }

  /** What was sent since the last step: to one hash for each payee, approved, within the fee, while payouts were not stopped. */
  #checkSent(rows: PayoutRow[]): void {
    const { node, payees, stops } = this.#world;
    for (; this.#judged < node.sent.length; this.#judged++) {
      const payment = node.sent[this.#judged];
      if (!payment) return;
      if (payment.isByHand) continue;
      const { paymentHash, amountMsat, maxFeeMsat } = payment.request;
      const row = rows.find(({ hash }) => hash === paymentHash);
      if (!row || row.approvals === 0) throw new Violation(`${paymentHash} was sent and no approved payout has it`);
      if (amountMsat !== BigInt(row.sats) * 1000n) throw new Violation(`${row.id} was sent with another amount`);
      const most = Math.max(10_000, row.sats * 10);
      if (maxFeeMsat > BigInt(most)) throw new Violation(`${row.id} may cost ${maxFeeMsat} msat, of ${most}`);
      const stop = stops.find(({ from, until }) => from <= this.#judged && this.#judged < until);
      // What was written down before the stop may be sent, once.
      if (stop && !stop.underWay.delete(paymentHash))
        throw new Violation(`${row.id} was sent while payouts were stopped`);
      const others = node.sent.filter(({ request }) => payees.get(request.paymentHash) === payees.get(paymentHash));
      if (others.some(({ request }) => request.paymentHash !== paymentHash))
        throw new Violation(`${row.id} was sent to two payment hashes`);
    }
  }
}

const PAYOUTS = `
  SELECT id, state, payment_hash AS hash, amount_sats AS sats, preimage, settled_at AS settledAtMs, json_array_length(approvals) AS approvals,
    json_array_length(attempts) AS attempts,
    (SELECT count(*) FROM events e WHERE e.subject_id = payouts.id AND e.type = 'payout.settled') AS settledEvents
  FROM payouts`;
