// A small world for the tests of the simulated chain: explorers that are asked without HTTP, addresses to pay.
// Used by the tests in this folder.
import { p2wpkh } from '@scure/btc-signer';
import { pubECDSA } from '@scure/btc-signer/utils.js';
import { REGTEST } from '../../../src/dev/chain/script.ts';
import { ChainWorld, type WorldOptions } from '../../../src/dev/chain/world.ts';

export const NOW_MS = Date.UTC(2026, 0, 15, 12, 0, 0);

export function makeWorld(options: WorldOptions = {}): ChainWorld {
  return new ChainWorld({ now: () => NOW_MS, ...options });
}

export interface Answer {
  status: number;
  type: string | null;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of many shapes
  json: any;
  bytes: Uint8Array;
}

/** Asks explorer `view` as an HTTP client would. */
export async function ask(world: ChainWorld, path: string, view: number | string = 0, body?: string): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', body };
  const explorer = world.view(view);
  if (explorer === undefined) throw new Error(`no view ${view}`);
  const response = await explorer.fetch(new Request(`http://explorer.test/api${path}`, init));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const type = response.headers.get('content-type');
  return { status: response.status, type, text, bytes, json: type === 'application/json' ? tryParse(text) : undefined };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Another merchant for each number. */
export function merchantKey(n = 1): Uint8Array {
  const key = new Uint8Array(32).fill(7);
  key[31] = n;
  key[30] = n >> 8;
  return key;
}

export function merchantAddress(n = 1): string {
  const { address } = p2wpkh(pubECDSA(merchantKey(n)), REGTEST);
  return address;
}

export function txidsOf(answer: Answer): string[] {
  return answer.json.map((tx: { txid: string }) => tx.txid);
}

/** A repeatable txid of no transaction. */
export const UNKNOWN_TXID = 'ab'.repeat(32);
