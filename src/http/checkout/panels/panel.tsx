// Which panel belongs to which situation, and what a screen reader says when it appears. Called by page.tsx.

import { satsText } from '../../ui/text.ts';
import { type BuyerSituation, type CheckoutView, situationOf } from '../view.ts';
import { DonePanel } from './done.tsx';
import { PayPanel, PayRestPanel, UnavailablePanel } from './pay.tsx';
import { CancelledPanel, ExpiredPanel, RevertedPanel, ReviewPanel, TooLateForRestPanel } from './stopped.tsx';
import { CheckingPanel, ConfirmingPanel, RestConfirmingPanel } from './wait.tsx';

const PANELS = {
  pay: PayPanel,
  unavailable: UnavailablePanel,
  checking: CheckingPanel,
  pay_rest: PayRestPanel,
  confirming: ConfirmingPanel,
  rest_confirming: RestConfirmingPanel,
  too_late_for_rest: TooLateForRestPanel,
  done: DonePanel,
  expired: ExpiredPanel,
  review: ReviewPanel,
  reverted: RevertedPanel,
  cancelled: CancelledPanel,
} as const satisfies Record<BuyerSituation, unknown>;

export function Panel({ view }: { view: CheckoutView }) {
  const SituationPanel = PANELS[situationOf(view)];
  return <SituationPanel view={view} />;
}

/** One short sentence per situation: the title of the tab and what the live region says. */
export function headline(view: CheckoutView): string {
  switch (situationOf(view)) {
    case 'pay':
      return 'Waiting for payment';
    case 'unavailable':
      return 'Lightning is not available right now';
    case 'checking':
      return 'Time is up, checking the network';
    case 'pay_rest':
      return `Partly paid, ${satsText(view.invoice.amount_due_sats)} remaining`;
    case 'confirming':
      return 'Payment detected, waiting for confirmation';
    case 'rest_confirming':
      return 'Top-up detected, waiting for confirmation';
    case 'too_late_for_rest':
      return 'Payment not complete';
    case 'done':
      return 'Payment complete';
    case 'expired':
      return 'Payment request expired, please do not pay';
    case 'review':
      return 'The shop needs to look at this payment';
    case 'reverted':
      return 'Your payment was reversed by the network';
    case 'cancelled':
      return 'Payment request cancelled, please do not pay';
  }
}
