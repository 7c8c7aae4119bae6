// Payouts and pull payments as tables, which on a phone become lists. Called by the lists and the pages of what they belong to.

import type { Payout } from '../../../core/payout/payout.ts';
import type { ClaimedPullPayment } from '../../../services/payouts/pull-payments.ts';
import { moneyText } from '../../ui/text.ts';
import { At, Badge } from '../parts.tsx';
import { ends } from '../text.ts';
import { amountWords, PAYOUT } from './words.ts';

export function PayoutBadge({ payout: { state } }: { payout: Payout }) {
  return <Badge tone={PAYOUT[state].tone}>{PAYOUT[state].word}</Badge>;
}

export function PayoutTable({ payouts, caption }: { payouts: Payout[]; caption: string }) {
  return (
    <table class="listing">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Payout</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {payouts.map((payout) => (
          <tr>
            <th scope="row">
              <a href={`/stores/${payout.storeId}/payouts/${payout.id}`}>{nameOfPayout(payout)}</a>
            </th>
            <td>
              <PayoutBadge payout={payout} />
            </td>
            <td class="number">
              {amountWords(payout)[0]}
              <small>{amountWords(payout)[1]}</small>
            </td>
            <td class="when">
              <At ms={payout.createdAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where it goes; before that its id. */
export function nameOfPayout({ destination, id }: Payout): string {
  return destination === null ? ends(id, 6) : ends(destination, 12);
}

export function PullPaymentTable({ pullPayments, caption }: { pullPayments: ClaimedPullPayment[]; caption: string }) {
  return (
    <table class="listing">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Pull payment</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {pullPayments.map((pullPayment) => (
          <tr>
            <th scope="row">
              <a href={`/stores/${pullPayment.storeId}/pull-payments/${pullPayment.id}`}>
                {pullPaymentName(pullPayment)}
              </a>
            </th>
            <td>
              <LinkBadge pullPayment={pullPayment} />
            </td>
            <td class="number">
              {moneyText(pullPayment.amount, pullPayment.currency)}
              <small>{moneyText(pullPayment.claimedAmount, pullPayment.currency)} claimed</small>
            </td>
            <td class="when">
              <At ms={pullPayment.createdAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function pullPaymentName({ name, id }: Pick<ClaimedPullPayment, 'name' | 'id'>): string {
  return name.trim() || ends(id, 6);
}

/** Without a clock: a link whose time is over says so on its own page. */
export function LinkBadge({ pullPayment }: { pullPayment: ClaimedPullPayment }) {
  const { archivedAtMs, amount, claimedAmount, paidAmount } = pullPayment;
  if (amount === paidAmount) return <Badge tone="good">Paid</Badge>;
  if (archivedAtMs !== null) return <Badge tone="calm">Archived</Badge>;
  if (amount === claimedAmount) return <Badge tone="wait">Claimed</Badge>;
  return <Badge tone="wait">Open</Badge>;
}
