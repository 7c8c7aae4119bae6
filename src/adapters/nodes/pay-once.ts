// One attempt of a payout at a node, in its only safe order: what the node knows of the payment, and then the payment, where that shows
// that nothing was sent. Called by jobs/pay and by the agent of src/cli, once the attempt is written down.

import { maySend, type TriedPayout } from '../../core/payout/attempts.ts';
import type { PayAnswer } from '../../core/payout/facts.ts';
import { NodeError } from './node.ts';
import { failedPay, type Payer, type PayRequest, unknownPay } from './payer.ts';

/**
 * Never throws for what the node does.
 * @param isLate whether a look-up may end the attempt before the payment is over
 */
export async function payOnce(
  payer: Payer,
  request: PayRequest,
  tried: TriedPayout,
  isLate: () => boolean,
): Promise<PayAnswer> {
  const found = await payer.lookupPay(request).catch(unanswered);
  if (found === null) return failedPay('failed', 'The node was not asked to pay: it did not answer the look-up.');
  if (!maySend(tried, found)) return found.state === 'never' ? unknownPay('in_flight') : found;
  if (isLate()) return failedPay('failed', 'The node was not asked to pay: the look-up took too long.');
  return payer.pay(request);
}

/** Of a look-up: null where the node gave no answer that can be used. */
export function unanswered(error: unknown): null {
  if (error instanceof NodeError) return null;
  throw error;
}
