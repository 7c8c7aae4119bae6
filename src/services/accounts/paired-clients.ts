// Clients that sign with a key of their own: paired with a store by a code, known by the id of that key from then on. A merchant
// gives a code to the client, or the client asks for one and a merchant approves it. Called by the dialects that pair, and by the dashboard.

import {
  approveCode,
  type CallerByToken,
  callerByToken,
  claimCode,
  deleteToken,
  forgetOldCodes,
  insertToken,
  type PairedClient,
  requestByCode,
  tokensOfClient,
  tokensOfStore,
  touchToken,
} from '../../adapters/db/paired-clients.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { admit, type Caller } from '../access/keys.ts';
import type { Permission } from '../access/permissions.ts';
import { newToken } from '../access/secrets.ts';
import { assertInUse } from './stores.ts';

export type { PairedClient };

/** What a client may do: everything about invoices, and refunds that a person approves; or make invoices and nothing else, as a till does. */
export const CLIENT_ROLES = {
  merchant: [
    'btcpay.store.canmodifyinvoices',
    'btcpay.store.cancreatenonapprovedpullpayments',
    'btcpay.store.canarchivepullpayments',
  ],
  pos: ['btcpay.store.cancreateinvoice'],
} as const satisfies Record<string, readonly Permission[]>;
export type ClientRole = keyof typeof CLIENT_ROLES;

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
  wanted: { label: string; role: ClientRole },
): Promise<PairedClient & { pairingCode: string }> {
  assertInUse(store);
  return insertPairing(deps, { ...wanted, storeId: store.id, keyId: null }, MAX_CLIENTS);
}

/** A client asks for a code; a merchant approves it by the code. @throws ApiError conflict */
export async function requestPairing(
  deps: Deps,
  wanted: { label: string; role: ClientRole; keyId: string },
): Promise<PairedClient & { pairingCode: string }> {
  return insertPairing(deps, { ...wanted, storeId: null }, MAX_REQUESTS);
}

/** A client registers its id with a pairing code; of two concurrent ones one is accepted. @throws ApiError not_found */
export async function claimPairing(
  deps: Deps,
  claim: { code: string; keyId: string; label: string },
): Promise<PairedClient> {
  const row = await claimCode(deps.db, { ...claim, nowMs: deps.now() });
  if (!row) throw new ApiError('not_found', CODE_GONE);
  return row;
}

/** Who asks to be let in by this code. @throws ApiError gone */
export async function readPairingRequest(deps: Deps, code: string): Promise<PairedClient> {
  const row = await requestByCode(deps.db, code, deps.now());
  if (!row) throw new ApiError('gone', CODE_GONE);
  return row;
}

/** Lets a client in to a store, once. @throws ApiError gone, conflict */
export async function approvePairing(deps: Deps, store: StoreRow, code: string): Promise<PairedClient> {
  assertInUse(store);
  const row = await approveCode(deps.db, { code, storeId: store.id, nowMs: deps.now(), most: MAX_CLIENTS });
  if (row) return row;
  await readPairingRequest(deps, code);
  throw new ApiError('conflict', tooMany(MAX_CLIENTS));
}

/** A store's clients and its codes that are still good, the newest first. */
export function listClients(deps: Deps, store: StoreRow): Promise<PairedClient[]> {
  return tokensOfStore(deps.db, store.id, deps.now(), LISTED);
}

/** Immediately and permanently. @throws ApiError not_found */
export async function removeClient(deps: Deps, store: StoreRow, token: string): Promise<void> {
  if (!(await deleteToken(deps.db, store.id, token))) throw new ApiError('not_found');
}

/** The tokens of a client that has been let in. */
export function tokensOf(deps: Deps, keyId: string): Promise<{ token: string; role: string }[]> {
  return tokensOfClient(deps.db, keyId, LISTED);
}

/**
 * The client that has signed a request, with a token of its own.
 * @throws ApiError api_key_invalid for a token that is not the signer's or was taken back, and as admit
 */
export async function pairedCaller(deps: Deps, keyId: string, token: string): Promise<Caller & { role: ClientRole }> {
  const [row] = await callerByToken(deps.db, keyId, token);
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
  const row = { label, role: 'pos', storeId: store.id, keyId: null, token: await sha256Hex(secret), pairingCode: null };
  if (!(await insertToken(deps.db, { ...row, createdAtMs: deps.now() }, MAX_CLIENTS)))
    throw new ApiError('conflict', tooMany(MAX_CLIENTS));
  return secret;
}

/** Whose token it is that came without a signature; null for one that needs one, or that is none. @throws ApiError as admit */
export async function unsignedCaller(
  deps: Deps,
  secret: string,
): Promise<(Caller & { role: ClientRole; tokenHash: string }) | null> {
  const tokenHash = await sha256Hex(secret);
  const [row] = await callerByToken(deps.db, null, tokenHash);
  return row ? { ...admitted(deps, row, tokenHash), role: 'pos', tokenHash } : null;
}

function admitted(deps: Deps, { client, ...rest }: CallerByToken, token: string): Caller & { role: ClientRole } {
  const role = Object.hasOwn(CLIENT_ROLES, client.role) ? (client.role as ClientRole) : 'pos';
  const { lastUsedAtMs } = client;
  const nowMs = deps.now();
  const key = {
    keyId: null,
    environment: 'live' as const,
    revokedAtMs: null,
    permissions: [...CLIENT_ROLES[role]],
    lastUsedAtMs,
  };
  const caller = admit(null, { ...rest, key }, nowMs);
  if (lastUsedAtMs === null || lastUsedAtMs <= nowMs - USE_NOTED_EVERY_MS) {
    deps.background(touchToken(deps.db, token, nowMs, nowMs - USE_NOTED_EVERY_MS));
  }
  return { ...caller, role };
}

async function insertPairing(
  deps: Deps,
  wanted: Pick<PairedClient, 'label' | 'role' | 'storeId' | 'keyId'>,
  most: number,
): Promise<PairedClient & { pairingCode: string }> {
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
