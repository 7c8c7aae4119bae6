// What every payment and every prompt for one has, whichever way it came, and what its method has to say of it. Types, their names, and one number: each method is a
// folder of its own (core/onchain, core/simulated), and core/invoice/methods.ts lists them.

/** Money that came to an invoice. What else a method knows of it are fields of its own beside these. */
export interface Payment {
  method: string;
  /** Names the payment among all of an invoice, and never changes. */
  id: string;
  valueSats: bigint;
  /** In the method's own words. */
  state: string;
  firstSeenMs: number;
}

/** One way to pay an invoice. What else it holds is its method's: core/onchain/prompt.ts has the address. */
export interface Prompt {
  /** Names the method: an invoice has one prompt of each at most. */
  method: string;
  /** The smallest payment that it takes, in sats. */
  minSats: bigint;
}

/** What a payment is judged in: the invoice's terms, and what is known of the chain. */
export interface Situation {
  /** Confirmations before a payment counts. */
  confThreshold: number;
  /** What the invoice is worth: its amount, or all that has come where it takes any. */
  atStakeSats: bigint;
  /** Height of the best block known, null before any. */
  tipHeight: number | null;
  /** Payments in blocks above this height do not count yet: explorers disagree about those. Null for no such height. */
  heldAboveHeight: number | null;
  /** Two explorers show our chain up to this height. */
  witnessedHeight: number | null;
}

/** What a method says of a payment. */
export interface Judgement {
  /** It is there: on its way or arrived. */
  isLive: boolean;
  /** It has all that the invoice asks for. */
  isCounted: boolean;
  /** Live, and enough for an invoice that is settled already to stay so. */
  isKept: boolean;
  /** Confirmations, by our own arithmetic; 0 while there are none. */
  depth: number;
  /** It needs no further look: it is gone, or nothing can undo it. */
  isFinal: boolean;
}

/** How those name a payment who do not know its method. */
export interface Reference {
  /** A transaction's id, or what the method has in its place. */
  name: string;
  /** The output of the transaction; null where a payment can have no parts. */
  index: number | null;
  /** Of its block; null without one. */
  height: number | null;
}

/** One way to pay. Pure. */
export interface PaymentMethod {
  judge(payment: Payment, situation: Situation): Judgement;
  refer(payment: Payment): Reference;
  /** The states of a payment that is here, whether it counts already or not: of one on the chain, in a block. */
  arrived: readonly string[];
  /**
   * Where a look of the method's own shows what was paid: when that was last taken. An invoice does not expire by an older one.
   * null for a prompt that nothing can have been paid to.
   */
  lookedAtMs?(prompt: Prompt): number | null;
  /** Whose prompt its payments come to, where it has none of its own. */
  paysFor?: string;
  /** @param dueSats what is still to be paid; 0 for nothing, or any amount */
  target?(prompt: Prompt, dueSats: bigint): Target;
  /** Where a payment was sent; '' where that is not known any more. */
  paidTo?(prompt: Prompt, payment: Payment): string;
}

/** Where a buyer sends money by a prompt, as text; both '' while there is nothing to send it to. */
export interface Target {
  destination: string;
  /** What a wallet opens. */
  link: string;
}

/** What a store and an order may name. */
export const PAYMENT_METHODS = ['onchain', 'lightning'] as const;

/** More than any invoice asks for: what is so deep is complete. */
export const MAX_CONFIRMATIONS = 6;
