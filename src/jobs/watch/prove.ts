// For a plan with little CPU, which cannot read blocks whole: the block of one payment, proven by its merkle branch to a
// header of our chain. Called by look.ts where BLOCK_SCAN is off. It finds payments of the given scripts only.

import { hexToBytes } from '@noble/hashes/utils.js';
import { bestBranch, type HeaderRow } from '../../adapters/db/headers.ts';
import { type ChainTx, noAnswer, pays } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import type { SeenTx } from '../../core/onchain/look.ts';
import { type OnchainPayment, outpointOf, type Proof } from '../../core/onchain/payment.ts';
import { ProofError } from '../../core/proof/errors.ts';
import { provenTransaction } from '../../core/proof/evidence.ts';
import { parseHeader } from '../../core/proof/header.ts';
import { withoutWitness } from '../../core/proof/transaction.ts';
import type { Deps } from '../../deps.ts';
import { proven } from './branch.ts';

interface Proven {
  tx: SeenTx;
  proof: Proof;
}

/** Those payments of a history that a block of our chain holds, by txid; the known ones are not proven again. */
export async function proveConfirmed(
  deps: Deps,
  pool: ExplorerPool,
  history: readonly ChainTx[],
  { script, payments }: { script: string; payments: readonly OnchainPayment[] },
): Promise<Map<string, Proven>> {
  const settled = payments.filter(({ state }) => state === 'confirmed' || state === 'prior');
  const confirmed = new Set(settled.map((payment) => outpointOf(payment).txid));
  const claims = history.filter((tx) => tx.block && !confirmed.has(tx.txid) && pays(tx, script));
  if (claims.length === 0) return new Map();
  const branch = await bestBranch(deps.db, deps.config.NETWORK);
  const found = new Map<string, Proven>();
  for (const { txid, block } of claims) {
    const header = branch.find(({ hash }) => hash === block?.hash);
    const one = header && (await prove(pool, txid, header).catch(noAnswer));
    if (one) found.set(txid, one);
  }
  return found;
}

/** @throws ExplorerError when no explorer's proof holds */
function prove(pool: ExplorerPool, txid: string, row: HeaderRow): Promise<Proven> {
  const { header: hex, hash, height, notedAtMs } = row;
  const header = parseHeader(hexToBytes(hex));
  return pool.find(async (explorer) => {
    const merkle = await explorer.merkleProof(txid);
    const raw = merkle && (await explorer.rawTransaction(txid));
    if (!merkle || !raw) return null;
    return proven(() => {
      const proof: Proof = {
        header: hex,
        branch: merkle.branch,
        index: merkle.index,
        transaction: withoutWitness(raw),
      };
      const { txid: shown, inputs, outputs } = provenTransaction(proof, header.merkleRoot);
      if (shown !== txid) throw new ProofError('another transaction than asked for');
      const block = { hash, height, timeMs: header.timeSeconds * 1_000, knownSinceMs: notedAtMs };
      return { tx: { txid, inputs, outputs, block }, proof };
    });
  });
}
