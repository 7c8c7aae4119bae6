// Evidence that a script was paid, checked offline. Written for merchants too: this folder needs nothing
// of SatLane and runs wherever JavaScript does.
import { fromHex, toHex } from './bytes.ts';
import { checkBits, NETWORK_RULES, type ProofNetwork, workOf } from './difficulty.ts';
import { ProofError } from './errors.ts';
import { checkProofOfWork, HEADER_BYTES, type Header, parseHeader } from './header.ts';
import { rootFromBranch } from './merkle.ts';
import { type RawTransaction, readTransactionHex } from './transaction.ts';

/** Plain JSON, as GET /v1/invoices/:id/evidence answers it. All hex is lower or upper case. */
export interface Evidence {
  network: ProofNetwork;
  /** Of the block. A claim: it decides where difficulty may change, and nothing else here proves it. */
  height: number;
  /** 80 bytes in hex, as mined. */
  header: string;
  /** Siblings from the transaction to the merkle root, in display order. */
  branch: string[];
  /** Of the transaction in the block. */
  index: number;
  /** Raw, in hex, with or without its witness. */
  transaction: string;
  /** Raw headers of the blocks above, lowest first. */
  headers_above?: string[] | undefined;
}

interface Verdict {
  /** Display order. */
  txid: string;
  /** The outputs that pay the script; never empty. */
  outputs: { vout: number; valueSats: bigint }[];
  /** Display order. */
  blockHash: string;
  /** Blocks shown, the transaction's own included. */
  confirmations: number;
  /** Hashes that making these headers took on average: the price of faking this. */
  work: bigint;
}

/**
 * Checks that a transaction pays a script, that a block holds it and that the blocks shown above it were mined on it:
 * proof of work, links, difficulty rule, merkle branch. It cannot know that no better chain exists. Anyone may mine
 * blocks as easy as the network's limit for little money, so a merchant who checks offline asks for `leastWork`, say the
 * work of as many blocks at a difficulty seen lately, or looks the block hash up in a place that the sender does not own.
 * @param payment.script the output script to be paid, in hex
 * @param payment.leastWork in hashes, see workOf; none if left out
 * @throws ProofError saying what does not hold
 */
export function verifyEvidence(
  evidence: Evidence,
  payment: { script: string; leastWork?: bigint | undefined },
): Verdict {
  const { network, height, headers_above: headersAbove = [] } = evidence;
  if (!Object.hasOwn(NETWORK_RULES, network)) throw new ProofError('the network is none that is known');
  if (!Number.isSafeInteger(height) || height < 0) throw new ProofError('the height is no height');
  if (!Array.isArray(headersAbove)) throw new ProofError('the headers above are no list');
  const block = headerOf(evidence.header);
  const headers = [block, ...headersAbove.map(headerOf)];
  const work = checkChain(headers, height, network);
  if (work < (payment.leastWork ?? 0n)) throw new ProofError('there is less work in these blocks than was asked for');
  const transaction = provenTransaction(evidence, block.merkleRoot);
  const script = toHex(fromHex(payment.script, 'the script'));
  const outputs = transaction.outputs
    .filter((output) => output.script === script)
    .map(({ vout, valueSats }) => ({ vout, valueSats }));
  if (outputs.length === 0) throw new ProofError('the transaction does not pay the script');
  return { txid: transaction.txid, outputs, blockHash: block.hash, confirmations: headers.length, work };
}

function headerOf(text: string): Header {
  return parseHeader(fromHex(text, 'a header', HEADER_BYTES));
}

/** Work of linked headers, the first at `height`. */
function checkChain(headers: readonly Header[], height: number, network: ProofNetwork): bigint {
  const interval = NETWORK_RULES[network].retargetInterval;
  let work = 0n;
  for (const [i, header] of headers.entries()) {
    checkProofOfWork(header, network);
    const previous = headers[i - 1];
    if (previous) {
      if (header.prevHash !== previous.hash) throw new ProofError('the headers above do not follow one another');
      checkBits(header.bits, { height: height + i, previous, periodStart: headers[i - interval], network });
    }
    work += workOf(header.bits);
  }
  return work;
}

/**
 * The transaction that a block with this merkle root holds at the index, as the branch shows.
 * @throws ProofError when it does not
 */
export function provenTransaction(
  { transaction: text, branch, index }: Pick<Evidence, 'transaction' | 'branch' | 'index'>,
  merkleRoot: string,
): RawTransaction {
  const transaction = readTransactionHex(text);
  if (transaction.isAmbiguous) throw new ProofError('a transaction of 64 bytes cannot be proven by a branch');
  if (transaction.isCoinbase !== (index === 0))
    throw new ProofError('a coinbase comes first in its block, and only it');
  if (rootFromBranch(transaction.txid, branch, index) !== merkleRoot) {
    throw new ProofError('the block does not hold the transaction at that index');
  }
  return transaction;
}
