// A wallet service of Nostr Wallet Connect (NIP-47), asked over its relays. The socket opens with the first question, stays for hints,
// and opens again after it broke: the object that holds the wallet closes it. Called by nwc.ts and pay-nwc.ts.

import { hex } from '@scure/base';
import type * as z from 'zod';
import type { NodeFault } from '../../../core/lightning/connection.ts';
import { serverProblem } from '../../../core/text/webhook-url.ts';
import { shortened } from '../../../core/text/well-formed.ts';
import { NodeError } from '../node.ts';
import { type Outside, TIMEOUT_MS } from '../request.ts';
import { WalletSession } from './session.ts';

const MAX_WORDS = 200;

const FAULTS = new Map<string, NodeFault>([
  ['UNAUTHORIZED', 'credential'],
  ['RESTRICTED', 'forbidden'],
  ['NOT_IMPLEMENTED', 'unsupported'],
  ['UNSUPPORTED_ENCRYPTION', 'unsupported'],
  ['RATE_LIMITED', 'unreachable'],
  ['INTERNAL', 'unreachable'],
]);

/** The wallet's own error. */
export class WalletRefusal extends NodeError {
  /** Of NIP-47. */
  readonly code: string;
  /** The wallet's own words. */
  readonly words: string;

  constructor(method: string, code: string, message: string) {
    const words = shortened(message.replaceAll(/[\p{C}\s]+/gu, ' ').trim(), MAX_WORDS);
    super(FAULTS.get(code) ?? 'refused', `The wallet refused ${method}.${words && ` It says: ${words}`}`);
    this.code = code;
    this.words = words;
  }
}

export class NwcWallet {
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

  /** @throws NodeError for any error but NOT_FOUND: WalletRefusal where the wallet has answered */
  async ask<T>(method: string, params: object, shape: z.ZodType<T>, waitMs = TIMEOUT_MS): Promise<T | 'NOT_FOUND'> {
    const { timeoutMs = waitMs, now } = this.#outside;
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
      if (error) throw new WalletRefusal(method, error.code, error.message ?? '');
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
