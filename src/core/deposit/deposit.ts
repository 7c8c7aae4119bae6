// A permanent address, and the invoice that each output to it makes. Pure. Called by payments/observe.ts for what was not there
// before, and by watch/ to name the invoice of an output.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Checkout, Environment, Invoice } from '../invoice/invoice.ts';
import { orderRefOf } from '../invoice/order-ref.ts';
import { onchainPrompt } from '../onchain/prompt.ts';
import { paymentUri } from '../wallet/bip21.ts';

/** One customer's address of a store. What is sent to it is a deposit, any amount, any number of times. */
export interface DepositAddress {
  id: string;
  storeId: string;
  environment: Environment;
  network: string;
  customerId: string;
  walletId: string;
  addressIndex: number;
  address: string;
  /** scriptPubKey, hex. */
  script: string;
  /** Each deposit waits for so many confirmations. */
  confThreshold: number;
  /** What deposits are valued in; null for bitcoin alone. */
  fiatCurrency: string | null;
  metadata: Record<string, unknown>;
  successUrl: string | null;
  checkout: Checkout;
  createdAtMs: number;
}

/**
 * Names the invoice of an output: each look and each block finds the same one. The id of the address is part of it, because an
 * invoice's id opens the invoice's page: a reader of the chain must not be able to derive it.
 */
export function depositInvoiceId(addressId: string, outpoint: string): string {
  const hash = bytesToHex(sha256(utf8ToBytes(`${addressId} ${outpoint}`)));
  // A UUID of version 8, which leaves its bits to the maker (RFC 9562).
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

/** Without its payment a deposit is over after a day; with it the chain says how it goes on. */
const DEPOSIT_MS = 24 * 60 * 60_000;

/** The invoice of an output that was not seen before, without its payment. @param rates fiat per bitcoin when it came */
export function draftDeposit(
  address: DepositAddress,
  id: string,
  rates: { fiat: string | null; usd: string | null },
  nowMs: number,
): Invoice {
  const { walletId, addressIndex: index, script } = address;
  const uri = paymentUri({ address: address.address });
  return {
    id,
    storeId: address.storeId,
    environment: address.environment,
    network: address.network,
    depositAddressId: address.id,
    prompts: [onchainPrompt({ address: address.address, script, walletId, index, uri })],
    amountSats: null,
    toleranceBelowSats: 0n,
    toleranceAboveSats: 0n,
    confThreshold: address.confThreshold,
    feeSats: 0n,
    fiatAmount: null,
    fiatCurrency: address.fiatCurrency,
    fiatRate: rates.fiat,
    usdRate: rates.usd,
    lateGraceMinutes: 0,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + DEPOSIT_MS,
    lateDeadlineMs: nowMs + DEPOSIT_MS,
    watchUntilMs: nowMs + DEPOSIT_MS,
    orderRef: orderRefOf(address.metadata),
    callbackUrl: null,
    successUrl: address.successUrl,
    buyerEmail: null,
    metadata: address.metadata,
    checkout: address.checkout,
    archivedAtMs: null,
    announced: {},
    status: 'pending',
    version: 0,
    marks: [],
    history: { 'invoice.created': nowMs },
  };
}
