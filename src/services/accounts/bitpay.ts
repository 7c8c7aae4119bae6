// BitPay's clients: paired with a store by a code, known by the SIN of their public key from then on. A merchant gives a code
// to the client, or the client asks for one and a merchant lets it in.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  approveCode,
  type BitpayToken,
  type CallerByToken,
  callerByToken,
  claimCode,
  deleteToken,
  forgetOldCodes,
  insertToken,
  requestByCode,
  tokensOfClient,
  tokensOfStore,
  touchToken,
} from '../../adapters/db/bitpay.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { admit, type Caller } from '../access/keys.ts';
import type { Permission } from '../access/permissions.ts';
import { newToken } from '../access/secrets.ts';
import { assertInUse } from './stores.ts';

export type { BitpayToken };

/** What a client may do: everything about invoices; or make them and nothing else, as a till does. */
export const FACADES = {
  merchant: ['btcpay.store.canmodifyinvoices'],
  pos: ['btcpay.store.cancreateinvoice'],
} as const satisfies Record<string, readonly Permission[]>;
export type Facade = keyof typeof FACADES;

/** How long a pairing code is good for. */
export const PAIRING_MS = 24 * 60 * 60_000;
const CODE_LENGTH = 7;
const CODE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const MAX_CLIENTS = 50;
const MAX_REQUESTS = 20;
const LISTED = 100;
const FORGOTTEN_AT_ONCE = 50;
const USE_NOTED_EVERY_MS = 60 * 60_000;
const tooMany = (most: number) => `At most ${most} clients and codes. Remove one first.`;
const CODE_GONE = 'The pairing code is unknown, was used before or has expired. Ask for a new one.';

/** A code for a client of the merchant's choice. @throws ApiError conflict */
export async function offerPairing(
  deps: Deps,
  store: StoreRow,
  wanted: { label: string; facade: Facade },
): Promise<BitpayToken & { pairingCode: string }> {
  assertInUse(store);
  return insertPairing(deps, { ...wanted, storeId: store.id, sin: null }, MAX_CLIENTS);
}

/** Approve a connection; a merchant does so by the code. @throws ApiError conflict */
export async function requestPairing(
  deps: Deps,
  wanted: { label: string; facade: Facade; sin: string },
): Promise<BitpayToken & { pairingCode: string }> {
  return insertPairing(deps, { ...wanted, storeId: null }, MAX_REQUESTS);
}

/** A client registers its id with a pairing code; of two concurrent ones one is accepted. @throws ApiError not_found */
export async function claimPairing(
  deps: Deps,
  claim: { code: string; sin: string; label: string },
): Promise<BitpayToken> {
  const row = await claimCode(deps.db, { ...claim, nowMs: deps.now() });
  if (!row) throw new ApiError('not_found', CODE_GONE);
  return row;
}

/** Who asks to be let in by this code. @throws ApiError gone */
export async function readPairingRequest(deps: Deps, code: string): Promise<BitpayToken> {
  const row = await requestByCode(deps.db, code, deps.now());
  if (!row) throw new ApiError('gone', CODE_GONE);
  return row;
}

/** Lets a client in to a store, once. @throws ApiError gone, conflict */
export async function approvePairing(deps: Deps, store: StoreRow, code: string): Promise<BitpayToken> {
  assertInUse(store);
  const row = await approveCode(deps.db, { code, storeId: store.id, nowMs: deps.now(), most: MAX_CLIENTS });
  if (row) return row;
  await readPairingRequest(deps, code);
  throw new ApiError('conflict', tooMany(MAX_CLIENTS));
}

/** A store's clients and its codes that are still good, the newest first. */
export function listClients(deps: Deps, store: StoreRow): Promise<BitpayToken[]> {
  return tokensOfStore(deps.db, store.id, deps.now(), LISTED);
}

/** Immediately and permanently. @throws ApiError not_found */
export async function removeClient(deps: Deps, store: StoreRow, token: string): Promise<void> {
  if (!(await deleteToken(deps.db, store.id, token))) throw new ApiError('not_found');
}

/** The tokens of a client that has been let in. */
export function tokensOf(deps: Deps, sin: string): Promise<{ token: string; facade: string }[]> {
  return tokensOfClient(deps.db, sin, LISTED);
}

/**
 * The client that has signed a request, with a token of its own.
 * @throws ApiError api_key_invalid for a token that is not the signer's or was taken back, and as admit
 */
export async function pairedCaller(deps: Deps, sin: string, token: string): Promise<Caller & { facade: Facade }> {
  const [row] = await callerByToken(deps.db, sin, token);
  if (!row) throw new ApiError('api_key_invalid', 'The token does not belong to the key that signed the request.');
  return admitted(deps, row, token);
}

/**
 * A token that works without a signature, for any client that sends it: it is stored hashed and may be all that a till has, so
 * it makes invoices and reads what tills have made. @returns its secret, which is shown once @throws ApiError conflict
 */
export async function issueUnsignedToken(deps: Deps, store: StoreRow, label: string): Promise<string> {
  assertInUse(store);
  const secret = newToken();
  const row = { label, facade: 'pos', storeId: store.id, sin: null, token: await sha256Hex(secret), pairingCode: null };
  if (!(await insertToken(deps.db, { ...row, createdAtMs: deps.now() }, MAX_CLIENTS)))
    throw new ApiError('conflict', tooMany(MAX_CLIENTS));
  return secret;
}

/** Whose token it is that came without a signature; null for one that needs one, or that is none. @throws ApiError as admit */
export async function unsignedCaller(
  deps: Deps,
  secret: string,
): Promise<(Caller & { facade: Facade; tokenHash: string }) | null> {
  const tokenHash = await sha256Hex(secret);
  const [row] = await callerByToken(deps.db, null, tokenHash);
  return row ? { ...admitted(deps, row, tokenHash), facade: 'pos', tokenHash } : null;
}

function admitted(deps: Deps, { client, ...rest }: CallerByToken, token: string): Caller & { facade: Facade } {
  const facade = Object.hasOwn(FACADES, client.facade) ? (client.facade as Facade) : 'pos';
  const { lastUsedAtMs } = client;
  const nowMs = deps.now();
  const key = { environment: 'live' as const, revokedAtMs: null, permissions: [...FACADES[facade]], lastUsedAtMs };
  const caller = admit(null, { ...rest, key }, nowMs);
  if (lastUsedAtMs === null || lastUsedAtMs <= nowMs - USE_NOTED_EVERY_MS) {
    deps.background(touchToken(deps.db, token, nowMs, nowMs - USE_NOTED_EVERY_MS));
  }
  return { ...caller, facade };
}

/** The token that requests an invoice's notification again without a signature. Readers of the invoice get it. */
export async function invoiceToken(deps: Deps, invoiceId: string): Promise<string> {
  const secret = await deps.vault.derive('bitpay-invoice');
  return bytesToHex(hmac(sha256, utf8ToBytes(secret), utf8ToBytes(invoiceId)));
}

async function insertPairing(
  deps: Deps,
  wanted: Pick<BitpayToken, 'label' | 'facade' | 'storeId' | 'sin'>,
  most: number,
): Promise<BitpayToken & { pairingCode: string }> {
  const nowMs = deps.now();
  await forgetOldCodes(deps.db, nowMs, FORGOTTEN_AT_ONCE);
  const pairingCode = newCode();
  const times = { createdAtMs: nowMs, pairingExpiresAtMs: nowMs + PAIRING_MS };
  const row = await insertToken(deps.db, { ...wanted, ...times, token: newToken(), pairingCode }, most);
  if (!row) throw new ApiError('conflict', tooMany(most));
  return { ...row, pairingCode };
}

/** Forty bits: the limits allow a few guesses a second, and a code works for a day. */
function newCode(): string {
  let code = '';
  while (code.length < CODE_LENGTH) {
    // A byte that would make some letters likelier than others is left out.
    for (const byte of crypto.getRandomValues(new Uint8Array(CODE_LENGTH))) {
      if (byte < 248 && code.length < CODE_LENGTH) code += CODE_LETTERS[byte % CODE_LETTERS.length];
    }
  }
  return code;
}
