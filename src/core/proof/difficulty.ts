// How hard a block must be to make: compact targets, work, and the retarget rule, computed as Bitcoin Core does. Called
// by header.ts, evidence.ts and code that links one header to the next.
import { ProofError } from './errors.ts';

interface NetworkRules {
  /** The easiest target there is. */
  powLimit: bigint;
  /** Blocks per difficulty period. */
  retargetInterval: number;
  /** A block that comes twenty minutes after its parent may be of the least difficulty (testnet 3, BIP 94). */
  allowMinDifficulty: boolean;
  noRetargeting: boolean;
}

const RETARGET_INTERVAL = 2016;
const TIMESPAN_SECONDS = RETARGET_INTERVAL * 600;
const NORMAL = { retargetInterval: RETARGET_INTERVAL, allowMinDifficulty: false, noRetargeting: false };

/** Consensus parameters (Bitcoin Core, kernel/chainparams.cpp). Signet's blocks are also signed, see checkProofOfWork. */
export const NETWORK_RULES = {
  mainnet: { ...NORMAL, powLimit: (1n << 224n) - 1n },
  testnet: { ...NORMAL, powLimit: (1n << 224n) - 1n, allowMinDifficulty: true },
  signet: { ...NORMAL, powLimit: 0x377aen << 216n },
  regtest: { ...NORMAL, powLimit: (1n << 255n) - 1n, allowMinDifficulty: true, noRetargeting: true },
} as const satisfies Record<string, NetworkRules>;

export type ProofNetwork = keyof typeof NETWORK_RULES;

/** What the rules look at in a header. */
interface Timed {
  timeSeconds: number;
  bits: number;
}

/**
 * The number a block hash may not exceed, from its compact form (Bitcoin Core, arith_uint256::SetCompact).
 * @throws ProofError when it is negative, zero or beyond 256 bits: no block may claim such a target
 */
export function targetOf(bits: number): bigint {
  const size = bits >>> 24;
  const word = bits & 0x007fffff;
  const target = size <= 3 ? BigInt(word >>> (8 * (3 - size))) : BigInt(word) << BigInt(8 * (size - 3));
  if (target === 0n) throw new ProofError('the target is zero');
  if ((bits & 0x00800000) !== 0) throw new ProofError('the target is negative');
  if (target >= 1n << 256n) throw new ProofError('the target is beyond 256 bits');
  return target;
}

/**
 * How many hashes a block of these bits takes on average (Bitcoin Core, GetBlockProof). Of two chains, the one with
 * the larger sum is the best.
 * @throws ProofError as targetOf
 */
export function workOf(bits: number): bigint {
  return (1n << 256n) / (targetOf(bits) + 1n);
}

/**
 * The bits that the block at `height` must have (Bitcoin Core, GetNextWorkRequired). `previous` is the header below it,
 * `periodStart` the header at height − 2016, needed only where a new period begins. Returns null when the answer
 * cannot be known from these: no periodStart, or a testnet. There any block may be of the least difficulty if its own
 * time says so, and testnets 3 and 4 differ in what a new period starts from (BIP 94).
 * @throws ProofError as targetOf
 */
export function expectedBits({ height, previous, periodStart, network }: Transition): number | null {
  const rules: NetworkRules = NETWORK_RULES[network];
  if (rules.noRetargeting) return compactOf(rules.powLimit);
  if (height % rules.retargetInterval !== 0) return rules.allowMinDifficulty ? null : previous.bits;
  if (!periodStart || (rules.allowMinDifficulty && periodStart.bits !== previous.bits)) return null;
  return retargeted(previous.bits, previous.timeSeconds - periodStart.timeSeconds, rules);
}

interface Transition {
  /** Of the block in question, not of `previous`. */
  height: number;
  previous: Timed;
  periodStart?: Timed | undefined;
  network: ProofNetwork;
}

/**
 * Checks a header's bits against its parent's: exactly where expectedBits knows, else within the factor of four that
 * a new period may bring (Bitcoin Core, PermittedDifficultyTransition). A testnet passes unless it is known to be wrong.
 * @throws ProofError
 */
export function checkBits(bits: number, transition: Transition): void {
  const expected = expectedBits(transition);
  if (expected !== null && bits !== expected)
    throw new ProofError('the difficulty is not the one this block must have');
  const rules: NetworkRules = NETWORK_RULES[transition.network];
  if (expected !== null || rules.allowMinDifficulty) return;
  const target = targetOf(bits);
  const hardest = targetOf(retargeted(transition.previous.bits, 0, rules));
  const easiest = targetOf(retargeted(transition.previous.bits, Number.MAX_SAFE_INTEGER, rules));
  if (target < hardest || target > easiest)
    throw new ProofError('the difficulty changes by more than a factor of four');
}

/** Bitcoin Core, CalculateNextWorkRequired: the span is that of 2,015 intervals, an old slip that is now consensus. */
function retargeted(bits: number, spanSeconds: number, { powLimit }: NetworkRules): number {
  const clamped = Math.min(Math.max(spanSeconds, TIMESPAN_SECONDS / 4), TIMESPAN_SECONDS * 4);
  const target = (targetOf(bits) * BigInt(clamped)) / BigInt(TIMESPAN_SECONDS);
  return compactOf(target > powLimit ? powLimit : target);
}

/** Rounds down to three bytes of precision (Bitcoin Core, arith_uint256::GetCompact). */
function compactOf(target: bigint): number {
  let size = Math.ceil(target.toString(16).length / 2);
  let word = Number(size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3)));
  if ((word & 0x00800000) !== 0) {
    word >>>= 8;
    size++;
  }
  return ((size << 24) | word) >>> 0;
}
