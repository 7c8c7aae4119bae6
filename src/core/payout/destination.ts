// Where a claim wants its money: reads what a person or a program enters, and holds it to the network, the ways that are offered, the
// amount and the time. Pure. Called by services/payouts/claim.ts before anything is written.

import { readBolt11 } from '../lightning/bolt11.ts';
import { Bolt11Error } from '../lightning/bolt11-fields.ts';
import { addressOfUrl, lnurlOf, readAddress, readLnurl } from '../lightning/lnurl.ts';
import { readAmount } from '../money/amounts.ts';
import { scriptOfAddress } from '../wallet/address.ts';
import { dustLimitOfScript } from '../wallet/dust.ts';
import { WalletError } from '../wallet/errors.ts';
import type { Network } from '../wallet/network.ts';
import type { Destination } from './facts.ts';
import type { PayoutMethod } from './payout.ts';

export interface ReadDestination extends Destination {
  /** What it asks for, in millisatoshis; null where the payer says the amount. */
  amountMsat: bigint | null;
  /** An address's scriptPubKey, hex; null over Lightning. */
  script: string | null;
  /** Of a BOLT11: the public key, hex, of the node that it pays, and when it was made; null for anything else. */
  payee: string | null;
  createdAtMs: number | null;
}

export type DestinationFault =
  | 'malformed'
  | 'wrong_network'
  | 'method_not_supported'
  | 'amount_missing'
  | 'amount_differs'
  | 'amount_too_low'
  | 'ends_too_soon'
  | 'from_the_future'
  | 'own';

interface Wrong {
  fault: DestinationFault;
  /** A sentence for the person who is paid. */
  problem: string;
}

interface ClaimTerms {
  methods: readonly PayoutMethod[];
  /** null where it is fixed later. */
  amountSats: bigint | null;
  minBolt11Seconds: number;
  /** The address or the node is the store's own. */
  isOwn: boolean;
  nowMs: number;
}

const OF_NO_BOLT11 = { bolt11: null, payee: null, createdAtMs: null };

const wrong = (fault: DestinationFault, problem: string): Wrong => ({ fault, problem });

/**
 * A Bitcoin address, alone or as `bitcoin:…` (BIP 321); a BOLT11, a Lightning address or an LNURL, with or without `lightning:`.
 * @param method of a link that names both ways: the address, unless Lightning is asked for
 */
export function readDestination(given: string, network: Network, method: PayoutMethod | null): ReadDestination | Wrong {
  const text = given.trim();
  const [, address = '', query = ''] = /^bitcoin:([^?]*)(?:\?(.*))?$/is.exec(text) ?? [];
  const both = new URLSearchParams(query).get('lightning');
  if (both && (method === 'lightning' || address === '')) return readInvoice(both, network);
  const plain = text.replace(/^lightning:/i, '');
  if (/^ln(bc|tb|tbs|bcrt)\d*[munp]?1/i.test(plain)) return readInvoice(plain, network);
  const lightning = readAddress(text) ?? lnurlIn(text);
  if (lightning !== null)
    return { method: 'lightning', destination: lightning, ...OF_NO_BOLT11, amountMsat: null, script: null };
  return readOnchain(text, network);
}

function readInvoice(text: string, network: Network): ReadDestination | Wrong {
  try {
    const { payee, paymentHash, expiresAtMs, amountMsat, createdAtMs, ...read } = readBolt11(text);
    if (read.network !== network)
      return wrong('wrong_network', `This BOLT11 invoice is on ${read.network}. Enter one on ${network}.`);
    const destination = text.toLowerCase();
    const bolt11 = { bolt11: destination, paymentHash, expiresAtMs };
    return { method: 'lightning', destination, bolt11, amountMsat, script: null, payee, createdAtMs };
  } catch (error) {
    if (!(error instanceof Bolt11Error)) throw error;
    return wrong('malformed', `This BOLT11 invoice cannot be read. ${error.message}`);
  }
}

/** In one spelling; null for what is none. */
function lnurlIn(text: string): string | null {
  const url = /^(lnurlp:|lightning:|lnurl1|https?:)/i.test(text) ? readLnurl(text) : null;
  return url && (addressOfUrl(url) ?? lnurlOf(url));
}

function readOnchain(text: string, network: Network): ReadDestination | Wrong {
  const [, address = '', query = ''] = /^(?:bitcoin:)?([^?]*)\??(.*)$/i.exec(text) ?? [];
  const asked = new URLSearchParams(query).get('amount');
  const amount = asked === null ? null : readAmount(asked, 'BTC');
  if (amount && 'problem' in amount) return wrong('malformed', `The amount of the link ${amount.problem}.`);
  try {
    const script = scriptOfAddress(address, network);
    const destination = /^(bc|tb|bcrt)1/i.test(address) ? address.toLowerCase() : address;
    const amountMsat = amount && amount.amount.units * 10n ** BigInt(8 - amount.amount.scale) * MSAT;
    return { method: 'onchain', destination, ...OF_NO_BOLT11, amountMsat, script };
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    return error.code === 'wrong_network'
      ? wrong('wrong_network', `This address is on another network. Enter one on ${network}.`)
      : wrong('malformed', 'Enter a Bitcoin address, a BOLT11 invoice, a Lightning address or an LNURL.');
  }
}

const MSAT = 1000n;
/** Clocks differ; more than this is a wrong clock. */
const MAX_AHEAD_MS = 2 * 3_600_000;
/** The first attempt needs so long at least. */
const MIN_LEFT_SECONDS = 120;
/** Of a script that no wallet of ours has: Bitcoin Core's limit for P2WSH. */
const DUST_SATS = 330n;

/** What keeps it from being paid; null where nothing does. */
export function destinationProblem(read: ReadDestination, terms: ClaimTerms): Wrong | null {
  const { methods, amountSats, minBolt11Seconds, isOwn, nowMs } = terms;
  const { bolt11, amountMsat, script, method } = read;
  if (!methods.includes(method))
    return wrong('method_not_supported', `Enter ${methods.map((one) => TO_ENTER[one]).join(' or ')}.`);
  if (isOwn) return wrong('own', 'This belongs to the store that pays. Enter a destination of your own.');
  if (bolt11 && amountMsat === null)
    return wrong('amount_missing', 'This BOLT11 invoice has no amount. Make one with the amount.');
  if (bolt11 && amountSats === null)
    return wrong(
      'amount_differs',
      'The amount in bitcoin is fixed later. Enter a Lightning address or a Bitcoin address.',
    );
  if (amountSats !== null && amountMsat !== null && amountMsat !== amountSats * MSAT)
    return wrong('amount_differs', `This asks for another amount. Make one for ${amountSats} sats.`);
  const leastSats = script === null ? 1n : dustLimitOfScript(script) || DUST_SATS;
  if (amountSats !== null && amountSats < leastSats)
    return wrong('amount_too_low', `The network carries no less than ${leastSats} sats to this destination.`);
  if (read.createdAtMs !== null && read.createdAtMs > nowMs + MAX_AHEAD_MS)
    return wrong('from_the_future', 'The clock of the wallet that made this BOLT11 invoice is fast. Set it right.');
  const leftSeconds = Math.max(minBolt11Seconds, MIN_LEFT_SECONDS);
  if (bolt11 && bolt11.expiresAtMs < nowMs + leftSeconds * 1000)
    return wrong(
      'ends_too_soon',
      `This BOLT11 invoice ends too soon. Make one that lasts at least ${leftSeconds} seconds.`,
    );
  return null;
}

const TO_ENTER: Record<PayoutMethod, string> = {
  onchain: 'a Bitcoin address',
  lightning: 'a BOLT11 invoice, a Lightning address or an LNURL',
};
