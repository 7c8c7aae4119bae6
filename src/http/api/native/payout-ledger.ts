// /v1/payouts.csv: what a store paid out, as a table for accounts. The dashboard's export writes the same table.

import { currencyDecimals } from '../../../core/money/currencies.ts';
import { formatDecimal, parseDecimal } from '../../../core/money/fiat.ts';
import { fiatValue } from '../../../core/money/quote.ts';
import { payoutSnapshot } from '../../../core/payout/snapshot.ts';
import type { Deps } from '../../../deps.ts';
import { type BookedPayout, readLedger } from '../../../services/payouts/ledger.ts';
import { csvFile } from '../csv.ts';
import { DAY_NOTES, daysOf, daysQuery, spanOf } from './days.ts';
import { operation } from './operation.ts';
import { keyThatMay } from './who.ts';

export const payoutLedgerApi = [
  operation('GET /v1/payouts.csv', () => ({
    id: 'downloadPayouts',
    tag: 'Payouts',
    summary: 'Payouts as a table for accounts',
    description: 'Those that were created in these days, the newest first, with their state as it is now.',
    who: keyThatMay('btcpay.store.canviewpayouts'),
    query: { schema: daysQuery, notes: DAY_NOTES },
    answers: [{ status: 200, description: 'With a line of names.', type: 'text/csv' }],
    run: async ({ deps, caller: { store }, query }) => ledgerFile(deps, store.id, daysOf(query, deps.now())),
  })),
];

const COLUMNS = [
  ...['id', 'created_at', 'settled_at', 'kind', 'pull_payment_id', 'invoice_id', 'order_ref', 'environment', 'state'],
  ...['reason', 'amount', 'currency', 'amount_sats', 'rate', 'rate_currency', 'btc_usd_rate_at_creation', 'method'],
  ...[
    'rate_at_settlement',
    'rate_at_settlement_currency',
    'value_at_settlement',
    'destination',
    'fee_sats',
    'batch_id',
    'txid',
    'payment_hash',
    'created_by',
    'approved_by',
  ],
] as const;

export function ledgerFile(deps: Deps, storeId: string, period: { from: string; to: string }): Response {
  const span = { storeId, ...spanOf(period) };
  return csvFile<string>({
    name: `satlane-payouts-${period.from}-${period.to}`,
    columns: COLUMNS,
    async read(after) {
      const { payouts, next } = await readLedger(deps, span, after);
      return { rows: payouts.map(rowOf), next };
    },
  });
}

function rowOf(payout: BookedPayout) {
  const shown = payoutSnapshot(payout);
  return [
    ...[shown.id, shown.created_at, shown.settled_at, payout.origin ?? 'payout', shown.pull_payment_id],
    ...[shown.invoice_id, payout.orderRef, shown.environment, shown.state, shown.reason, shown.amount],
    ...[shown.currency, shown.amount_sats, shown.rate, shown.rate && shown.currency, shown.btc_usd_rate],
    ...[
      shown.method,
      payout.settledRate,
      payout.settledCurrency,
      worthOf(payout),
      shown.destination,
      feeSats(payout),
      shown.batch_id,
      shown.txid,
      shown.payment_hash,
    ],
    ...[nameOf(payout.createdBy), payout.approvals.map(({ by }) => nameOf(by)).join(' ')],
  ];
}

/** What it took from the store, in the currency of the rate when it was settled. */
function worthOf({ amountSats, settledRate, settledCurrency }: BookedPayout): string | null {
  const rate = settledRate === null ? null : parseDecimal(settledRate, 25);
  if (rate === null || amountSats === null) return null;
  return formatDecimal(fiatValue(amountSats, rate, currencyDecimals(settledCurrency ?? '') ?? 2));
}

/**
 * What it cost: over Lightning sats with three decimals; on chain an equal part of its transaction's fee in whole sats, so that the
 * parts of all its payouts come to the fee.
 */
function feeSats({ feeMsat, onchainFee }: BookedPayout): string | null {
  if (onchainFee !== null) {
    const upTo = (place: number) => (onchainFee.feeSats * BigInt(place)) / BigInt(onchainFee.payouts);
    return String(upTo(onchainFee.place + 1) - upTo(onchainFee.place));
  }
  return feeMsat === null ? null : `${feeMsat / 1000n}.${String(feeMsat % 1000n).padStart(3, '0')}`;
}

const nameOf = ({ kind, id }: BookedPayout['createdBy']): string => (id === null ? kind : `${kind}:${id}`);
