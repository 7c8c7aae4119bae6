// Payouts and pull payments as tables, which on a phone become lists. Called by the lists and the pages of what they belong to.

import type { Payout } from '../../../core/payout/payout.ts';
import type { ClaimedPullPayment } from '../../../services/payouts/pull-payments.ts';
import { moneyText } from '../../ui/text.ts';
import { ListTable } from '../listing.tsx';
import { At, Badge } from '../parts.tsx';
import { ends } from '../text.ts';
import { amountWords, PAYOUT } from './words.ts';

export function PayoutBadge({ payout: { state } }: { payout: Payout }) {
  return <Badge tone={PAYOUT[state].tone}>{PAYOUT[state].word}</Badge>;
}

export function PayoutTable({ payouts, caption }: { payouts: Payout[]; caption: string }) {
  const rows = payouts.map((payout) => ({
    href: `/stores/${payout.storeId}/payouts/${payout.id}`,
    name: nameOfPayout(payout),
    mark: repeatsOrder(payout) && <Badge tone="warn">Same order</Badge>,
    status: <PayoutBadge payout={payout} />,
    amount: amountWords(payout),
    created: <At ms={payout.createdAtMs} />,
  }));
  return <ListTable what="Payout" caption={caption} rows={rows} />;
}

/** It has not ended, and another payout of its order is paid or may be. */
export function repeatsOrder({ sameOrderAs, state }: Payout): boolean {
  return sameOrderAs !== null && state !== 'settled' && state !== 'cancelled';
}

/** Where it goes; before that its id. */
export function nameOfPayout({ destination, id }: Payout): string {
  return destination === null ? ends(id, 6) : ends(destination, 12);
}

export function PullPaymentTable({ pullPayments, caption }: { pullPayments: ClaimedPullPayment[]; caption: string }) {
  const rows = pullPayments.map((pullPayment) => {
    const { storeId, id, amount, claimedAmount, currency, createdAtMs } = pullPayment;
    return {
      href: `/stores/${storeId}/pull-payments/${id}`,
      name: pullPaymentName(pullPayment),
      status: <LinkBadge pullPayment={pullPayment} />,
      amount: [moneyText(amount, currency), `${moneyText(claimedAmount, currency)} claimed`] as const,
      created: <At ms={createdAtMs} />,
    };
  });
  return <ListTable what="Pull payment" caption={caption} rows={rows} />;
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
