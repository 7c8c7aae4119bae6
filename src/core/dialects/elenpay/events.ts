// What ElenPAY tells of an invoice: of a deposit to a permanent address every confirmation it gets; of any other invoice what
// Greenfield tells, with the amounts. Pure. Called by dialect.ts for each step.

import type { Announced, Invoice, Payment } from '../../invoice/invoice.ts';

import { isLive, referenceOf, referenceText } from '../../invoice/methods.ts';
import { DEPOSIT_CONFIRMATIONS } from '../../invoice/policy.ts';

import { shopMetadata } from '../../invoice/shop-status.ts';
import { type Transition, totalsOf } from '../../invoice/state.ts';
import { currencyDecimals } from '../../money/currencies.ts';
import { parseDecimal, toNumber } from '../../money/fiat.ts';
import { fiatValue } from '../../money/quote.ts';
import { formatBtc } from '../../money/sats.ts';
import { addressOf } from '../../onchain/prompt.ts';
import type { Dialect, DialectEvent } from '../dialect.ts';

/** The events of one step, in order. @param greenfieldEvents those of Greenfield */
export function elenpayEvents(
  transition: Transition,
  greenfieldEvents: () => ReturnType<Dialect['events']>,
): DialectEvent[] {
  if (transition.after.invoice.depositAddressId !== null) return depositEvents(transition);
  return withAmounts(transition, greenfieldEvents());
}

/** JSON numbers, as ElenPAY has them: bitcoin, and their worth in fiat; null where no rate is known. */
interface Amounts {
  currency: 'BTC';
  cryptoAmount: number;
  fiatAmount: number | null;
}

interface DepositTx {
  hash: string;
  address: string;
  sats: number;
  confirmations: number;
}

/** Names a deposit in every event of it. */
export function depositId(payment: Payment): string {
  return referenceText(payment);
}

export function depositTx(payment: Payment, invoice: Invoice, confirmations: number): DepositTx {
  return {
    hash: referenceOf(payment).name,
    address: addressOf(invoice),
    sats: Number(payment.valueSats),
    confirmations,
  };
}

/** @param rate fiat per bitcoin, in `currency` */
export function amountsOf(sats: bigint, rate: string | null, currency: string | null): Amounts {
  const decimal = rate === null ? null : parseDecimal(rate);
  const worth = decimal && fiatValue(sats, decimal, currencyDecimals(currency ?? '') ?? 2);
  return { currency: 'BTC', cryptoAmount: Number(formatBtc(sats)), fiatAmount: worth && toNumber(worth) };
}

/** As the client gave it. What the native API keeps in fields of its own is under Greenfield's names. */
function elenpayMetadata(invoice: Invoice): Record<string, unknown> {
  return invoice.metadata.OrderId === undefined ? shopMetadata(invoice) : invoice.metadata;
}

function depositEvents({ before, after, atMs }: Transition): DialectEvent[] {
  const { invoice } = after;
  const events: DialectEvent[] = [];
  for (const payment of after.payments.filter(isLive)) {
    const amounts = amountsOf(payment.valueSats, invoice.fiatRate, invoice.fiatCurrency);
    const tell = (type: 'OnchainDepositProcessing' | 'OnchainDepositSettled', confirmations: number) => {
      const body = {
        type,
        timestamp: Math.floor(atMs / 1000),
        pspReferenceId: depositId(payment),
        storeId: invoice.storeId,
        ...amounts,
        metadata: elenpayMetadata(invoice),
        tx: depositTx(payment, invoice, confirmations),
      };
      events.push({ type, body: JSON.stringify(body) });
    };
    const known = reached(before?.invoice.announced, payment);
    const now = reached(invoice.announced, payment);
    // Several blocks may come together, and a payment first in its block: each confirmation is announced all the same.
    for (let count = known + 1; count <= Math.min(now, DEPOSIT_CONFIRMATIONS - 1); count++) {
      tell('OnchainDepositProcessing', count);
    }
    if (now === Number.POSITIVE_INFINITY && known < now) tell('OnchainDepositSettled', DEPOSIT_CONFIRMATIONS);
  }
  return events;
}

/** The last confirmation that was announced; −1 before any, without end once it is settled. */
function reached(announced: Announced | undefined, payment: Payment): number {
  const last = announced?.[payment.id] ?? -1;
  return last === 'settled' ? Number.POSITIVE_INFINITY : last;
}

/**
 * Its receivers know of one event for a payment that arrived: after the time it is the same one (InvoiceSettled), which Greenfield's
 * do not get then.
 */
function withLate(events: ReturnType<Dialect['events']>): ReturnType<Dialect['events']> {
  return events.flatMap((event) => {
    if (event.type !== 'InvoicePaidAfterExpiration') return [event];
    const settled = { ...(JSON.parse(event.body ?? '{}') as object), type: 'InvoiceSettled', manuallyMarked: false };
    return [event, { type: 'InvoiceSettled', body: JSON.stringify(settled) }];
  });
}

function withAmounts({ after }: Transition, events: ReturnType<Dialect['events']>): DialectEvent[] {
  const { invoice } = after;
  const sats = invoice.amountSats ?? totalsOf(after).seenSats;
  const amounts =
    invoice.fiatAmount === null
      ? amountsOf(sats, invoice.fiatRate ?? invoice.usdRate, invoice.fiatCurrency)
      : { ...amountsOf(sats, null, null), fiatAmount: Number(invoice.fiatAmount) };
  const metadata = elenpayMetadata(invoice);
  return withLate(events).map(({ type, body }) => ({
    type,
    body: JSON.stringify({ ...amounts, ...(JSON.parse(body ?? '{}') as object), metadata }),
  }));
}
