// A payment over Lightning: there once the node has shown that a BOLT11 of the invoice is settled, and final then. Pure;
// services/payments/settle.ts makes it, core/invoice/methods.ts has it judged.

import {
  type Judgement,
  MAX_CONFIRMATIONS,
  type Payment,
  type PaymentMethod,
  type Prompt,
} from '../payment/payment.ts';
import { lightningLink } from './link.ts';
import type { LightningPrompt, MintedPrompt } from './prompt.ts';

interface LightningPayment extends Payment {
  method: 'lightning';
  /** The payment hash, hex. */
  id: string;
  state: 'settled';
  /** What was paid; missing in payments of earlier versions. */
  bolt11?: string;
}

const JUDGEMENT: Judgement = { isLive: true, isCounted: true, isKept: true, depth: MAX_CONFIRMATIONS, isFinal: true };

export const lightning: PaymentMethod = {
  judge: () => JUDGEMENT,
  refer: ({ id }) => ({ name: id, index: null, height: null }),
  arrived: ['settled'],
  // A BOLT11 may be paid in its last second: its node knows.
  lookedAtMs: (prompt: Prompt) => {
    const { minted, connectionId, lookedAtMs = 0 } = prompt as LightningPrompt;
    return minted === null || connectionId === null ? null : lookedAtMs;
  },
  target: (prompt, dueSats) => {
    const { minted } = prompt as LightningPrompt;
    const isShown = minted !== null && (dueSats === 0n || minted.amountSats === dueSats);
    return isShown ? { destination: minted.bolt11, link: lightningLink(minted.bolt11) } : { destination: '', link: '' };
  },
  // The prompt knows the newest BOLT11 alone, and an older one may be paid.
  paidTo: (prompt, payment) => {
    const [{ minted }, { id, bolt11 }] = [prompt as LightningPrompt, payment as LightningPayment];
    return bolt11 ?? (minted?.paymentHash === id ? minted.bolt11 : '');
  },
};

export function lightningPayment(
  { paymentHash, bolt11 }: Pick<MintedPrompt, 'paymentHash' | 'bolt11'>,
  valueSats: bigint,
  firstSeenMs: number,
): LightningPayment {
  return { method: 'lightning', id: paymentHash, valueSats, state: 'settled', firstSeenMs, bolt11 };
}
