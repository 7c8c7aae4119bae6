// Knows the chain as it is and what each explorer has shown, and holds what the product has written against it, after
// each step. It shares no code with the product. judge.ts says what is true, books.ts what has to add up. Called by run.ts.

import { checkEvents, checkSats } from './books.ts';
import { START_BLOCKS } from './coins.ts';
import { checkDeposit, depositsIn } from './deposits.ts';
import { branch, Holdings } from './holdings.ts';
import { Judge } from './judge.ts';
import { Losses } from './losses.ts';
import { type PaymentRow, type Records, recordsOf } from './records.ts';
import { Violation } from './violation.ts';
import type { InvoiceTerms, World } from './world.ts';

/** A block's time has no milliseconds. */
const CLOCK_SLACK_MS = 1_000;
/** Blocks that are mined in one moment have times in the future. */
const BLOCK_CLOCK_MS = 60_000;
/** So much older than the invoice, no miner's clock is to blame. */
const MINED_EARLIER_MS = 10 * 60_000 + BLOCK_CLOCK_MS;

export class Oracle {
  readonly #world: World;
  readonly #holdings: Holdings;
  readonly #judge: Judge;
  readonly #losses: Losses;
  /** Events already judged, by invoice. */
  readonly #judged = new Map<string, number>();
  /** Payments known already. */
  readonly #rows = new Set<string>();
  /** Invoices that were there before the step. */
  readonly #issued = new Set<string>();
  /** Payments that a block of our chain held when their invoice was created, by invoice and transaction. */
  readonly #past = new Set<string>();
  /** Of them, those that were known before the step. */
  #rowsBefore = new Set<string>();
  /** Our tip when a round died: what it left undone is done by the time that we have another. */
  #cutOffAt: string | null = null;
  /** When an honest explorer has first shown an output, by invoice and outpoint. */
  readonly #shownAtMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#holdings = new Holdings(world.blocks);
    this.#judge = new Judge(world, this.#holdings);
    this.#judge.past = this.#past;
    this.#losses = new Losses(world);
  }

  /** @param crashed the step was cut off: what it has left undone may be done later */
  check({ crashed, listed }: { crashed: boolean; listed: boolean }): void {
    const records = recordsOf(this.#world);
    this.#checkChain(records, crashed);
    if (crashed) this.#cutOffAt = records.tip?.hash ?? '';
    else if (records.tip?.hash !== this.#cutOffAt) this.#cutOffAt = null;
    this.#checkIssued(records);
    this.#checkPayments(records);
    if (listed && !crashed) this.#noteShown();
    this.#checkFirstSeen(records);
    this.#losses.check(records, this.#cutOffAt !== null);
    for (const terms of [...this.#world.invoices, ...depositsIn(this.#world, records)])
      this.#checkInvoice(terms, records);
    this.#judge.tipBefore = records.tip;
  }

  /** Our headers are one branch of the chain, and no lower than what was shown to us. */
  #checkChain({ tip, headers }: Records, crashed: boolean): void {
    if (!tip) return;
    const walk = branch(this.#world.blocks, tip.hash);
    for (const header of headers) {
      const block = walk.next().value;
      if (!block || block.hash !== header.hash || block.height !== header.height) {
        throw new Violation(`our header at ${header.height} is not on the branch of our tip`);
      }
    }
    const shown = Math.max(...this.#world.views.map((view) => view.shown?.at(-1)?.height ?? 0));
    if (!crashed && tip.height < shown) throw new Violation(`our tip is ${tip.height}, ${shown} was shown`);
  }

  /** A confirmed payment is in a block of our chain, and each output of our chain to an invoice is a payment. */
  #checkPayments({ tip, headers, payments }: Records): void {
    if (!tip) return;
    const { blocks, places } = this.#world;
    const ours = new Set(headers.map(({ hash }) => hash));
    const owners = new Map(places.map(({ id, script }) => [id, script]));
    const rows = new Map<string, PaymentRow>();
    for (const row of payments) {
      const key = `${row.txid}:${row.vout}`;
      if (row.state === 'prior') this.#checkPrior(row);
      if (row.state !== 'confirmed') continue;
      if (this.#past.has(`${row.placeId}/${row.txid}`)) throw new Violation(`${key} is older than its invoice`);
      if (rows.has(key)) throw new Violation(`${key} is confirmed for two invoices`);
      rows.set(key, row);
      const block = blocks.get(row.hash ?? '');
      const output = block?.txs.find(({ txid }) => txid === row.txid)?.outputs[row.vout];
      if (!block || !output) throw new Violation(`${key} is confirmed by a block that does not hold it`);
      if (block.height !== row.height) throw new Violation(`${key} is at ${block.height}, not at ${row.height}`);
      if (output.script !== owners.get(row.placeId)) throw new Violation(`${key} does not pay its invoice`);
      if (output.sats !== row.sats) throw new Violation(`${key} is worth ${output.sats}, not ${row.sats}`);
      if (!ours.has(block.hash) && this.#cutOffAt === null) {
        throw new Violation(`${key} is confirmed at ${block.height} by a block that is not on our chain`);
      }
    }
    if (this.#cutOffAt !== null) return;
    const scripts = new Set(owners.values());
    for (const { txid, vout, script, hash, timeMs } of this.#holdings.all(tip.hash)) {
      if (!scripts.has(script)) continue;
      const row = rows.get(`${txid}:${vout}`);
      const createdAtMs = places.find((place) => place.script === script)?.createdAtMs ?? 0;
      if (timeMs < createdAtMs - MINED_EARLIER_MS) {
        if (row) throw new Violation(`${txid}:${vout} is older than its invoice and counts`);
        continue;
      }
      if (this.#mayBePrior(txid, createdAtMs)) continue;
      if (row?.hash !== hash) throw new Violation(`${txid}:${vout} is in our chain and not known as confirmed`);
    }
  }

  /** An address that a block of our chain has paid before is not issued. */
  #checkIssued({ tip }: Records): void {
    for (const { id, script, createdAtMs } of this.#world.places) {
      if (this.#issued.has(id)) continue;
      this.#issued.add(id);
      const past = this.#holdings.of(script, this.#judge.tipBefore?.hash ?? '');
      for (const { txid } of past) this.#past.add(`${id}/${txid}`);
      const used = past.find(({ height }) => height > START_BLOCKS);
      if (used && tip) throw new Violation(`an address was issued at ${createdAtMs} that was paid at ${used.timeMs}`);
    }
  }

  /** A payment is older than its invoice only if some block that holds it is. */
  #checkPrior({ placeId, txid }: PaymentRow): void {
    const createdAtMs = this.#world.places.find(({ id }) => id === placeId)?.createdAtMs ?? 0;
    if (!this.#mayBePrior(txid, createdAtMs))
      throw new Violation(`${txid} is called older than its invoice and is not`);
  }

  #mayBePrior(txid: string, createdAtMs: number): boolean {
    return [...this.#world.blocks.values()].some(
      ({ time, txs }) => time * 1_000 < createdAtMs + BLOCK_CLOCK_MS && txs.some((tx) => tx.txid === txid),
    );
  }

  /** Honest explorers that have listed an address in this step have shown all that pays it. */
  #noteShown(): void {
    const { views, places, sent, chain, nowMs } = this.#world;
    const honest = views.filter((view) => view.isHonest);
    const frame = chain.frame();
    for (const { id, address, script } of places) {
      if (!honest.some((view) => view.hasListed(address))) continue;
      for (const tx of sent) {
        if (!frame.mempool.has(tx.txid) && frame.place(tx.txid) === undefined) continue;
        for (const [vout, output] of tx.outputs.entries()) {
          const key = `${id}/${tx.txid}:${vout}`;
          if (output.script === script && !this.#shownAtMs.has(key)) this.#shownAtMs.set(key, nowMs);
        }
      }
    }
  }

  /** First seen: not before it was sent, not after an honest explorer has shown it. */
  #checkFirstSeen({ payments }: Records): void {
    const { places, blocks } = this.#world;
    this.#rowsBefore = new Set(this.#rows);
    const createdOf = (key: string) => places.find(({ id }) => id === key.split('/')[0])?.createdAtMs ?? 0;
    const known = new Map(payments.map((row) => [keyOf(row), row]));
    for (const [key, atMs] of this.#shownAtMs) {
      const row = known.get(key);
      if (!row && this.#mayBePrior(key.split('/')[1]?.split(':')[0] ?? '', createdOf(key))) continue;
      if (!row) throw new Violation(`${key} was shown by an honest explorer and is not known`);
      if (row.state === 'prior') continue;
      if (row.firstSeenMs > atMs) throw new Violation(`${key} was shown at ${atMs}, first seen at ${row.firstSeenMs}`);
    }
    for (const [key, row] of known) {
      const { txid, firstSeenMs, placeId, hash, state } = row;
      const sentAtMs = this.#world.sentAtMs.get(txid);
      if (sentAtMs !== undefined && firstSeenMs < sentAtMs - CLOCK_SLACK_MS && !this.#hasInherited(row, payments)) {
        throw new Violation(`${key} was sent at ${sentAtMs} and first seen at ${firstSeenMs}`);
      }
      if (this.#rows.has(key)) continue;
      this.#rows.add(key);
      this.#mustInherit(row, payments);
      // What is first known from a block was on its way before: no outage makes it later than that.
      const createdAtMs = places.find(({ id }) => id === placeId)?.createdAtMs ?? 0;
      const minedAtMs = Math.max(createdAtMs, (blocks.get(hash ?? '')?.time ?? 0) * 1_000);
      if (state === 'confirmed' && firstSeenMs > minedAtMs) {
        throw new Violation(`${key} was mined at ${minedAtMs} and first seen at ${firstSeenMs}`);
      }
    }
  }

  /** Does it replace a payment that was first seen at that very time, and pay the invoice as much? */
  #hasInherited(row: PaymentRow, payments: PaymentRow[]): boolean {
    return payments.some(
      (other) => replaces(row, other) && other.firstSeenMs === row.firstSeenMs && this.#paid(row) >= this.#paid(other),
    );
  }

  /** A raised fee alone makes nothing later. */
  #mustInherit(row: PaymentRow, payments: PaymentRow[]): void {
    for (const other of payments) {
      if (!replaces(row, other) || other.state === 'prior' || this.#paid(row) !== this.#paid(other)) continue;
      if (this.#rowsBefore.has(keyOf(other)) && row.firstSeenMs > other.firstSeenMs) {
        throw new Violation(`${row.txid} only raises the fee of ${other.txid} and is later`);
      }
    }
  }

  /** All that a transaction pays its invoice. */
  #paid({ placeId, txid }: PaymentRow): number {
    const script = this.#world.places.find(({ id }) => id === placeId)?.script;
    const outputs = this.#world.chain.known(txid)?.outputs ?? [];
    return outputs.reduce((total, output) => total + (output.script === script ? output.sats : 0), 0);
  }

  #checkInvoice(terms: InvoiceTerms, records: Records): void {
    const row = records.invoices.find(({ id }) => id === terms.id);
    const events = records.events.get(terms.id) ?? [];
    const last = events.at(-1);
    if (!row || !last) throw new Violation('an invoice is gone');
    const payments = records.payments.filter(({ invoiceId }) => invoiceId === terms.id);
    checkEvents(row, events);
    checkSats(terms, { row, last, payments });
    if (terms.deposit) checkDeposit(events);
    for (const event of events.slice(this.#judged.get(terms.id) ?? 0)) {
      this.#judge.check(terms, event, { before: events.slice(0, event.seq - 1), payments });
    }
    this.#judged.set(terms.id, events.length);
  }
}

function keyOf({ placeId, txid, vout }: PaymentRow): string {
  return `${placeId}/${txid}:${vout}`;
}

/** Two transactions of one invoice that cannot both be in the chain. */
function replaces(row: PaymentRow, other: PaymentRow): boolean {
  if (row.invoiceId !== other.invoiceId || row.txid === other.txid) return false;
  const coins = new Set(JSON.parse(other.inputs) as string[]);
  return (JSON.parse(row.inputs) as string[]).some((coin) => coins.has(coin));
}
