// The Lightning way to pay an invoice: a BOLT11 invoice of the merchant's node, once there is one. Pure. services/payments/ makes it;
// dialects and pages ask an invoice for it.

import type { Prompt } from '../payment/payment.ts';

export interface LightningPrompt extends Prompt {
  method: 'lightning';
  /** Where BOLT11 invoices are minted; null in test mode, which has no node. */
  connectionId: string | null;
  /** The newest one; null until the first look at the ways to pay. */
  minted: MintedPrompt | null;
  /** When the node was last asked about each of them after the end of its time. */
  lookedAtMs?: number;
}

export interface MintedPrompt {
  bolt11: string;
  /** SHA-256 of the preimage, hex. */
  paymentHash: string;
  amountSats: bigint;
  expiresAtMs: number;
}

/** What the store's object asks its node for. */
export interface MintOrder {
  connectionId: string;
  /** Ours: the same for the same BOLT11. */
  label: string;
  amountSats: bigint;
  /** A text; or the SHA-256 of one, hex (LUD-06). */
  description: string | { hash: string; text: string };
  expiresAtMs: number;
  /** Names private channels too. */
  privateHints: boolean;
  /** A request for the same BOLT11 may come again: it is kept by its label for a day. */
  mayComeAgain?: boolean;
}

/** What came of it, with what it is looked up by. */
export interface MintedBolt11 extends MintedPrompt {
  connectionId: string;
  verifyUrl: string | null;
}

/** A BOLT11 asks for one satoshi at least. */
export const MIN_LIGHTNING_SATS = 1n;

/** A payment is given this long to arrive: nothing is minted for less. */
const MIN_LIFE_MS = 15_000;

export function lightningPrompt(connectionId: string | null, minted: MintedPrompt | null = null): LightningPrompt {
  return { method: 'lightning', minSats: MIN_LIGHTNING_SATS, connectionId, minted };
}

/** undefined where the invoice cannot be paid over Lightning. */
export function lightningPromptOf({ prompts }: { prompts: readonly Prompt[] }): LightningPrompt | undefined {
  return prompts.find(isLightning);
}

/** The same prompts with what has changed of the Lightning one. */
export function withLightning(prompts: readonly Prompt[], change: Partial<LightningPrompt>): Prompt[] {
  return prompts.map((prompt) => (isLightning(prompt) ? { ...prompt, ...change } : prompt));
}

/**
 * What is to be asked for by a new BOLT11, in sats; 0 where the invoice asks for nothing over Lightning, or has a BOLT11 that does.
 * @param dueSats what is still to be paid
 */
export function satsToMint(
  invoice: { prompts: readonly Prompt[]; status: string; expiresAtMs: number },
  dueSats: bigint,
  nowMs: number,
): bigint {
  const prompt = lightningPromptOf(invoice);
  const hasTime = isOpen(invoice.status) && invoice.expiresAtMs - nowMs >= MIN_LIFE_MS;
  if (!prompt || !hasTime || dueSats < prompt.minSats) return 0n;
  const { minted } = prompt;
  return minted?.amountSats === dueSats && minted.expiresAtMs > nowMs ? 0n : dueSats;
}

/** True in the statuses in which the buyer is asked for money. */
export function isOpen(status: string): boolean {
  return status === 'pending' || status === 'seen' || status === 'underpaid';
}

/** The BOLT11 that is shown: none that asks for another amount than is due. */
export function shownLightning(
  invoice: { prompts: readonly Prompt[]; status: string },
  dueSats: bigint,
): MintedPrompt | null {
  const minted = lightningPromptOf(invoice)?.minted ?? null;
  return minted && isOpen(invoice.status) && minted.amountSats !== dueSats ? null : minted;
}

/** False for a BOLT11 that no buyer should pay any more. */
export function isStillShown(
  invoice: { prompts: readonly Prompt[]; status: string },
  paymentHash: string,
  dueSats: bigint,
): boolean {
  return isOpen(invoice.status) && shownLightning(invoice, dueSats)?.paymentHash === paymentHash;
}

function isLightning(prompt: Prompt): prompt is LightningPrompt {
  return prompt.method === 'lightning';
}
