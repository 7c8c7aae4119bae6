// What SatLane asks of a node that pays, and what a node's words prove. One file for each kind answers it (pay-*.ts); nodes.ts says which.
// Called by services/connections, and by what pays out. The answers are those of core/payout.

import type { ConnectionKind } from '../../core/lightning/connection.ts';
import { isPreimageOf } from '../../core/lightning/preimage.ts';
import type { LookUpAnswer, PayAnswer } from '../../core/payout/facts.ts';
import { NodeError } from './node.ts';

/** One BOLT11, one payment hash, always. */
export interface PayRequest {
  bolt11: string;
  /** Hex, lower case. */
  paymentHash: string;
  amountMsat: bigint;
  /** The node is given the amount: only where the BOLT11 names none. */
  namesAmount: boolean;
  /** Kept by the node where `limitsFees`. */
  maxFeeMsat: bigint;
  /** So long the node looks for a route; its answer is awaited ten seconds longer. */
  timeoutSeconds: number;
}

export interface Payer {
  readonly kind: ConnectionKind;
  /** Host, for people and the log; never a credential. */
  readonly host: string;
  /** The node keeps to `maxFeeMsat`. */
  readonly limitsFees: boolean;
  /** It pays a BOLT11 that names no amount. */
  readonly paysAmountless: boolean;
  /**
   * Never throws. `failed` and `certain`: the node itself says that no money moved and none will, or refused before it tried. A fault
   * of the road is `unknown`: the node may have paid.
   */
  pay(request: PayRequest): Promise<PayAnswer>;
  /** What the node says of the payment hash. @throws NodeError where it gave no answer that can be used */
  lookupPay(request: PayRequest): Promise<LookUpAnswer>;
  /** The node's public key; null where the credential may not ask, or the server answers for many. @throws NodeError */
  nodeId(): Promise<string | null>;
  /** Finds out without a payment whether the credential may pay and look up payments. @throws NodeError with what to do */
  assertMayPay(): Promise<void>;
  /** Lets go of what is held open (a socket). */
  close(): void;
}

/** Why it failed, for programs: stands before the node's own words in `reason`. */
type PayFailure =
  | 'expired'
  | 'no_route'
  | 'insufficient_balance'
  /** The connection's own budget is used up (NWC). */
  | 'budget'
  /** The payee does not take it: it does not know it, or has been paid. */
  | 'rejected'
  | 'credential'
  | 'unsupported'
  | 'refused'
  | 'failed';
type PayDoubt = 'in_flight' | 'wrong_preimage' | 'no_preimage' | 'no_answer' | 'bad_answer';

/** After `timeoutSeconds`: the node's own limit comes first. */
const MARGIN_SECONDS = 10;

export const waitMs = ({ timeoutSeconds }: PayRequest): number => (timeoutSeconds + MARGIN_SECONDS) * 1000;

/** @param words the node's own, bounded, without a credential */
export function failedPay(code: PayFailure, words: string, permanent = false): PayAnswer {
  return { state: 'failed', reason: reasonOf(code, words), permanent, certain: true };
}

/** The node says so, and has been known to say so of payments that went out. */
export function doubtedFailure(words: string): PayAnswer {
  return { state: 'failed', reason: reasonOf('failed', words), permanent: false, certain: false };
}

export function unknownPay(code: PayDoubt, words = ''): PayAnswer {
  return { state: 'unknown', reason: reasonOf(code, words) };
}

/** Paid, where the preimage proves it. @param preimage hex */
export function settledPay(
  { paymentHash }: PayRequest,
  preimage: string | null | undefined,
  feeMsat: bigint | null,
): PayAnswer {
  if (preimage && isPreimageOf(preimage, paymentHash))
    return { state: 'settled', preimage: preimage.toLowerCase(), feeMsat };
  return unknownPay(preimage && !/^0*$/.test(preimage) ? 'wrong_preimage' : 'no_preimage');
}

/** What is thrown once the request may have left is no answer: the node may have paid. */
export async function answerOrDoubt(pay: () => Promise<PayAnswer>): Promise<PayAnswer> {
  try {
    return await pay();
  } catch (error) {
    return unknownPay('no_answer', error instanceof NodeError ? error.message : '');
  }
}

/** The node says that it has paid this before: its look-up has the preimage. */
export async function paidBefore(payer: Payer, request: PayRequest): Promise<PayAnswer> {
  const found = await payer.lookupPay(request);
  return found.state === 'settled' ? found : unknownPay('in_flight', 'The node says that it has paid this before.');
}

const reasonOf = (code: string, words: string) => (words ? `${code}: ${words}` : code);
