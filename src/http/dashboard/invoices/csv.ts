// Invoices as rows for accounting. Pure. Called by export.tsx.

import { currencyDecimals } from '../../../core/money/currencies.ts';
import { formatDecimal, parseDecimal } from '../../../core/money/fiat.ts';
import { fiatValue } from '../../../core/money/quote.ts';
import type { InvoiceSnapshot, PaymentSnapshot } from '../../../core/snapshot/invoice.ts';
import { csvHead, csvRow } from '../../api/csv.ts';
import { hasArrived, methodsUsed } from '../../ui/methods.ts';
import { isAnyAmount } from './words.ts';

/** One invoice as a bookkeeper reads it. Amounts are decimal strings, exact; null for what is not known. */
export interface BookedInvoice {
  created_at: string;
  paid_at: string | null;
  invoice_id: string;
  order_ref: string | null;
  environment: string;
  status: string;
  price: string | null;
  price_currency: string | null;
  /** null where any amount would do. */
  amount_sats: string | null;
  received_sats: string;
  fee_sats: string;
  /** Fiat per bitcoin as the invoice fixed it when it was made: no other is stored, and it is the one of the sale. */
  rate: string | null;
  rate_currency: string | null;
  rate_source: 'locked_at_creation' | null;
  received_value: string | null;
  address: string;
  txids: string;
  /** The ways by which its payments came: `onchain`, `lightning`. */
  paid_by: string;
  /** Of payments that are no transaction: a payment hash. */
  payment_references: string;
}

export function booked(invoice: InvoiceSnapshot): BookedInvoice {
  const isFiat = invoice.btc_fiat_rate !== null && invoice.fiat_currency !== null;
  const rate = decimalText(isFiat ? invoice.btc_fiat_rate : invoice.btc_usd_rate);
  const rateCurrency = rate === null ? null : isFiat ? invoice.fiat_currency : 'USD';
  const arrived = invoice.payments.filter(hasArrived);
  return {
    created_at: invoice.created_at,
    paid_at: invoice.paid_at,
    invoice_id: invoice.id,
    order_ref: invoice.order_ref,
    environment: invoice.environment,
    status: invoice.status,
    price: decimalText(invoice.amount_fiat),
    price_currency: invoice.fiat_currency,
    amount_sats: isAnyAmount(invoice) ? null : invoice.amount_sats,
    received_sats: invoice.amount_confirmed_sats,
    fee_sats: invoice.fee_sats,
    rate,
    rate_currency: rateCurrency,
    rate_source: rate === null ? null : 'locked_at_creation',
    received_value: worthOf(invoice.amount_confirmed_sats, rate, rateCurrency),
    address: invoice.address,
    txids: referencesOf(arrived.filter(({ method }) => method === 'onchain')),
    paid_by: methodsUsed({ payments: arrived }).join(' '),
    payment_references: referencesOf(arrived.filter(({ method }) => method !== 'onchain')),
  };
}

const COLUMNS = [
  'created_at',
  'paid_at',
  'invoice_id',
  'order_ref',
  'environment',
  'status',
  'price',
  'price_currency',
  'amount_sats',
  'received_sats',
  'fee_sats',
  'rate',
  'rate_currency',
  'rate_source',
  'received_value',
  'address',
  'txids',
  'paid_by',
  'payment_references',
] as const satisfies readonly (keyof BookedInvoice)[];

export const CSV_HEAD = csvHead(COLUMNS);

export const csvLine = (invoice: BookedInvoice): string => csvRow(COLUMNS.map((column) => invoice[column]));

function referencesOf(payments: readonly PaymentSnapshot[]): string {
  return payments.map(({ txid }) => txid).join(' ');
}

function worthOf(sats: string, rate: string | null, currency: string | null): string | null {
  const decimal = rate === null ? null : parseDecimal(rate);
  if (decimal === null) return null;
  return formatDecimal(fiatValue(BigInt(sats), decimal, currencyDecimals(currency ?? '') ?? 2));
}

function decimalText(number: number | null): string | null {
  const decimal = number === null ? null : parseDecimal(number);
  return decimal === null ? null : formatDecimal(decimal);
}
