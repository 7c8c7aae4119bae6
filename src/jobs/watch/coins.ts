// The coins of wallets that pay out: what each block brings them and what it spends. Called by scan.ts, which reads the block, and by
// follow.ts, which joins it to our chain.

import { bytesToHex } from '@noble/hashes/utils.js';
import { type BlockCoins, knownToWallets, recordCoins } from '../../adapters/db/coins.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import type { RawBlock } from '../../core/proof/block.ts';
import type { Deps } from '../../deps.ts';
import { extendChange } from '../../services/wallets/coins.ts';

/** Scripts or outpoints in one question: a parameter of D1 holds two megabytes at most. */
const AT_ONCE = 5_000;

/** What a block brings to followed wallets and spends of them. Its header vouches for all of it. */
export async function coinsIn(deps: Deps, block: RawBlock): Promise<BlockCoins> {
  const outputs = new Map<string, { txIndex: number; vout: number; valueSats: number }[]>();
  block.forEachOutput((txIndex, vout, script, valueSats) => {
    // Every script of a wallet has 22 to 34 bytes.
    if (script.length < 22 || script.length > 34) return;
    const hex = bytesToHex(script);
    const paid = outputs.get(hex) ?? [];
    outputs.set(hex, paid);
    paid.push({ txIndex, vout, valueSats: Number(valueSats) });
  });
  const spenders = new Map<string, number>();
  block.forEachInput((txIndex, prevTxid, prevVout) => {
    spenders.set(`${bytesToHex(prevTxid.slice().reverse())}:${prevVout}`, txIndex);
  });
  const known = await knownToWallets(deps.db, inParts([...outputs.keys()]), inParts([...spenders.keys()]));
  const found = known.scripts.flatMap(({ script, ...place }) =>
    (outputs.get(script) ?? []).map(({ txIndex, vout, valueSats }) => ({
      ...place,
      outpoint: `${block.txidOf(txIndex)}:${vout}`,
      valueSats,
    })),
  );
  // A coin may be spent in the block that brings it.
  const ours = new Set([...known.outpoints, ...found.map(({ outpoint }) => outpoint)]);
  const spent = [...ours].flatMap((outpoint) => {
    const spender = spenders.get(outpoint);
    return spender === undefined ? [] : [{ outpoint, by: block.txidOf(spender) }];
  });
  return { found, spent };
}

/** Writes down what joining blocks do, and takes back what lost ones did. Null coins are those of blocks that were not looked at. */
export async function applyCoins(
  deps: Deps,
  lost: string[],
  joined: { height: number; hash: string; coins: BlockCoins | null }[],
): Promise<void> {
  const [first] = joined;
  const read = joined.flatMap(({ coins, ...block }) => (coins ? [{ ...block, coins }] : []));
  if (!first || read.length === 0) return;
  await recordCoins(deps.db, { hashes: lost, fromHeight: first.height }, read);
  const change = read.flatMap(({ coins }) => coins.found).filter(({ chain }) => chain === 1);
  for (const [walletId, found] of Map.groupBy(change, (coin) => coin.walletId)) {
    const wallet = await walletById(deps.db, walletId);
    if (wallet) await extendChange(deps, wallet, Math.max(...found.map(({ index }) => index)));
  }
}

function inParts(list: string[]): string[][] {
  return Array.from({ length: Math.ceil(list.length / AT_ONCE) }, (_, part) =>
    list.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
  );
}
