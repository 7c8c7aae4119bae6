// One socket to the relay of a Nostr Wallet Connect service (NIP-47): requests and their responses, and what arrives as hints.
// Called by nwc.ts.

import * as z from 'zod';
import { parseWritten } from '../../../core/text/json.ts';
import { NodeError } from '../node.ts';
import type { Outside } from '../request.ts';
import { type Cipher, conversationKey, nip04, nip44 } from './ciphers.ts';
import { isSignedBy, nostrEvent, publicKeyOf, signEvent } from './event.ts';

interface WalletKeys {
  relay: string;
  /** The service's public key, hex. */
  wallet: string;
  /** Ours, private, of this connection alone. */
  key: Uint8Array;
}

const KINDS = { info: 13194, request: 23194, response: 23195, notification04: 23196, notification: 23197 };
/** In UTF-16 units. A response is 87 472 at most by NIP-44. */
const MAX_MESSAGE = 256 * 1024;
/** The service's clock may differ from ours. */
const CLOCK_SKEW_SECONDS = 600;

const walletResponse = z.object({
  error: z.object({ code: z.string(), message: z.string().optional() }).nullish(),
  // Left out beside an error.
  result: z.unknown().optional(),
});
type WalletResponse = z.infer<typeof walletResponse>;
const notice = z.object({ notification_type: z.string(), notification: z.object({ payment_hash: z.string() }) });

export class WalletSession {
  readonly #keys: WalletKeys;
  readonly #outside: Outside;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, PromiseWithResolvers<WalletResponse>>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #nip04: Cipher;
  readonly #nip44: Cipher;
  /** NIP-44 once the service says that it knows it. */
  #cipher: Cipher;
  #end: NodeError | null = null;

  constructor(keys: WalletKeys, outside: Outside) {
    this.#keys = keys;
    this.#outside = outside;
    this.#opened.promise.catch(() => {});
    this.#nip44 = nip44(conversationKey(keys.key, keys.wallet), randomBytes);
    this.#nip04 = nip04(keys.key, keys.wallet, randomBytes);
    this.#cipher = this.#nip04;
    this.#socket = new WebSocket(keys.relay);
    this.#socket.addEventListener('open', () => this.#subscribe());
    this.#socket.addEventListener('message', ({ data }) => void this.#hear(data));
    this.#socket.addEventListener('close', () => this.close('the connection to the relay broke'));
    this.#socket.addEventListener('error', () => this.close('the relay cannot be reached'));
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** Resolves once requests can be sent. @throws NodeError */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** @throws NodeError where no response comes; an error of the wallet is in the response */
  async ask(method: string, params: object, expiresAtMs: number): Promise<WalletResponse> {
    await this.opened;
    const { key, wallet } = this.#keys;
    const event = signEvent(
      {
        created_at: Math.floor(this.#outside.now() / 1000),
        kind: KINDS.request,
        tags: [
          ['p', wallet],
          // A service that wakes up later does not do it then.
          ['expiration', String(Math.ceil(expiresAtMs / 1000))],
          ...(this.#cipher === this.#nip44 ? [['encryption', 'nip44_v2']] : []),
        ],
        content: await this.#cipher.encrypt(JSON.stringify({ method, params })),
      },
      key,
    );
    const response = Promise.withResolvers<WalletResponse>();
    this.#waiting.set(event.id, response);
    if (this.#end) throw this.#end;
    this.#send(['EVENT', event]);
    return response.promise;
  }

  close(reason = 'the connection was closed'): void {
    if (this.#end) return;
    const { host } = new URL(this.#keys.relay);
    const end = new NodeError('unreachable', `The wallet cannot be reached over ${host}: ${reason}.`);
    this.#end = end;
    this.#opened.reject(end);
    for (const { reject } of this.#waiting.values()) reject(end);
    this.#waiting.clear();
    try {
      this.#socket.close(1000);
    } catch {
      // It is closed already.
    }
  }

  #subscribe(): void {
    const { wallet, key } = this.#keys;
    const since = Math.floor(this.#outside.now() / 1000) - CLOCK_SKEW_SECONDS;
    const kinds = [KINDS.response, KINDS.notification04, KINDS.notification];
    this.#send(['REQ', 'info', { kinds: [KINDS.info], authors: [wallet], limit: 1 }]);
    this.#send(['REQ', 'wallet', { kinds, authors: [wallet], '#p': [publicKeyOf(key)], since }]);
  }

  async #hear(data: unknown): Promise<void> {
    const [type, first, second, third] = messageOf(data);
    // The info has been read, or there is none: NIP-04 then, as NIP-47 says.
    if (type === 'EOSE' && first === 'info') this.#opened.resolve();
    if (type === 'CLOSED' && first === 'wallet') this.close('the relay does not serve it');
    if (type === 'OK' && second === false && this.#waiting.has(String(first)))
      this.#waiting.get(String(first))?.reject(this.#refusedByRelay(third));
    const event = type === 'EVENT' ? nostrEvent.safeParse(second).data : undefined;
    if (!event || !isSignedBy(event, this.#keys.wallet)) return;
    const tag = (name: string) => event.tags.find(([key]) => key === name)?.[1];
    if (event.kind === KINDS.info) this.#choose(tag('encryption') ?? '');
    else if (event.kind === KINDS.response) await this.#answer(tag('e') ?? '', event.content);
    else await this.#hint(event.kind, event.content);
  }

  #choose(encryptions: string): void {
    if (encryptions.split(/\s+/).includes('nip44_v2')) this.#cipher = this.#nip44;
    this.#opened.resolve();
  }

  async #answer(id: string, content: string): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    try {
      waiting.resolve(walletResponse.parse(parseWritten(await this.#decrypt(content))));
    } catch {
      waiting.reject(new NodeError('bad_answer', 'The wallet answered with something that NIP-47 does not have.'));
    }
  }

  async #hint(kind: number, content: string): Promise<void> {
    // A service sends each notification in both encryptions.
    if (!this.#outside.onHint || (kind === KINDS.notification) !== (this.#cipher === this.#nip44)) return;
    try {
      const { notification_type, notification } = notice.parse(JSON.parse(await this.#decrypt(content)));
      if (notification_type === 'payment_received') this.#outside.onHint(notification.payment_hash);
    } catch {
      // It was a hint.
    }
  }

  #decrypt(content: string): Promise<string> {
    return (content.includes('?iv=') ? this.#nip04 : this.#nip44).decrypt(content);
  }

  #refusedByRelay(words: unknown): NodeError {
    const { host } = new URL(this.#keys.relay);
    const reason = String(words ?? '').replaceAll(/[\p{C}\s]+/gu, ' ');
    return new NodeError('unreachable', `The relay ${host} does not take the request: ${reason.slice(0, 200)}`);
  }

  #send(message: unknown[]): void {
    try {
      this.#socket.send(JSON.stringify(message));
    } catch {
      this.close('the connection to the relay broke');
    }
  }
}

function randomBytes(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}

function messageOf(data: unknown): unknown[] {
  if (typeof data !== 'string' || data.length > MAX_MESSAGE) return [];
  try {
    const message: unknown = JSON.parse(data);
    return Array.isArray(message) ? message : [];
  } catch {
    return [];
  }
}
