// LNURL-withdraw (LUD-03): a wallet scans a pull payment for one use, makes a BOLT11 of its amount, and is paid it. Reading it uses nothing
// up; the callback claims it, through claim.ts as a page does. Called by http/lnurl.

import { claimFactsOf } from '../../adapters/db/payout-facts.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import { readDestination } from '../../core/payout/destination.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertOpen, claimPullPayment } from './claim.ts';
import { DAY_LIMIT_MS } from './move.ts';

const NO_DESTINATION = { destination: '', script: null, payee: null };
const BY = { kind: 'claimant', id: null } as const;

/** LUD-03's first answer. @throws ApiError not_found, already_claimed, rate_unavailable, and as claimPullPayment where it is closed */
export async function withdrawRequest(deps: Deps, id: string) {
  const facts = await claimFactsOf(deps.db, id, NO_DESTINATION, deps.now() - DAY_LIMIT_MS);
  const { pullPayment, payout, store } = facts ?? {};
  const isOffered = pullPayment?.isSingleUse && pullPayment.methods.includes('lightning');
  if (!isOffered || !payout || !store) throw new ApiError('not_found', 'No such withdrawal.');
  if (payout.state !== 'awaiting_claim' && payout.state !== 'cancelled') throw new ApiError('already_claimed');
  assertOpen(pullPayment, deps.now());
  if (payout.state === 'cancelled') throw new ApiError('pull_payment_archived');
  if (payout.amountSats === null)
    throw new ApiError('method_not_supported', 'The amount in bitcoin is fixed later. Open the page in its place.');
  const msat = Number(payout.amountSats) * 1000;
  return {
    tag: 'withdrawRequest',
    callback: `${deps.config.ORIGIN}/lnurl/withdraw/${id}/callback`,
    k1: await secretOf(deps, id),
    defaultDescription: [store.name, pullPayment.name].filter((text) => text !== '').join(': '),
    minWithdrawable: msat,
    maxWithdrawable: msat,
  };
}

/**
 * LUD-03's second answer: it is claimed, and paid afterwards. The same BOLT11 again is the same claim.
 * @throws ApiError not_found, validation_error, and as claimPullPayment
 */
export async function withdraw(
  deps: Deps,
  id: string,
  { k1, pr }: { k1?: string | undefined; pr?: string | undefined },
) {
  if (!k1 || !pr) throw new ApiError('validation_error', `${k1 ? 'pr' : 'k1'}: is missing.`);
  if (k1 !== (await secretOf(deps, id))) throw new ApiError('not_found', 'No such withdrawal.');
  const read = readDestination(pr, deps.config.NETWORK, 'lightning');
  if (!('fault' in read) && read.bolt11 === null)
    throw new ApiError('validation_error', 'pr: must be a BOLT11 invoice.');
  await claimPullPayment(deps, id, { destination: pr, method: 'lightning', amount: null }, { by: BY, use: null });
  return { status: 'OK' };
}

/** 256 bits that only who has read the first answer knows. It is kept nowhere: the deployment's key makes it again. */
async function secretOf({ vault }: Deps, id: string): Promise<string> {
  return sha256Hex(`${await vault.derive('lnurl-withdraw')} ${id}`);
}
