// Why a payout does not take a step, as clients see it. Called by what moves payouts for a request.

import type { PayoutRefusal } from '../../core/payout/payout.ts';
import { ApiError, type ErrorCode } from '../../errors.ts';

const NOT_CHANGEABLE = 'payout_not_changeable';

/** Each with what to do about it. */
const REFUSALS: Record<PayoutRefusal, [code: ErrorCode, message?: string]> = {
  wrong_state: [NOT_CHANGEABLE],
  wrong_method: [NOT_CHANGEABLE, 'The payout goes another way: on chain or over Lightning.'],
  already_claimed: ['already_claimed'],
  amount_not_fixed: ['rate_unavailable'],
  amount_is_fixed: [NOT_CHANGEABLE, 'The amount in sats is fixed already.'],
  old_revision: ['old_revision'],
  may_not_approve: ['forbidden', 'Only a person or an API key of the store approves a payout.'],
  second_person_needed: ['second_approval_needed'],
  over_payout_limit: ['over_payout_limit', 'The amount is above the store’s limit for one payout.'],
  over_day_limit: ['over_payout_limit', 'With this payout the store’s payouts of a day would be above its limit.'],
  over_approval_limit: ['over_payout_limit', 'The amount is above what needs no approval by a person.'],
  paused: ['payouts_paused'],
  in_flight: ['payout_in_flight'],
  in_batch: [NOT_CHANGEABLE, 'The payout is in a batch. Void the batch first.'],
  not_due: [NOT_CHANGEABLE, 'The next attempt is not due yet.'],
  payment_hash_is_fixed: [NOT_CHANGEABLE, 'The payout has its BOLT11 invoice already.'],
  bolt11_missing: [NOT_CHANGEABLE, 'The payout has no BOLT11 invoice yet.'],
  bolt11_expired: [NOT_CHANGEABLE, 'The BOLT11 invoice has expired, or does within a minute.'],
  wrong_preimage: ['validation_error', 'proof: this is not the preimage of the payment.'],
  wrong_confirmation: ['validation_error', 'confirmation: enter the id of the payout.'],
};

/** One payout, one payment hash, ever. */
export function bolt11Taken(): ApiError {
  return new ApiError(
    'duplicate_destination',
    'destination: this BOLT11 invoice belongs to another payout. Ask for a new one.',
  );
}

export function refusalError(refusal: PayoutRefusal): ApiError {
  return new ApiError(...REFUSALS[refusal]);
}
