// Waiting transactions as their own bytes say, not as an explorer tells them: what a txid pays, and which coins it spends,
// is proven by hashing it. That it waits at all is an explorer's word, which is why nothing waiting ever counts. Called
// by look.ts.

import { type ChainTx, ExplorerError, noAnswer, pays } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import type { SeenTx } from '../../core/onchain/look.ts';
import { type OnchainPayment, outpointOf } from '../../core/onchain/payment.ts';
import { ProofError } from '../../core/proof/errors.ts';
import { readTransaction } from '../../core/proof/transaction.ts';
import { proven } from './branch.ts';

/** New transactions read in one look; further ones wait for the next. */
const MAX_NEW = 25;

/** Those transactions of a history that pay the script, unconfirmed. Without those that no explorer has the bytes of. */
export async function verifiedMempoolTxs(
  pool: ExplorerPool,
  history: readonly ChainTx[],
  { script, payments }: { script: string; payments: readonly OnchainPayment[] },
): Promise<SeenTx[]> {
  const paying = history.filter((tx) => pays(tx, script));
  const outpoints = payments.map(outpointOf);
  const known = new Set(payments.map(({ id }) => id));
  // A deposit is an output: where a transaction has several, some may not be written down yet.
  const isKnown = ({ txid, outputs }: ChainTx) =>
    outputs.every((output) => output.script !== script || known.has(`${txid}:${output.vout}`));
  const seen = paying.filter(isKnown).map((tx) => asKnown(tx, outpoints));
  for (const { txid } of paying.filter((tx) => !isKnown(tx)).slice(0, MAX_NEW)) {
    const tx = await readBytes(pool, txid).catch(noAnswer);
    if (tx) seen.push(tx);
  }
  return seen;
}

/** What was read once is not asked for again: the known payments of this transaction, and nothing that is added now. */
function asKnown({ txid, inputs, outputs }: ChainTx, outpoints: { txid: string; vout: number }[]): SeenTx {
  const known = new Set(outpoints.filter((outpoint) => outpoint.txid === txid).map(({ vout }) => vout));
  return { txid, inputs, outputs: outputs.filter(({ vout }) => known.has(vout)), block: null };
}

function readBytes(pool: ExplorerPool, txid: string): Promise<SeenTx> {
  return pool.find(async (explorer) => {
    const raw = await explorer.rawTransaction(txid);
    if (!raw) return null;
    return proven(() => {
      const { txid: shown, inputs, outputs } = readTransaction(raw);
      if (shown !== txid) throw new ProofError('another transaction than asked for');
      return { txid, inputs, outputs, block: null };
    });
  });
}

/**
 * Is a transaction that an address's history does not show gone from every fresh explorer? Explorers go on knowing one
 * that a stale block held; whether it still waits is shown by its coins, which only it can be spending.
 * @param isOurs does the transaction pay the invoice, as far as the explorer tells?
 * @throws ExplorerError when no explorer answered
 */
export async function isGone(
  pool: ExplorerPool,
  minHeight: number,
  txid: string,
  isOurs: (tx: ChainTx) => boolean,
): Promise<boolean> {
  const answers = await pool.askAll(minHeight, async (explorer) => {
    const tx = await explorer.transaction(txid);
    if (!tx || !isOurs(tx)) return true;
    const [coin] = tx.inputs;
    if (coin === undefined) return true;
    const spender = await explorer.spender(coin);
    return spender !== 'unknown' && spender !== txid;
  });
  if (answers.length === 0) throw new ExplorerError('no explorer is fresh');
  return answers.every((gone) => gone);
}
