// The ways to pay an invoice: one line for each. Pure. Everything in this folder, and every dialect, asks here what a payment is
// worth, and looks at no method's own fields.

import { lightning } from '../lightning/payment.ts';
import { onchain } from '../onchain/payment.ts';
import type { Judgement, Payment, PaymentMethod, Prompt, Reference, Situation, Target } from '../payment/payment.ts';
import { simulated } from '../simulated/payment.ts';

/** By what `Payment.method` says. */
export const METHODS: Record<string, PaymentMethod> = { onchain, lightning, simulated };

/** @throws Error for a method that is not in the table */
export function judge(payment: Payment, situation: Situation): Judgement {
  return methodOf(payment).judge(payment, situation);
}

/** How the payment is named to those who do not know its method. */
export function referenceOf(payment: Payment): Reference {
  return methodOf(payment).refer(payment);
}

/** The same as one text: `txid-vout`, or a payment hash. */
export function referenceText(payment: Payment): string {
  const { name, index } = referenceOf(payment);
  return index === null ? name : `${name}-${index}`;
}

/** True while the payment is there: on its way or arrived. */
export function isLive(payment: Payment): boolean {
  return judge(payment, ANYWHERE).isLive;
}

/** Confirmations by our own height arithmetic; 0 while there are none. */
export function confirmationsOf(payment: Payment, tipHeight: number | null): number {
  return judge(payment, { ...ANYWHERE, tipHeight }).depth;
}

/** True once the payment needs no further look. */
export function isFinal(payment: Payment, tipHeight: number | null): boolean {
  return judge(payment, { ...ANYWHERE, tipHeight }).isFinal;
}

/**
 * Up to when all is known that was paid to these prompts. Nothing expires before that is later than its time.
 * @param chainMs when the chain was looked at, which all have to wait for
 */
export function lookedAtMs(prompts: readonly Prompt[], chainMs: number): number {
  const own = prompts.map((prompt) => METHODS[prompt.method]?.lookedAtMs?.(prompt) ?? chainMs);
  return Math.min(chainMs, ...own);
}

/** Where what is due is sent by a prompt. @param dueSats 0 for nothing, or any amount */
export function payTarget(prompt: Prompt, dueSats: bigint): Target {
  return METHODS[prompt.method]?.target?.(prompt, dueSats) ?? { destination: '', link: '' };
}

/** The method by whose prompt a payment came. */
export function railOf(payment: Payment): string {
  return methodOf(payment).paysFor ?? payment.method;
}

/** Where a payment was sent: an address, say; '' where that is not known. */
export function destinationOf(payment: Payment, prompts: readonly Prompt[]): string {
  const rail = railOf(payment);
  const prompt = prompts.find(({ method }) => method === rail);
  return (prompt && METHODS[rail]?.paidTo?.(prompt, payment)) ?? '';
}

/** Every method with a state of its payments in which they are here. */
export function arrivedStates(): [method: string, state: string][] {
  return Object.entries(METHODS).flatMap(([method, { arrived }]) =>
    arrived.map((state): [string, string] => [method, state]),
  );
}

/** Nothing that is asked with it depends on more than the tip. */
const ANYWHERE: Situation = {
  confThreshold: 0,
  atStakeSats: 0n,
  tipHeight: null,
  heldAboveHeight: null,
  witnessedHeight: null,
};

function methodOf({ method }: Payment): PaymentMethod {
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (!known) throw new Error(`a payment of an unknown method: ${method}`);
  return known;
}
