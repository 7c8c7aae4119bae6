// Where a node may say that it was paid. What arrives there is a hint: it names payment hashes at most, and causes a look-up. Called by
// jobs/poll, which gives nodes the address, and by the route behind it.

import type { Deps } from '../../deps.ts';

const MAX_HASHES = 10;

export async function hookUrl({ vault, config }: Deps, storeId: string): Promise<string> {
  return `${config.ORIGIN}/hooks/ln/${storeId}/${await secretOf(vault, storeId)}`;
}

/** @param text the body, in the words of whichever node sent it @returns false where the secret is not the store's */
export async function takeHook(deps: Deps, storeId: string, secret: string, text: string): Promise<boolean> {
  if (!isSame(secret, await secretOf(deps.vault, storeId))) return false;
  const hashes = [...new Set(text.toLowerCase().match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g))].slice(0, MAX_HASHES);
  deps.background(deps.lightning.look(storeId, hashes.length > 0 ? hashes : null));
  return true;
}

function secretOf(vault: Deps['vault'], storeId: string): Promise<string> {
  return vault.derive(`lightning-hook:${storeId}`);
}

/** In a time that does not tell how much of it is right. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
