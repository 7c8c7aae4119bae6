// LNURL-pay at a Lightning address of a store (LUD-06, 09, 12, 16, 21): what a wallet may pay, the BOLT11 for it, and whether it was
// paid. Called by http/lnurl.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { bolt11Of } from '../../adapters/db/bolt11-invoices.ts';
import { statesOf } from '../../adapters/db/invoices.ts';
import { type PaidName, paidName } from '../../adapters/db/lightning-names.ts';
import {
  type AskedName,
  metadataOf,
  payCodesOf,
  payeeInPath,
  payRequestOf,
  readAskedName,
  readNamedPayment,
  readPayee,
  successActionOf,
} from '../../core/lightning/pay-request.ts';
import { lightningPromptOf } from '../../core/lightning/prompt.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { networkOf, spend } from '../access/throttle.ts';
import { requestPayment } from '../payments/requests.ts';

/** Of one payer at one name. */
const MAX_BY_NETWORK = 20;
const NETWORK_MS = 10 * 60_000;

const hostOf = ({ config }: Deps) => new URL(config.ORIGIN).host;

/** LUD-06's first answer. @param text the name as the wallet wrote it @throws ApiError not_found, lightning_unavailable */
export async function payRequest(deps: Deps, text: string) {
  const { asked, known } = await found(deps, text);
  const path = asked.tag === null ? asked.name : `${asked.name}+${asked.tag}`;
  const metadata = metadataOf(asked, hostOf(deps), known.storeName);
  const callback = `${deps.config.ORIGIN}/lnurl/pay/${path}/${payeeInPath(known.storeName)}`;
  return payRequestOf(known, callback, metadata);
}

interface Wanted {
  /** The store's name that the wallet was shown, as the callback has it; undefined for one of an earlier version. */
  payee: string | undefined;
  /** Millisatoshis, as the wallet wrote them. */
  amount: string | undefined;
  comment: string | undefined;
}

/** LUD-06's second answer. @throws ApiError as payRequest, validation_error, rate_limited */
export async function payment(deps: Deps, request: Request, text: string, wanted: Wanted) {
  const { asked, known } = await found(deps, text);
  const payee = wanted.payee === undefined ? known.storeName : readPayee(wanted.payee);
  if (payee === null) throw new ApiError('not_found', 'No such Lightning address.');
  const read = readNamedPayment(known, wanted.amount, wanted.comment);
  if ('reason' in read) throw new ApiError('validation_error', read.reason);
  await assertAllowed(deps, request, known);
  const metadata = metadataOf(asked, hostOf(deps), payee);
  const { id, bolt11 } = await requestPayment(deps, known.storeId, {
    sats: read.sats,
    connectionId: known.testMode ? null : known.connectionId,
    description: { hash: bytesToHex(sha256(utf8ToBytes(metadata))), text: metadata },
    metadata: {
      lightning_address: payCodesOf(known.name, hostOf(deps)).address,
      ...(asked.tag === null ? {} : { tag: asked.tag }),
      ...(read.comment === null ? {} : { comment: read.comment }),
    },
  });
  const successAction = successActionOf(known);
  return {
    pr: bolt11,
    routes: [],
    verify: `${deps.config.ORIGIN}/lnurl/verify/${id}`,
    ...(successAction && { successAction }),
  };
}

/** LUD-21. @throws ApiError not_found */
export async function paymentState(deps: Deps, invoiceId: string) {
  const [row, [state]] = await Promise.all([bolt11Of(deps.db, invoiceId), statesOf(deps.db, [invoiceId])]);
  if (row) {
    const settled = row.settledAtMs !== null;
    if (!settled && row.watchUntilMs !== null) deps.background(deps.lightning.hot(row.storeId, invoiceId));
    return { status: 'OK', settled, preimage: row.preimage, pr: row.bolt11 };
  }
  const minted = state && lightningPromptOf(state.invoice)?.minted;
  if (!minted) throw new ApiError('not_found', 'No such payment.');
  const settled = state.payments.some(({ id }) => id === minted.paymentHash);
  return { status: 'OK', settled, preimage: null, pr: minted.bolt11 };
}

async function found(deps: Deps, text: string): Promise<{ asked: AskedName; known: PaidName }> {
  const asked = readAskedName(text);
  const known = asked && (await paidName(deps.db, asked.name));
  if (!known) throw new ApiError('not_found', 'No such Lightning address.');
  if (!known.testMode && known.connectionId === null) throw new ApiError('lightning_unavailable');
  return { asked, known };
}

/** @throws ApiError rate_limited */
async function assertAllowed(deps: Deps, request: Request, { name }: PaidName): Promise<void> {
  const refusal = 'Too many payments were asked for. Try again in some minutes.';
  const network = networkOf(request);
  if (network !== null) await spend(deps, ['lnurl', name, network], MAX_BY_NETWORK, refusal, NETWORK_MS);
  if (!(await deps.allowCreate(`lightning name ${name}`))) throw new ApiError('rate_limited', refusal);
}
