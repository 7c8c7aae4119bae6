// Where a pull payment is claimed: the page for people, and what a wallet scans (LUD-03). Who has one may claim. Pure. Called by the APIs
// and the pages.

import { lnurlOf, schemeLink } from '../lightning/lnurl.ts';
import type { PullPayment } from './payout.ts';

type Linked = Pick<PullPayment, 'id' | 'isSingleUse'>;

/** A page of its own where one claim uses it up. */
export function claimLink(origin: string, { id, isSingleUse }: Linked): string {
  return `${origin}/${isSingleUse ? 'claim' : 'pull-payments'}/${id}`;
}

/** The URL that a wallet asks first, as bech32 (LUD-01) and as a link (LUD-17). */
export function withdrawLinks(origin: string, { id }: Pick<PullPayment, 'id'>): { lnurl: string; uri: string } {
  const url = `${origin}/lnurl/withdraw/${id}`;
  return { lnurl: lnurlOf(url), uri: schemeLink(url, 'lnurlw') };
}
