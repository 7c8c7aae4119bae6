// Gives an invoice its BOLT11: at its creation where Lightning alone can pay it, otherwise when its ways to pay are first looked at; and
// again when that ran out or asks for another amount than is due. Called by create.ts, read.ts, and by jobs/poll, which asks the node.

import { type Bolt11Row, bolt11sOf, insertBolt11, whyNotKept } from '../../adapters/db/bolt11-invoices.ts';
import { statesOf } from '../../adapters/db/invoices.ts';
import { storeById } from '../../adapters/db/stores.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { IDEMPOTENCY_MS } from '../../core/invoice/policy.ts';
import { type InvoiceState, totalsOf } from '../../core/invoice/state.ts';
import {
  lightningPrompt,
  lightningPromptOf,
  type MintedBolt11,
  type MintedPrompt,
  type MintOrder,
  satsToMint,
  withLightning,
} from '../../core/lightning/prompt.ts';
import type { PublicInvoice } from '../../core/snapshot/invoice.ts';
import type { Network } from '../../core/wallet/network.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { advance } from './advance.ts';
import type { Context } from './context.ts';
import { type InvoiceDraft, withPrompts } from './draft.ts';

/** After its expiry a BOLT11 is looked up for so long: a node may take a payment that was on its way. */
export const LATE_LOOKS_MS = 24 * 60 * 60_000;
const MAX_DESCRIPTION = 120;

/**
 * The draft with a BOLT11 where it can be paid by nothing else.
 * @param idempotencyKey a repeated request gets the BOLT11 that was minted for the first, even if that failed afterwards
 * @throws ApiError lightning_unavailable
 */
export async function mintedIfAlone(
  deps: Deps,
  { caller: { store }, terms }: Context,
  draft: InvoiceDraft,
  idempotencyKey: string | null,
): Promise<InvoiceDraft> {
  if (!isMintedFirst(draft)) return draft;
  const { invoice } = draft;
  const amountSats = invoice.amountSats ?? 0n;
  const description = descriptionOf(store.name, invoice);
  const asked = `${amountSats} ${description}`;
  return withMinted(deps, draft, {
    label: idempotencyKey ? await labelOf(store.id, idempotencyKey, asked, deps.now()) : invoice.id,
    description,
    privateHints: terms.privateRouteHints,
    mayComeAgain: idempotencyKey !== null,
  });
}

/** Whether Lightning alone can pay it, and its BOLT11 is still to be minted. */
export function isMintedFirst({ invoice: { prompts, amountSats } }: InvoiceDraft): boolean {
  const prompt = lightningPromptOf({ prompts });
  return prompt !== undefined && !prompt.minted && prompts.length === 1 && (amountSats ?? 0n) > 0n;
}

/** @param draft with a price, and a prompt for Lightning. @throws ApiError lightning_unavailable */
export async function withMinted(
  deps: Deps,
  draft: InvoiceDraft,
  asked: Pick<MintOrder, 'label' | 'description' | 'privateHints' | 'mayComeAgain'>,
): Promise<InvoiceDraft> {
  const { invoice } = draft;
  const { storeId, amountSats, expiresAtMs, prompts } = invoice;
  const connectionId = lightningPromptOf(invoice)?.connectionId ?? null;
  const sats = amountSats ?? 0n;
  const give = (minted: MintedPrompt) => withPrompts(deps.config, draft, withLightning(prompts, { minted }));
  if (connectionId === null) return give(await simulatedBolt11(invoice, sats, deps.now(), asked.description));
  const answer = await deps.lightning.create(storeId, { ...asked, connectionId, amountSats: sats, expiresAtMs });
  if ('problem' in answer) throw new ApiError('lightning_unavailable', answer.problem);
  return { ...give(promptOf(answer)), bolt11: rowOf(invoice, answer, deps.now()) };
}

/** A key is forgotten after a day, and a node's labels are not. */
async function labelOf(storeId: string, key: string, asked: string, nowMs: number): Promise<string> {
  return sha256Hex(`${storeId} ${key} ${asked} ${Math.floor(nowMs / IDEMPOTENCY_MS)}`);
}

/** Whether an invoice asks for a BOLT11 that it lacks, before it is shown. */
export function lacksBolt11(invoice: PublicInvoice, nowMs: number): boolean {
  const { payment_methods, lightning, status, expires_at, amount_due_sats } = invoice;
  if (!payment_methods.includes('lightning')) return false;
  const minted = lightning && {
    ...{ bolt11: lightning.bolt11, paymentHash: lightning.payment_hash },
    ...{ amountSats: BigInt(lightning.amount_sats), expiresAtMs: Date.parse(lightning.expires_at) },
  };
  const known = { prompts: [lightningPrompt(null, minted)], status, expiresAtMs: Date.parse(expires_at) };
  return satsToMint(known, BigInt(amount_due_sats), nowMs) > 0n;
}

/**
 * Gives an invoice that is looked at the BOLT11 that it lacks.
 * @returns why there is none; null where there is nothing to complain about
 */
export async function mintAtLook(
  deps: Deps,
  storeId: string,
  { id, environment }: Pick<Invoice, 'id' | 'environment'>,
): Promise<string | null> {
  if (environment === 'live') return deps.lightning.mint(storeId, id);
  const [state] = await statesOf(deps.db, [id]);
  const sats = state ? satsWanted(state, deps.now()) : 0n;
  if (!state || sats === 0n) return null;
  const minted = await simulatedBolt11(state.invoice, sats, deps.now());
  await keep(deps, id, { minted }, null);
  return null;
}

/** What the node is to be asked for; null where the invoice wants nothing over Lightning, or has what it wants. */
export async function mintOrderFor(deps: Deps, invoiceId: string): Promise<MintOrder | null> {
  const [[state], earlier] = await Promise.all([statesOf(deps.db, [invoiceId]), bolt11sOf(deps.db, invoiceId)]);
  const sats = state ? satsWanted(state, deps.now()) : 0n;
  const known = state && lightningPromptOf(state.invoice)?.connectionId;
  if (!state || !known || sats === 0n) return null;
  const { invoice } = state;
  const store = await storeById(deps.db, invoice.storeId);
  // The store may have another node by now.
  const connectionId = store?.connectionId ?? known;
  return {
    connectionId,
    // Of another amount it is another BOLT11, also where the node's answer to the first was lost.
    label: `${invoiceId}-${earlier}-${sats}`,
    amountSats: sats,
    description: descriptionOf(store?.name ?? '', invoice),
    privateHints: store?.privateRouteHints ?? true,
    expiresAtMs: invoice.expiresAtMs,
  };
}

/**
 * Nothing is kept where the invoice wants it no more: it was paid meanwhile, say.
 * @returns why it cannot be kept, in words for the merchant; null otherwise
 */
export async function keepMinted(deps: Deps, invoiceId: string, minted: MintedBolt11): Promise<string | null> {
  try {
    const change = { minted: promptOf(minted), connectionId: minted.connectionId };
    await keep(deps, invoiceId, change, (invoice) => rowOf(invoice, minted, deps.now()));
    return null;
  } catch (error) {
    const refusal = unkeptIn(error);
    if (refusal instanceof ApiError) return refusal.message;
    throw error;
  }
}

/** What a batch failed with, where it is known: lightning_unavailable for a BOLT11 that could not be looked up. */
export function unkeptIn(error: unknown): unknown {
  const problem = whyNotKept(messagesOf(error));
  return problem === null ? error : new ApiError('lightning_unavailable', problem);
}

async function keep(
  deps: Deps,
  invoiceId: string,
  change: { minted: MintedPrompt; connectionId?: string },
  row: ((invoice: Invoice) => Bolt11Row) | null,
): Promise<void> {
  await advance(deps, invoiceId, (facts) => {
    if (satsWanted(facts, deps.now()) !== change.minted.amountSats) return null;
    const prompts = withLightning(facts.invoice.prompts, change);
    return { prompts, rows: row ? [insertBolt11(deps.db, row(facts.invoice))] : [] };
  });
}

/** What a new BOLT11 is to ask for, in sats; 0 where there is no use for one. */
export function satsWanted(state: InvoiceState, nowMs: number): bigint {
  return satsToMint(state.invoice, totalsOf(state).unpaidSats, nowMs);
}

function promptOf({ bolt11, paymentHash, amountSats, expiresAtMs }: MintedPrompt): MintedPrompt {
  return { bolt11, paymentHash, amountSats, expiresAtMs };
}

function rowOf({ id, storeId }: Invoice, { amountSats, ...minted }: MintedBolt11, nowMs: number): Bolt11Row {
  const watchUntilMs = minted.expiresAtMs + LATE_LOOKS_MS;
  return { ...minted, storeId, invoiceId: id, amountSats: Number(amountSats), createdAtMs: nowMs, watchUntilMs };
}

/** What the payer's wallet shows. */
function descriptionOf(storeName: string, { orderRef }: Pick<Invoice, 'orderRef'>): string {
  return [...(orderRef === null ? storeName : `${storeName}: ${orderRef}`)].slice(0, MAX_DESCRIPTION).join('');
}

/** Test mode's: it looks like any other, and no node knows it. */
async function simulatedBolt11(
  invoice: Invoice,
  amountSats: bigint,
  nowMs: number,
  described: MintOrder['description'] = '',
): Promise<MintedPrompt> {
  const { writeBolt11 } = await import('../../core/lightning/bolt11-write.ts');
  const paymentHash = randomHash();
  const expirySeconds = Math.max(1, Math.floor((invoice.expiresAtMs - nowMs) / 1000));
  const draft = {
    network: invoice.network as Network,
    amountMsat: amountSats * 1000n,
    createdAtMs: nowMs,
    expirySeconds,
    paymentHash,
    paymentSecret: randomHash(),
    description: typeof described === 'string' ? 'Test mode: cannot be paid' : described,
  };
  const bolt11 = writeBolt11(draft, crypto.getRandomValues(new Uint8Array(32)));
  return { bolt11, paymentHash, amountSats, expiresAtMs: Math.floor(nowMs / 1000) * 1000 + expirySeconds * 1000 };
}

/** 32 bytes, hex. */
export function randomHash(): string {
  return `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll('-', '');
}
