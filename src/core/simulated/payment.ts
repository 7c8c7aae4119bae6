// A payment that test mode makes up: no chain holds it, and it goes through the states of one that does. Pure; made by
// services/payments/simulate.ts, judged through core/invoice/methods.ts.

import { type Judgement, MAX_CONFIRMATIONS, type Payment, type PaymentMethod } from '../payment/payment.ts';

export interface SimulatedPayment extends Payment {
  method: 'simulated';
  state: 'mempool' | 'confirmed' | 'replaced' | 'reorged';
}

export const simulated: PaymentMethod = {
  judge({ state }: SimulatedPayment, { confThreshold }): Judgement {
    const isLive = state === 'mempool' || state === 'confirmed';
    // As many as an invoice may ask for: there is no chain to grow.
    const depth = state === 'confirmed' ? MAX_CONFIRMATIONS : 0;
    return {
      isLive,
      isCounted: isLive && depth >= confThreshold,
      isKept: isLive && (state === 'confirmed' || confThreshold === 0),
      depth,
      isFinal: true,
    };
  },
  refer: ({ id }) => ({ name: id, index: 0, height: null }),
  arrived: ['confirmed'],
  paysFor: 'onchain',
};

/** @param count payments that the invoice has already */
export function simulatedPayment(
  invoiceId: string,
  count: number,
  rest: Pick<SimulatedPayment, 'valueSats' | 'state' | 'firstSeenMs'>,
): SimulatedPayment {
  // Unlike a transaction's id at first sight, and one of its kind: receivers remember payments by it.
  return { method: 'simulated', id: `sim_${invoiceId.replaceAll('-', '')}_${count + 1}`, ...rest };
}
