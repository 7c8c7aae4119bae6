// How a history has to end: once every explorer is honest again and nothing new happens, an invoice's status follows from the
// true chain, from when each payment was first seen, and from what was announced before. Written anew and simply: a list
// of questions, the first that is answered with yes decides. Called by run.ts.

import { depositsIn } from './deposits.ts';
import { Holdings, satsIn } from './holdings.ts';
import { type Records, recordsOf } from './records.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const DUST_SATS = 546;
/** Blocks that are mined in one moment have times in the future. */
const BLOCK_CLOCK_MS = 60_000;

/** @throws Violation unless every invoice is what the true chain makes of it */
export function checkOutcome(world: World): void {
  const { chain, blocks, invoices, nowMs } = world;
  const records = recordsOf(world);
  if (records.tip?.hash !== chain.tip.hash) throw new Violation('the end: our tip is not the true one');
  const holdings = new Holdings(blocks);
  checkMissed(world, holdings, records);
  for (const terms of [...invoices, ...depositsIn(world, records)]) {
    const events = records.events.get(terms.id) ?? [];
    const was = (...types: string[]) => events.some(({ type }) => types.includes(type));
    const payments = records.payments.filter(({ invoiceId }) => invoiceId === terms.id);
    const rows = new Map(payments.map((row) => [`${row.txid}:${row.vout}`, row]));
    const held = holdings.of(terms.script, chain.tip.hash).flatMap((holding) => {
      if (terms.deposit && terms.deposit.outpoint !== `${holding.txid}:${holding.vout}`) return [];
      const row = rows.get(`${holding.txid}:${holding.vout}`);
      // What the oracle has found to be older than the invoice is none of its payments, recorded or not.
      const isOlder = row ? row.state === 'prior' : holding.timeMs < terms.createdAtMs + BLOCK_CLOCK_MS;
      if (isOlder) return [];
      if (row?.state !== 'confirmed') throw new Violation(`the end: ${holding.txid} is missed`);
      return [{ ...holding, firstSeenMs: row.firstSeenMs }];
    });
    const waiting = payments.find(({ state }) => state === 'mempool');
    if (waiting) throw new Violation(`the end: ${waiting.txid} still waits`);
    const all = satsIn(held);
    const credited = satsIn(held.filter(({ firstSeenMs }) => firstSeenMs <= terms.lateDeadlineMs));
    const onTime = satsIn(held.filter(({ firstSeenMs }) => firstSeenMs < terms.expiresAtMs));
    const wasSettled = was('invoice.paid', 'invoice.late_paid', 'invoice.overpaid');
    const row = records.invoices.find(({ id }) => id === terms.id);
    if (!row) throw new Violation('the end: an invoice is gone');
    const disagreed = row.marks.includes('explorers_disagree');

    const questions: [boolean, string, string | null][] = [
      [disagreed, 'requires_review', 'explorers_disagree'],
      [was('invoice.payment_reverted') && all >= terms.least, 'requires_review', 'payment_confirmed_after_revert'],
      [was('invoice.payment_reverted'), 'reverted', null],
      [was('invoice.cancelled') && all >= DUST_SATS, 'requires_review', 'payment_after_cancellation'],
      [was('invoice.cancelled'), 'cancelled', null],
      [credited > terms.most, 'overpaid', null],
      [credited >= terms.least && onTime >= terms.least, 'paid', null],
      [credited >= terms.least, 'late_paid', null],
      [wasSettled, 'reverted', null],
      [all - credited >= DUST_SATS, 'requires_review', 'payment_after_deadline'],
      [credited > 0, 'underpaid', null],
      // An address is not looked at for a deposit that came to nothing: its time ends with its watch.
      [terms.deposit !== undefined && row.isWatched === 1 && !was('invoice.expired'), 'pending', null],
      [was('invoice.expired') || nowMs >= terms.expiresAtMs, 'expired', null],
      [true, 'pending', null],
    ];
    const [, status, reason] = questions.find(([isSo]) => isSo) ?? [];
    const last = events.at(-1);
    if (row.status !== status) throw new Violation(`the end: ${row.status} should be ${status}`);
    if (last?.reviewReason !== reason) throw new Violation(`the end: ${last?.reviewReason} should be ${reason}`);
    if (row.confirmedSats !== credited) {
      throw new Violation(`the end: ${row.confirmedSats} sats are said to be confirmed, ${credited} are`);
    }
  }
}

/** Each output to a customer's address is a deposit, unless it is older than the address. */
function checkMissed({ customers, chain }: World, holdings: Holdings, { payments }: Records): void {
  const known = new Set(payments.map(({ placeId, txid, vout }) => `${placeId}/${txid}:${vout}`));
  for (const { id, script, createdAtMs } of customers) {
    for (const { txid, vout, timeMs } of holdings.of(script, chain.tip.hash)) {
      if (timeMs < createdAtMs + BLOCK_CLOCK_MS || known.has(`${id}/${txid}:${vout}`)) continue;
      throw new Violation(`the end: the deposit ${txid}:${vout} is missed`);
    }
  }
}
