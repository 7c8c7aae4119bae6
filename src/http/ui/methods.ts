// What pages call a way to pay and a payment that came by it. Pure. One that has no line here is called by its own name. Called by the
// dashboard and the checkout.

import type { PaymentSnapshot } from '../../core/snapshot/invoice.ts';

interface MethodWords {
  name: string;
  /** What names a payment. */
  reference: string;
  /** It is waited for, block by block. */
  hasConfirmations: boolean;
}

const WORDS: Record<string, MethodWords> = {
  onchain: { name: 'On chain', reference: 'Transaction ID', hasConfirmations: true },
  lightning: { name: 'Lightning', reference: 'Payment hash', hasConfirmations: false },
};

export function methodWords(method: string): MethodWords {
  const known = Object.hasOwn(WORDS, method) ? WORDS[method] : undefined;
  const name = `${method.charAt(0).toUpperCase()}${method.slice(1)}`;
  return known ?? { name, reference: 'Reference', hasConfirmations: false };
}

/** Is the money here, whether it counts already or not? */
export function hasArrived({ valid, confirmations, block_height }: PaymentSnapshot): boolean {
  return valid && (confirmations > 0 || block_height !== null);
}

/** The ways by which money came, each once, in the order of the payments. */
export function methodsUsed({ payments }: { payments: readonly PaymentSnapshot[] }): string[] {
  return [...new Set(payments.filter(({ valid }) => valid).map(({ method }) => method))];
}
