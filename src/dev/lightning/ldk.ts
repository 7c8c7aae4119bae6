// Loads the Lightning Development Kit and its WebAssembly, once and only where it is needed: that takes half a second.
// Called by network.ts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export type Ldk = typeof import('lightningdevkit');

let loading: Promise<Ldk> | undefined;

export function loadLdk(): Promise<Ldk> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Ldk> {
  const resolve = createRequire(import.meta.url).resolve;
  const wasm = readFile(resolve('lightningdevkit/liblightningjs.wasm'));
  const ldk = await import('lightningdevkit');
  const bytes = await wasm;
  // The library announces its version, in the middle of what `npm run dev` has to say.
  const { log } = console;
  console.log = () => {};
  await ldk.initializeWasmFromBinary(bytes).finally(() => {
    console.log = log;
  });
  return ldk;
}

/** The library refuses, in its own words. */
export class LdkError extends Error {}

/** The value of a result. @throws LdkError with the library's own words */
export function must<Ok>(result: { is_ok(): boolean }, what: string): Ok {
  if (result.is_ok()) return (result as unknown as { res: Ok }).res;
  const { err } = result as { err?: unknown };
  throw new LdkError(`${what}: ${textOf(err)}`);
}

function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('err' in error) return String(error.err);
  return 'to_str' in error && typeof error.to_str === 'function' ? error.to_str() : error.constructor.name;
}
