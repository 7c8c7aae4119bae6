// Payments that a payer asks for and may never make. The invoice is drafted with its BOLT11, its terms and its rate, and made with its
// payment: one that is never paid is in no list, no log and no webhook, and leaves no row. Called by services/lnurl and settle.ts.

import { countDrafts, insertBolt11 } from '../../adapters/db/bolt11-invoices.ts';
import { endpointsOf } from '../../adapters/db/endpoints.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { lightningPromptOf } from '../../core/lightning/prompt.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { questionOf, readContext } from './context.ts';
import { write } from './create.ts';
import { createdEvent, draftInvoice } from './draft.ts';
import { unkeptIn, withMinted } from './mint.ts';
import { OFFERED_METHODS } from './offers.ts';

/** What a payer asks for. */
interface PaymentRequest {
  sats: bigint;
  metadata: Record<string, string>;
  /** Where it is minted; null in test mode. */
  connectionId: string | null;
  description: { hash: string; text: string };
}

const EXPIRY_MINUTES = 10;
/** The node knows of a payment that was on its way by then. */
const LATE_LOOKS_MS = 60 * 60_000;
/** So many wait for their payers at a time: more fill neither the node nor the database. */
const MAX_OPEN = 200;

/**
 * In test mode the invoice is made immediately, so that its payment can be simulated.
 * @returns the id that the invoice has, once there is one
 * @throws ApiError rate_limited, lightning_unavailable, and as create
 */
export async function requestPayment(
  deps: Deps,
  storeId: string,
  { sats, metadata, connectionId, description }: PaymentRequest,
): Promise<{ id: string; bolt11: string }> {
  const [known, open] = await Promise.all([
    readContext(deps, questionOf(deps, { storeId }, null, null)),
    countDrafts(deps.db, storeId, deps.now()),
  ]);
  if (open >= MAX_OPEN) throw new ApiError('rate_limited', 'Too many payments are waiting. Try again in some minutes.');
  const order = {
    ...{ price: { sats }, metadata, expiresInMinutes: EXPIRY_MINUTES, paymentMethods: ['lightning'] },
    ...{ orderRef: null, callbackUrl: null, successUrl: null, buyerEmail: null, checkout: null },
  };
  const here = { ...known, terms: { ...known.terms, connectionId } };
  const priced = await draftInvoice(deps.config, here, order, OFFERED_METHODS);
  const { id } = priced.invoice;
  const { invoice, bolt11 } = await withMinted(deps, priced, {
    label: id,
    description,
    privateHints: known.terms.privateRouteHints,
  });
  if (bolt11) {
    const watchUntilMs = bolt11.expiresAtMs + LATE_LOOKS_MS;
    await insertBolt11(deps.db, { ...bolt11, watchUntilMs, draft: invoice }).catch((error: unknown) => {
      throw unkeptIn(error);
    });
    deps.background(deps.lightning.wake(storeId));
  } else await makeDrafted(deps, invoice);
  return { id, bolt11: lightningPromptOf(invoice)?.minted?.bolt11 ?? '' };
}

/** Makes the invoice; once, however often it is asked for. */
export async function makeDrafted(deps: Deps, invoice: Invoice): Promise<void> {
  const endpoints = (await endpointsOf(deps.db, invoice.storeId)).filter(({ enabled }) => enabled);
  const nowMs = deps.now();
  const event = { ...createdEvent(invoice, deps.config), createdAtMs: nowMs };
  const draft = { invoice, event, onchain: null, bolt11: null };
  await write(deps, { endpoints, caller: { wallet: null } }, draft, null, null).catch((error: unknown) => {
    if (!messagesOf(error).includes('UNIQUE constraint failed: invoices.id')) throw error;
  });
}
