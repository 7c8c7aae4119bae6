// A raised fee keeps its time: a transaction that replaces a payment (BIP 125) is as old as what it replaces, where it
// pays the invoice as much. Pure; called by look.ts for each payment that is new.

import { type OnchainPayment, outpointOf } from './payment.ts';

/** What a transaction pays one invoice, all outputs together. */
interface Paid {
  txid: string;
  /** Outpoints spent, `txid:vout`. */
  inputs: readonly string[];
  sats: bigint;
  firstSeenMs: number;
}

/**
 * The time that a replacement inherits; null when it is judged by its own. It has to spend a coin of a payment of this
 * invoice and pay at least as much. A payment that was too small to hold the price in time cannot be made large enough
 * later: then the replacement inherits nothing.
 * @param leastSats the least that pays the invoice
 */
export function inheritedTimeMs(
  newcomer: Omit<Paid, 'firstSeenMs'>,
  payments: readonly OnchainPayment[],
  leastSats: bigint,
): number | null {
  const known = paidByTransaction(payments).filter(({ txid }) => txid !== newcomer.txid);
  const replaced = known.filter((one) => share(one, newcomer));
  if (replaced.length === 0) return null;
  const others = known.filter((one) => !replaced.includes(one) && one.isLive);
  for (const last of replaced.toSorted((a, b) => a.firstSeenMs - b.firstSeenMs)) {
    const until = (one: Paid) => one.firstSeenMs <= last.firstSeenMs;
    const before = together([last], replaced.filter(until));
    if (newcomer.sats < before) continue;
    const needed = leastSats - together([], others.filter(until));
    const growsIntoPrice = before < needed && newcomer.sats >= needed;
    if (!growsIntoPrice || newcomer.sats === before) return last.firstSeenMs;
  }
  return null;
}

function paidByTransaction(payments: readonly OnchainPayment[]): (Paid & { isLive: boolean })[] {
  const counted = payments.filter(({ state }) => state !== 'prior');
  return [...Map.groupBy(counted, (payment) => outpointOf(payment).txid)].map(([txid, outputs]) => ({
    txid,
    inputs: outputs.flatMap(({ inputs }) => inputs),
    sats: outputs.reduce((total, { valueSats }) => total + valueSats, 0n),
    firstSeenMs: Math.min(...outputs.map(({ firstSeenMs }) => firstSeenMs)),
    isLive: outputs.some(({ state }) => state === 'mempool' || state === 'confirmed'),
  }));
}

/** The most that these pay together, `first` among them: of those that spend one coin only one can be in the chain. */
function together(first: readonly Paid[], candidates: readonly Paid[]): bigint {
  const chosen = [...first];
  for (const one of candidates.toSorted((a, b) => (a.sats > b.sats ? -1 : 1))) {
    if (!chosen.some((other) => share(one, other))) chosen.push(one);
  }
  return chosen.reduce((total, { sats }) => total + sats, 0n);
}

function share(a: Pick<Paid, 'inputs'>, b: Pick<Paid, 'inputs'>): boolean {
  return a.inputs.some((input) => b.inputs.includes(input));
}
