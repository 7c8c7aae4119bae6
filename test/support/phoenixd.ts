// A merchant's phoenixd as its HTTP API shows it, without a network: BOLT11 invoices are signed and real, and are never paid. A test
// says how it fails.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { openNode, openPayer } from '../../src/adapters/nodes/nodes.ts';
import type { Outside } from '../../src/adapters/nodes/request.ts';
import { writeBolt11 } from '../../src/core/lightning/bolt11-write.ts';
import type { Network } from '../../src/core/wallet/network.ts';
import type { Deps } from '../../src/deps.ts';

const LIMITED = 'limited-access-password';
const FULL = 'paying-password';
export const CONNECTION_STRING = `type=phoenixd;server=https://node.shop.example;password=${LIMITED}`;

export class Phoenixd {
  password = LIMITED;
  network: Network = 'regtest';
  key = randomBytes(32);
  /** Of the node behind the full password, where that is another one. */
  payingKey: Uint8Array | null = null;
  nowMs = () => Date.now();
  /** Answers in place of the node. */
  fault: (() => Response | Promise<Response>) | null = null;
  /** Does not know what it has minted. */
  forgets = false;
  readonly asked: { path: string; headers: Headers }[] = [];
  readonly #minted = new Map<string, string>();

  /** What the product opens in the place of any node. */
  readonly overrides = {
    openNode: (credential) => openNode(credential, this.#outside()),
    openPayer: (credential) => openPayer(credential, this.#outside()),
  } satisfies Partial<Deps>;

  #outside(): Outside {
    return {
      fetch: async (input, init) => this.#answer(new Request(input, init)),
      now: () => this.nowMs(),
      policy: { targets: 'public', origin: 'https://pay.test' },
      timeoutMs: 200,
    };
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.asked.push({ path: pathname, headers: request.headers });
    if (this.fault) return Promise.race([this.fault(), aborted(request.signal)]);
    const given = atob(request.headers.get('authorization')?.slice('Basic '.length) ?? '').slice(1);
    const isFull = given === FULL;
    if (!isFull && (given !== this.password || pathname === '/payinvoice'))
      return new Response('Invalid authentication (use basic auth)', { status: 401 });
    if (pathname === '/payinvoice') return new Response('Request parameter invoice is missing', { status: 400 });
    if (pathname === '/getinfo')
      return Response.json({ nodeId: bytesToHex(secp256k1.getPublicKey(this.payingKey ?? this.key)) });
    if (pathname === '/createinvoice') return this.#mint(new URLSearchParams(await request.text()));
    if (pathname === '/payments/incoming') return Response.json([]);
    const hash = pathname.slice('/payments/incoming/'.length);
    const invoice = this.#minted.get(hash);
    if (!invoice || this.forgets) return new Response('Not found', { status: 404 });
    return Response.json({
      type: 'incoming_payment',
      paymentHash: hash,
      invoice,
      isPaid: false,
      receivedSat: 0,
      fees: 0,
    });
  }

  #mint(form: URLSearchParams): Response {
    const paymentHash = bytesToHex(randomBytes(32));
    const serialized = writeBolt11(
      {
        ...{
          network: this.network,
          paymentHash,
          paymentSecret: bytesToHex(randomBytes(32)),
          createdAtMs: this.nowMs(),
        },
        ...{ amountMsat: BigInt(form.get('amountSat') ?? 0) * 1000n, description: form.get('description') ?? '' },
        expirySeconds: Number(form.get('expirySeconds')),
      },
      this.key,
    );
    this.#minted.set(paymentHash, serialized);
    return Response.json({ amountSat: Number(form.get('amountSat')), paymentHash, serialized });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
