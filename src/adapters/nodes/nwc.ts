// A wallet over Nostr Wallet Connect (NIP-47), receiving only. The socket opens with the first question, stays for hints, and opens
// again after it broke: the object that holds the node closes it. Called by nodes.ts.

import { hex } from '@scure/base';
import * as z from 'zod';
import type { Credential, NodeFault } from '../../core/lightning/connection.ts';
import { serverProblem } from '../../core/text/webhook-url.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { foundIn, MISSING, oneByOne } from './lists.ts';
import { type Incoming, type Minted, type Node, NodeError } from './node.ts';
import { WalletSession } from './nostr/session.ts';
import { type Outside, TIMEOUT_MS } from './request.ts';
import { amount, cutToBytes, hash, jsonNumber } from './values.ts';

/** A response has 64 KB. */
const PAGE = 20;
const CLOCK_SKEW_MS = 10 * 60_000;
const MAX_WORDS = 200;

const created = z.object({ invoice: z.string(), payment_hash: hash });
const transaction = z.object({
  payment_hash: hash,
  state: z.string().nullish(),
  amount,
  preimage: z.string().nullish(),
  /** Seconds; wallets from before `state` say by it that it is settled. */
  settled_at: amount.nullish(),
  expires_at: amount.nullish(),
});
const list = z.object({ transactions: z.array(transaction) });

const FAULTS: Record<string, NodeFault> = {
  UNAUTHORIZED: 'credential',
  RESTRICTED: 'forbidden',
  NOT_IMPLEMENTED: 'unsupported',
  UNSUPPORTED_ENCRYPTION: 'unsupported',
  RATE_LIMITED: 'unreachable',
  INTERNAL: 'unreachable',
};

export function nwc({ uri }: Extract<Credential, { kind: 'nwc' }>, outside: Outside): Node {
  const wallet = new Wallet(uri, outside);
  const found = (one: z.infer<typeof transaction>) => incomingOf(one, outside.now());
  const lookup = async ({ paymentHash }: Minted) => {
    const result = await wallet.ask('lookup_invoice', { payment_hash: paymentHash }, transaction);
    return result === 'NOT_FOUND' ? MISSING : found(result);
  };
  async function* pages(sinceMs: number) {
    const from = Math.floor(Math.max(0, sinceMs - CLOCK_SKEW_MS) / 1000);
    for (let offset = 0; ; offset += PAGE) {
      const params = { type: 'incoming', unpaid: true, from, limit: PAGE, offset };
      const result = await wallet.ask('list_transactions', params, list);
      const page = result === 'NOT_FOUND' ? [] : result.transactions;
      yield page.map((one): [string, Incoming] => [one.payment_hash, found(one)]);
      if (page.length < PAGE) return;
    }
  }
  return {
    kind: 'nwc',
    host: wallet.host,
    ...{ cancels: false, hooks: false, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds }) {
      const sent = typeof description === 'string' ? cutToBytes(description) : description;
      const params = {
        amount: jsonNumber(amountMsat),
        ...(typeof sent === 'string' ? { description: sent } : { description_hash: sent.hash }),
        expiry: expirySeconds,
      };
      const result = await wallet.ask('make_invoice', params, created);
      if (result === 'NOT_FOUND') throw new NodeError('bad_answer', 'The wallet did not make an invoice.');
      return { bolt11: result.invoice, paymentHash: result.payment_hash, verifyUrl: null, description: sent };
    },
    lookup,
    async lookupMany(minted, sinceMs) {
      try {
        return await foundIn(minted, pages(sinceMs));
      } catch (error) {
        // A connection may have the right to look up, and not to list.
        if (error instanceof NodeError && ['unsupported', 'forbidden'].includes(error.fault))
          return oneByOne(minted, lookup);
        throw error;
      }
    },
    cancel: async () => {},
    close: () => wallet.close(),
  };
}

class Wallet {
  readonly host: string;
  readonly #relays: string[];
  readonly #keys: { wallet: string; key: Uint8Array };
  readonly #outside: Outside;
  #session: WalletSession | null = null;
  #opening: Promise<WalletSession> | null = null;
  #closes = 0;

  constructor(uri: string, outside: Outside) {
    const { host, searchParams } = new URL(uri.replace(/^[a-z+]+:\/*/i, 'https://'));
    this.#relays = searchParams.getAll('relay');
    this.#keys = { wallet: host, key: hex.decode(searchParams.get('secret') ?? '') };
    this.#outside = outside;
    for (const relay of this.#relays) {
      const problem = serverProblem(relay.replace(/^ws/i, 'http'), outside.policy);
      if (problem) throw new NodeError('unsupported', `The relay ${problem}.`);
    }
    this.host = new URL(this.#relays[0] ?? 'https://relay.invalid').host;
  }

  /** @throws NodeError for any error but NOT_FOUND */
  async ask<T>(method: string, params: object, shape: z.ZodType<T>): Promise<T | 'NOT_FOUND'> {
    const { timeoutMs = TIMEOUT_MS, now } = this.#outside;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(
        new NodeError('timeout', `The wallet did not answer over ${this.host} within ${timeoutMs / 1000} seconds.`),
      );
      // A socket may be dead without a word.
      this.#session?.close();
    }, timeoutMs);
    try {
      const asked = this.#askWallet(method, params, now() + timeoutMs);
      asked.catch(() => {});
      const { error, result } = await Promise.race([asked, late.promise]);
      if (error?.code === 'NOT_FOUND') return 'NOT_FOUND';
      if (error) throw refusal(method, error.code, error.message ?? '');
      const parsed = shape.safeParse(result);
      if (parsed.success) return parsed.data;
      throw new NodeError(
        'bad_answer',
        `The wallet's answer to ${method} has a wrong ${parsed.error.issues[0]?.path.join('.')}.`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #askWallet(method: string, params: object, expiresAtMs: number) {
    return (await this.#open()).ask(method, params, expiresAtMs);
  }

  close(): void {
    this.#closes += 1;
    this.#session?.close();
  }

  #open(): Promise<WalletSession> | WalletSession {
    if (this.#opening) return this.#opening;
    if (this.#session && !this.#session.isOver) return this.#session;
    this.#opening = this.#connect().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** The first relay that opens. @throws NodeError of the last */
  async #connect(): Promise<WalletSession> {
    const closes = this.#closes;
    let failure: unknown = new NodeError('unsupported', 'The connection names no relay.');
    for (const relay of this.#relays) {
      const session = new WalletSession({ relay, ...this.#keys }, this.#outside);
      this.#session = session;
      try {
        await session.opened;
        return session;
      } catch (error) {
        failure = error;
      }
      if (closes !== this.#closes) break;
    }
    throw failure;
  }
}

function incomingOf(one: z.infer<typeof transaction>, nowMs: number): Incoming {
  const settledAtMs = Number(one.settled_at ?? 0n) * 1000;
  const isSettled = one.state ? one.state === 'settled' : settledAtMs > 0;
  const isOver = one.state === 'expired' || one.state === 'failed';
  const open = isOver || (one.expires_at && Number(one.expires_at) * 1000 <= nowMs) ? 'expired' : 'open';
  return {
    state: isSettled ? 'settled' : one.state === 'accepted' ? 'held' : open,
    receivedMsat: isSettled ? one.amount : 0n,
    feeMsat: 0n,
    preimage: isSettled ? (hash.safeParse(one.preimage).data ?? null) : null,
    settledAtMs: isSettled && settledAtMs > 0 ? settledAtMs : null,
  };
}

function refusal(method: string, code: string, message: string): NodeError {
  const words = shortened(message.replaceAll(/[\p{C}\s]+/gu, ' ').trim(), MAX_WORDS);
  return new NodeError(FAULTS[code] ?? 'refused', `The wallet refused ${method}.${words && ` It says: ${words}`}`);
}
