// Words for money out: the states of payouts, why they wait or ended, who decided. Pure.

import type { Decider, Payout, PayoutState } from '../../../core/payout/payout.ts';
import { moneyText, satsText } from '../../ui/text.ts';
import { EVENT, type Tone } from '../text.ts';

export const PAYOUT: Record<PayoutState, { word: string; tone: Tone; meaning: string }> = {
  awaiting_claim: {
    word: 'Not claimed',
    tone: 'calm',
    meaning: 'The person who is paid has not said yet where it goes.',
  },
  awaiting_approval: { word: 'Needs approval', tone: 'warn', meaning: 'Nothing is sent before it is approved.' },
  queued: { word: 'Approved', tone: 'wait', meaning: 'It is sent as soon as it is its turn.' },
  in_flight: { word: 'On its way', tone: 'wait', meaning: 'It is being sent. It cannot be called back.' },
  unknown: {
    word: 'Unknown',
    tone: 'stop',
    meaning: 'Nothing says yet whether the money moved. SatLane keeps asking and sends nothing again.',
  },
  settled: { word: 'Paid', tone: 'good', meaning: 'It is paid.' },
  cancelled: { word: 'Cancelled', tone: 'calm', meaning: 'It is not paid, and no money moved.' },
};

const REASON: Record<string, string> = {
  rejected: 'It was rejected.',
  cancelled: 'It was cancelled after its approval.',
  link_expired: 'The time to claim it is over.',
  link_archived: 'Its pull payment was archived.',
  second_person_needed: 'Another person has to approve it, too.',
  over_approval_limit: 'The amount is above what needs no approval by a person.',
  over_payout_limit: 'The amount is above the limit for one payout.',
  over_day_limit: 'The payouts of a day would be above their limit.',
  marked_paid: 'It was marked as paid by hand.',
  failed_by_hand: 'It was marked as failed by hand.',
  bolt11_expired: 'The BOLT11 invoice expired before it could be paid.',
};

export function reasonText(reason: string): string {
  return REASON[reason] ?? `${reason.replaceAll('_', ' ')}.`;
}

export function payoutEventText(type: string): string {
  return Object.hasOwn(EVENT, type) ? EVENT[type as keyof typeof EVENT] : 'Facts changed';
}

/** What was asked for, and the same in bitcoin where it is known. */
export function amountWords({ amount, currency, amountSats }: Payout): [asked: string, also: string] {
  const also = currency === 'BTC' || amountSats === null ? '' : satsText(amountSats);
  return [moneyText(amount, currency), also];
}

const KINDS: Record<Decider['kind'], string> = {
  person: 'A former member',
  api_key: 'An API key',
  satlane: 'SatLane',
  agent: 'Your agent',
  claimant: 'The person who is paid',
};

/** @param names of the account's members, by user id */
export function deciderText({ kind, id }: Decider, names: ReadonlyMap<string, string>): string {
  return (kind === 'person' && id !== null && names.get(id)) || KINDS[kind];
}
