// What a node's software says of the payments that it made, and what keeps it from making one: honest, or as its fault says.
// Called by wallet.ts.
import type { ServerFault } from './faults.ts';

export interface OutgoingPayment {
  index: number;
  id: string;
  paymentHash: string;
  bolt11: string;
  amountMsat: bigint;
  feeMsat: bigint;
  preimage: string | null;
  state: 'pending' | 'settled' | 'failed';
  /** In the library's words: `RecipientRejected`, `RouteNotFound`. */
  reason: string | null;
  createdAtMs: number;
  completedAtMs: number | null;
}

/** A fault may make it a lie. */
export function shownPayment(payment: OutgoingPayment, { alterPreimage, sayFailed }: ServerFault): OutgoingPayment {
  if (payment.state !== 'settled') return payment;
  if (sayFailed) return { ...payment, state: 'failed', preimage: null, reason: 'Timeout' };
  return alterPreimage && payment.preimage ? { ...payment, preimage: altered(payment.preimage) } : payment;
}

/** In the library's words, where it has one; null where the payment can be tried. */
export function failureBefore(
  { routeFeeMsat = 0, budgetSats }: ServerFault,
  of: { amountMsat: bigint; maxFeeMsat: bigint | null; canSendMsat: bigint; isExpired: boolean },
): string | null {
  if (of.isExpired) return 'PaymentExpired';
  if (budgetSats !== undefined && of.amountMsat > BigInt(budgetSats) * 1000n) return 'BudgetExceeded';
  if (of.amountMsat > of.canSendMsat) return 'InsufficientBalance';
  return of.maxFeeMsat !== null && BigInt(routeFeeMsat) > of.maxFeeMsat ? 'RouteNotFound' : null;
}

/** Other 32 bytes, hex. */
export function altered(bytes: string): string {
  return `${bytes.startsWith('0') ? '1' : '0'}${bytes.slice(1)}`;
}
