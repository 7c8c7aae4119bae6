// What the route files of the simulated explorer are given and give back, with electrs' content types and ages.
// Called by esplora.ts and its route files.
import type { SimulatedChain } from './chain.ts';
import type { Frame } from './frame.ts';
import type { TxPlace } from './ledger.ts';
import { type Flavour, type Style, txJson } from './shapes.ts';
import type { Tx } from './transaction.ts';

/** One request as a route sees it. */
export interface Ask {
  chain: SimulatedChain;
  flavour: Flavour;
  /** What the view believes about blocks. */
  tip: Frame;
  /** What the view believes about transactions and addresses: older than `tip` while the index is slow. */
  index: Frame;
  style: Style;
  /** Address histories name each transaction twice. */
  duplicates: boolean;
  params: Record<string, string>;
  query: URLSearchParams;
  body: string;
}

export type Route = (ask: Ask) => Response;
export type Routes = Record<string, Route>;

/** Plain text, as every error of electrs is. */
export class RefusedRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const TTL_LONG = 157_784_630;
const TTL_SHORT = 10;
const FINAL_DEPTH = 10;

export function text(body: string, ttl = TTL_SHORT): Response {
  return new Response(body, { headers: headers('text/plain', ttl) });
}

export function json(body: unknown, ttl = TTL_SHORT): Response {
  return new Response(JSON.stringify(body), { headers: headers('application/json', ttl) });
}

export function bytes(body: Uint8Array, ttl: number): Response {
  return new Response(new Uint8Array(body), { headers: headers('application/octet-stream', ttl) });
}

function headers(type: string, ttl: number): Record<string, string> {
  return { 'content-type': type, 'cache-control': `public, max-age=${ttl}`, 'access-control-allow-origin': '*' };
}

/** Electrs lets caches keep what is ten blocks deep for five years. */
export function ttlAt(height: number | undefined, frame: Frame): number {
  return height !== undefined && frame.tip.height - height >= FINAL_DEPTH ? TTL_LONG : TTL_SHORT;
}

export function hashOf({ params }: Ask): string {
  const hash = (params.hash ?? '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RefusedRequest(400, 'Invalid hex string');
  return hash;
}

export function numberOf(value: string | undefined): number {
  if (value === undefined || !/^\d{1,10}$/.test(value)) throw new RefusedRequest(400, 'Invalid number');
  return Number(value);
}

export function txList(txs: readonly { tx: Tx; place: TxPlace | undefined }[], { style }: Ask): unknown[] {
  return txs.map(({ tx, place }) => txJson(tx, place, style));
}
