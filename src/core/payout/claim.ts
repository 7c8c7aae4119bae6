// Whether a pull payment takes a claim, and whether a destination can be paid: a Bitcoin address, a BOLT11, a Lightning address or an
// LNURL. Pure. Called by services/payouts, which looks for duplicates, what is left, and addresses of the store's own.

import { type Bolt11, readBolt11 } from '../lightning/bolt11.ts';
import { Bolt11Error } from '../lightning/bolt11-fields.ts';
import { addressOfUrl, lnurlOf, readAddress, readLnurl } from '../lightning/lnurl.ts';
import { scriptOfAddress } from '../wallet/address.ts';
import { dustLimitOfScript } from '../wallet/dust.ts';
import { WalletError } from '../wallet/errors.ts';
import type { Network } from '../wallet/network.ts';
import type { Destination } from './facts.ts';
import type { PayoutMethod, PullPayment } from './payout.ts';

export interface DestinationTerms {
  network: Network;
  /** Those that are offered. */
  methods: readonly PayoutMethod[];
  /** null where the amount follows from the BOLT11, or a rate is still to come. */
  amountSats: bigint | null;
  /** A BOLT11 that ends sooner is refused. */
  minBolt11Seconds: number;
  /** A BOLT11 without an amount can be paid with one. */
  takesAmountless: boolean;
  /** Public keys of the store's own nodes, as far as they are known. */
  ownNodeIds: readonly string[];
}

type DestinationRefusal =
  | 'unreadable'
  | 'wrong_network'
  | 'payment_method_not_supported'
  | 'amount_too_low'
  | 'amount_differs'
  | 'amount_missing'
  | 'expires_too_soon'
  | 'from_the_future'
  | 'own_node';

interface ReadDestination {
  destination: Destination;
  /** What the destination itself asks for; null where it names no amount. */
  amountSats: bigint | null;
  /** The address's script, hex: it may be the store's own. null over Lightning. */
  script: string | null;
}

type Read = ReadDestination | { refused: DestinationRefusal };

/** Clocks differ; more than this is a wrong clock. */
const MAX_AHEAD_MS = 2 * 3_600_000;
const MSAT = 1000n;

/** What keeps a pull payment from taking claims; null where nothing does. */
export function linkProblem(pullPayment: PullPayment, nowMs: number): 'archived' | 'expired' | 'not_started' | null {
  const { archivedAtMs, expiresAtMs, startsAtMs } = pullPayment;
  if (archivedAtMs !== null) return 'archived';
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return 'expired';
  return startsAtMs !== null && nowMs < startsAtMs ? 'not_started' : null;
}

/** @param text as a person or a wallet gives it: with `bitcoin:` or `lightning:` before it, too */
export function readDestination(text: string, terms: DestinationTerms, nowMs: number): Read {
  const trimmed = text.trim();
  const read = /^bitcoin:/i.test(trimmed) ? readUri(trimmed, terms, nowMs) : readPlain(trimmed, terms, nowMs);
  if ('refused' in read) return read;
  if (!terms.methods.includes(read.destination.method)) return { refused: 'payment_method_not_supported' };
  const { amountSats } = terms;
  if (amountSats !== null && read.amountSats !== null && read.amountSats !== amountSats)
    return { refused: 'amount_differs' };
  const sats = amountSats ?? read.amountSats;
  const leastSats = read.script === null ? 1n : dustLimitOfScript(read.script);
  return sats !== null && (sats <= 0n || sats < leastSats) ? { refused: 'amount_too_low' } : read;
}

/** BIP 321: where it names both ways, the BOLT11 where Lightning is offered. What it says of an amount is for its payer to choose. */
function readUri(uri: string, terms: DestinationTerms, nowMs: number): Read {
  const [, address = '', query = ''] = /^bitcoin:([^?]*)(?:\?(.*))?$/i.exec(uri) ?? [];
  const lightning = new URLSearchParams(query).get('lightning');
  const isOffered = terms.methods.includes('lightning');
  return lightning && (isOffered || address === '')
    ? readOfBolt11(lightning, terms, nowMs)
    : readOnchain(address, terms);
}

function readPlain(text: string, terms: DestinationTerms, nowMs: number): Read {
  const bare = text.replace(/^lightning:/i, '');
  if (/^ln(bc|tb|bcrt|tbs)\d*[munp]?1/i.test(bare)) return readOfBolt11(bare, terms, nowMs);
  const address = readAddress(bare);
  if (address !== null) return unresolved(address);
  const url = /^(lnurlw|lnurlc|keyauth):/i.test(bare) ? null : readLnurl(bare);
  if (url !== null) return unresolved(addressOfUrl(url) ?? lnurlOf(url));
  return readOnchain(text, terms);
}

/** Its server is asked when it is to be paid. */
function unresolved(destination: string): ReadDestination {
  return { destination: { method: 'lightning', destination, bolt11: null }, amountSats: null, script: null };
}

function readOnchain(address: string, { network }: DestinationTerms): Read {
  try {
    const script = scriptOfAddress(address, network);
    // Bech32 has one spelling in two cases, base58 has one.
    const destination = /^(bc|tb|bcrt)1/i.test(address) ? address.toLowerCase() : address;
    return { destination: { method: 'onchain', destination, bolt11: null }, amountSats: null, script };
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    return { refused: error.code === 'wrong_network' ? 'wrong_network' : 'unreadable' };
  }
}

function readOfBolt11(text: string, terms: DestinationTerms, nowMs: number): Read {
  const read = bolt11Of(text);
  if (read === null) return { refused: 'unreadable' };
  const problem = bolt11Problem(read, terms, nowMs);
  if (problem) return { refused: problem };
  const { paymentHash, expiresAtMs, amountMsat } = read;
  const bolt11 = { bolt11: text.toLowerCase(), paymentHash, expiresAtMs };
  const amountSats = amountMsat === null ? null : amountMsat / MSAT;
  return { destination: { method: 'lightning', destination: bolt11.bolt11, bolt11 }, amountSats, script: null };
}

function bolt11Problem(read: Bolt11, terms: DestinationTerms, nowMs: number): DestinationRefusal | null {
  const { amountMsat } = read;
  if (read.network !== terms.network) return 'wrong_network';
  if (terms.ownNodeIds.includes(read.payee)) return 'own_node';
  if (amountMsat === null && !(terms.takesAmountless && terms.amountSats !== null)) return 'amount_missing';
  if (amountMsat !== null && amountMsat % MSAT !== 0n) return 'amount_differs';
  if (read.createdAtMs > nowMs + MAX_AHEAD_MS) return 'from_the_future';
  return read.expiresAtMs < nowMs + terms.minBolt11Seconds * 1000 ? 'expires_too_soon' : null;
}

function bolt11Of(text: string): Bolt11 | null {
  try {
    return readBolt11(text);
  } catch (error) {
    if (error instanceof Bolt11Error) return null;
    throw error;
  }
}
