// What the page of a claim is given, and the one decision about it: what the person who is paid can do now. Pure. Called by every part of
// the page.

import type { PublicPullPayment } from '../../services/payouts/public.ts';
import { shopNameCapital } from '../checkout/text.ts';

/** What was entered, and what is wrong with it. */
export interface ClaimDraft {
  destination: string;
  amount: string;
  problem: { field: 'destination' | 'amount' | 'form'; words: string } | null;
}

export interface ClaimView {
  pullPayment: PublicPullPayment;
  draft: ClaimDraft;
  /** The path of the pull payment: `/claim/ID` or `/pull-payments/ID`. */
  path: string;
}

/** `confirming`: the transaction is known and waits for blocks. `other`: it is claimed, perhaps by another person. */
export type ClaimSituation =
  | 'open'
  | 'not_started'
  | 'expired'
  | 'archived'
  | 'used_up'
  | 'approval'
  | 'sending'
  | 'confirming'
  | 'sent'
  | 'failed';

export function claimSituation({ pullPayment }: Pick<ClaimView, 'pullPayment'>): ClaimSituation {
  const { claim, problem, leftAmount } = pullPayment;
  switch (claim?.state) {
    case 'awaiting_approval':
      return 'approval';
    case 'queued':
    case 'in_flight':
    case 'unknown':
      return claim.confirmations === null ? 'sending' : 'confirming';
    case 'settled':
      return 'sent';
    case 'cancelled':
      if (claim.reason === 'link_expired') return 'expired';
      return claim.reason === 'link_archived' ? 'archived' : 'failed';
    default:
      return problem ?? (/^[0.]*$/.test(leftAmount) ? 'used_up' : 'open');
  }
}

/** Confirmations after which a payment on chain counts as sent for good. */
export const FINAL_CONFIRMATIONS = 6;

/** While it can change by itself: how often a page that is open asks. */
export function pollMs(view: ClaimView): number | undefined {
  switch (claimSituation(view)) {
    case 'open':
      // A wallet that scans the code claims it.
      return view.pullPayment.lnurl === null ? undefined : 3_000;
    case 'sending':
      return view.pullPayment.claim?.method === 'lightning' ? 2_000 : 10_000;
    case 'approval':
    case 'confirming':
      return 10_000;
    default:
      return undefined;
  }
}

/** What can change on the page, in one line. */
export function claimFacts({ pullPayment: { claim, leftAmount, problem } }: ClaimView): string {
  return [claim?.state, claim?.confirmations, claim?.txid, leftAmount, problem].map((fact) => fact ?? '-').join(' ');
}

/** The title of the tab, and what a screen reader says. */
export function claimHeadline(view: ClaimView): string {
  const name = shopNameCapital(view.pullPayment.store);
  switch (claimSituation(view)) {
    case 'open':
      return view.draft.problem === null ? `${name} pays you` : 'Please check what you entered';
    case 'not_started':
      return 'You cannot claim this yet';
    case 'expired':
      return 'The time to claim this is over';
    case 'archived':
      return 'This is no longer paid';
    case 'used_up':
      return 'Everything is claimed';
    case 'approval':
      return `Waiting for ${name}’s approval`;
    case 'sending':
      return 'Your money is on its way';
    case 'confirming':
      return 'Your money is on its way, waiting for confirmations';
    case 'sent':
      return 'Your money is sent';
    case 'failed':
      return 'The payment was not sent';
  }
}
