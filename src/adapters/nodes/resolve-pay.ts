// Finds the BOLT11 behind a Lightning address or an LNURL, to pay it. Its server is a foreign one: what it answers is held to what was asked
// for before anything is paid. Called by what pays out.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { readAddress, readLnurl, urlOfAddress } from '../../core/lightning/lnurl.ts';
import { checkMinted, type MintTerms } from '../../core/lightning/minted.ts';
import type { Bolt11ToPay } from '../../core/payout/facts.ts';
import { askForBolt11 } from './lnurl-pay.ts';
import { NodeError } from './node.ts';
import type { Outside } from './request.ts';

export interface ToResolve {
  /** `name@host`, `lnurl1…`, `lnurlp://…`, with or without `lightning:`. */
  destination: string;
  amountMsat: bigint;
  network: MintTerms['network'];
  /** Cut to what the payee takes (LUD-12). */
  comment?: string | undefined;
}

/** A node needs some time to pay. */
const MIN_LIFETIME_MS = 60_000;

/**
 * A BOLT11 of exactly this amount and network, over the hash of the metadata that was shown (LUD-06), good for a minute or more. Each call
 * makes a new one, with another payment hash.
 * @throws NodeError `refused` where the payee does not take it, `unsupported` where nothing can be asked there
 */
export async function resolvePay(
  { destination, amountMsat, network, comment = '' }: ToResolve,
  outside: Outside,
): Promise<Bolt11ToPay> {
  const address = readAddress(destination);
  const url = address ? urlOfAddress(address) : readLnurl(destination);
  if (!url) throw new NodeError('unsupported', 'Enter a Lightning address (name@host) or an LNURL.');
  const shownAs = address ?? new URL(url).host;
  const { bolt11, paymentHash, metadata } = await askForBolt11({ url, shownAs, amountMsat, comment }, outside);
  const hash = bytesToHex(sha256(utf8ToBytes(metadata)));
  const terms = { network, amountMsat, description: { hash }, expirySeconds: null };
  const checked = checkMinted({ bolt11, paymentHash }, terms, outside.now());
  if ('problem' in checked) throw new NodeError('bad_answer', `${shownAs}: ${checked.problem}`);
  const { expiresAtMs } = checked.bolt11;
  if (expiresAtMs < outside.now() + MIN_LIFETIME_MS)
    throw new NodeError('bad_answer', `${shownAs}: Its BOLT11 invoice expires within a minute.`);
  return { bolt11, paymentHash, expiresAtMs };
}
