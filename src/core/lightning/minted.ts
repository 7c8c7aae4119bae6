// Holds a BOLT11 invoice that a node minted to what was asked for, before a buyer sees it: a node may be misconfigured, another
// one than before, or a stranger's server. Called where an invoice's BOLT11 is minted and where a connection is tested.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Network } from '../wallet/network.ts';
import { type Bolt11, readBolt11 } from './bolt11.ts';
import { Bolt11Error } from './bolt11-fields.ts';

export interface MintTerms {
  network: Network;
  amountMsat: bigint;
  /** A text, of which the node may write the hash; the SHA-256 of one, hex; null where the server writes its own (LUD-16). */
  description: string | { hash: string } | null;
  /** Longer is refused, shorter is the node's right; null where the server decides (LUD-16). */
  expirySeconds: number | null;
}

/** What is wrong with it. */
export type MintFault =
  | 'malformed'
  | 'network'
  | 'amount'
  | 'payment_hash'
  | 'description'
  /** It lasts longer than asked for. */
  | 'expiry'
  /** It is from the future: the node's clock is wrong. */
  | 'clock'
  /** It has run out already, which is a slow clock too. */
  | 'expired';

/** Clocks differ; more than this is a wrong clock. */
const MAX_AHEAD_MS = 2 * 3_600_000;
/** Times in a BOLT11 have no parts of a second. */
const SECOND_MS = 1_000;

/**
 * @param minted the invoice, and the payment hash (hex) by which the node will be asked for it
 * @returns the invoice as it was read, or what is wrong with it in a sentence for the merchant
 */
export function checkMinted(
  minted: { bolt11: string; paymentHash: string },
  terms: MintTerms,
  nowMs: number,
): { bolt11: Bolt11 } | { fault: MintFault; problem: string } {
  const bolt11 = readOrProblem(minted.bolt11);
  if (typeof bolt11 === 'string')
    return { fault: 'malformed', problem: `The node's BOLT11 invoice cannot be read. ${bolt11}` };
  const wrong = (fault: MintFault, problem: string) => ({ fault, problem });
  if (bolt11.network !== terms.network)
    return wrong('network', `The node is on ${bolt11.network}, this store is on ${terms.network}.`);
  if (bolt11.amountMsat !== terms.amountMsat)
    return wrong(
      'amount',
      `The node's BOLT11 invoice asks for ${bolt11.amountMsat ?? 'any number of'} millisatoshis instead of ${terms.amountMsat}.`,
    );
  if (bolt11.paymentHash !== minted.paymentHash.toLowerCase())
    return wrong('payment_hash', "The node's BOLT11 invoice has another payment hash than its answer.");
  if (!describes(bolt11, terms.description))
    return wrong('description', "The node's BOLT11 invoice has another description than SatLane asked for.");
  if (terms.expirySeconds !== null && lastsLonger(bolt11, terms.expirySeconds, nowMs))
    return wrong(
      'expiry',
      `The node's BOLT11 invoice expires after ${bolt11.expirySeconds} seconds; SatLane asked for ${terms.expirySeconds}.`,
    );
  if (bolt11.createdAtMs > nowMs + MAX_AHEAD_MS)
    return wrong('clock', "The node's clock is more than two hours fast. Set it right.");
  if (bolt11.expiresAtMs <= nowMs)
    return wrong('expired', "The node's BOLT11 invoice has expired already. Check the node's clock.");
  return { bolt11 };
}

/** Whether an answer is about this BOLT11 invoice, as far as it says. A node may write an invoice anew: its hash and amount stay. */
export function isAbout(
  { paymentHash, bolt11 }: { paymentHash: string; bolt11: string },
  shown: { paymentHash: string | null; bolt11: string | null },
): boolean {
  if (shown.paymentHash !== null && shown.paymentHash !== paymentHash.toLowerCase()) return false;
  if (shown.bolt11 === null || shown.bolt11.toLowerCase() === bolt11.toLowerCase()) return true;
  const [asked, other] = [readOrProblem(bolt11), readOrProblem(shown.bolt11)];
  if (typeof asked === 'string' || typeof other === 'string') return false;
  return other.paymentHash === asked.paymentHash && other.amountMsat === asked.amountMsat;
}

function readOrProblem(text: string): Bolt11 | string {
  try {
    return readBolt11(text);
  } catch (error) {
    if (error instanceof Bolt11Error) return error.message;
    throw error;
  }
}

/** One that the node made for an earlier request of the same label has a longer time, which ends no later. */
function lastsLonger({ expirySeconds, expiresAtMs }: Bolt11, askedSeconds: number, nowMs: number): boolean {
  return expirySeconds > askedSeconds && expiresAtMs > nowMs + askedSeconds * 1000 + SECOND_MS;
}

/** LUD-06: where a hash was asked for, payers compare the hash; the text instead will not do. */
function describes(bolt11: Bolt11, asked: MintTerms['description']): boolean {
  if (asked === null) return true;
  if (typeof asked !== 'string') return bolt11.descriptionHash === asked.hash.toLowerCase();
  return bolt11.description === asked || bolt11.descriptionHash === bytesToHex(sha256(utf8ToBytes(asked)));
}
