// Keeps the wallets of the Lightning world between runs of the local world. The nodes are the same by their seed, and their
// channels are opened anew. Called by server.ts.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { NodeWallet, SavedWallet } from './wallet.ts';

/** Reads what was kept, and returns what writes it. Without a file nothing is kept. */
export async function keepWallets(file: string | undefined, wallets: Record<string, NodeWallet>) {
  if (file === undefined) return async () => {};
  const saved = await load(file);
  for (const [name, wallet] of Object.entries(wallets)) {
    if (saved[name]) wallet.restore(saved[name]);
  }
  let writing = Promise.resolve();
  let written = textOf(wallets);
  return () => {
    writing = writing.then(async () => {
      const text = textOf(wallets);
      if (text === written) return;
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
      written = text;
    });
    return writing;
  };
}

/** Amounts are bigints, which JSON has no word for: they are texts that end in "n". */
function textOf(wallets: Record<string, NodeWallet>): string {
  return JSON.stringify(wallets, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

async function load(file: string): Promise<Record<string, SavedWallet>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  return JSON.parse(text, (_, value) => {
    return typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
  });
}
