// Looks up a store's BOLT11s at one of its nodes, in as few requests as the node allows. What the node cannot say of one of them keeps none
// of the others from being known. Called by poller.ts.

import type { OpenBolt11, StoredBolt11 } from '../../adapters/db/bolt11-invoices.ts';
import { type Incoming, type Minted, type Node, NodeError } from '../../adapters/nodes/node.ts';
import type { NodeFault } from '../../core/lightning/connection.ts';

/** From so many on a node's list is asked for in the place of each. */
const MIN_FOR_A_LIST = 4;
/** Where it has no list: the others wait for the next tick. */
const MAX_LOOKS = 10;

/** A Worker has six connections at one time. */
const BESIDE_EACH_OTHER = 4;

/** The next one would have the same answer. */
const OF_ALL: ReadonlySet<NodeFault> = new Set(['unreachable', 'timeout', 'certificate', 'credential']);

interface Takers {
  /** @throws NodeError where that cannot be believed */
  take(one: OpenBolt11, found: Incoming): Promise<void>;
  /** It has no answer this time. */
  failed(one: OpenBolt11): Promise<void>;
}

/**
 * @param due those whose turn it is, the longest waiting first
 * @param active those that the node's list is asked for, due or not
 * @throws NodeError where the node gives no answer that can be used of any
 */
export async function lookUp(
  node: Node,
  due: readonly OpenBolt11[],
  active: readonly OpenBolt11[],
  { take, failed }: Takers,
): Promise<void> {
  let answers = 0;
  let failure: NodeError | undefined;
  const attempt = async (one: OpenBolt11, find: () => Promise<Incoming>) => {
    try {
      await take(one, await find());
      answers += 1;
    } catch (error) {
      if (!(error instanceof NodeError) || OF_ALL.has(error.fault)) throw error;
      await failed(one);
      failure = error;
    }
  };
  const { lists, single } = shared(node, due, active);
  const missed = [...single];
  for (const list of lists) {
    const sinceMs = Math.min(...list.map(({ bolt11 }) => bolt11.createdAtMs));
    const found = await node.lookupMany(list.map(mintedOf), sinceMs);
    for (const one of list) {
      const incoming = found.get(one.bolt11.paymentHash);
      if (incoming) await attempt(one, async () => incoming);
      else if (due.includes(one)) missed.push(one);
    }
  }
  const inTurn = due.filter((one) => missed.includes(one)).slice(0, MAX_LOOKS);
  for (let first = 0; first < inTurn.length; first += BESIDE_EACH_OTHER) {
    const some = inTurn.slice(first, first + BESIDE_EACH_OTHER);
    const ends = await Promise.allSettled(some.map((one) => attempt(one, () => node.lookup(mintedOf(one)))));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
  if (failure && answers === 0) throw failure;
}

export function mintedOf({ bolt11 }: { bolt11: StoredBolt11 }): Minted {
  return { bolt11: bolt11.bolt11, paymentHash: bolt11.paymentHash, verifyUrl: bolt11.verifyUrl };
}

/** Which of them are asked for by a list, and which one by one. */
function shared({ lists }: Node, due: readonly OpenBolt11[], active: readonly OpenBolt11[]) {
  const isListed = lists && active.length >= MIN_FOR_A_LIST && due.some((one) => active.includes(one));
  const rest = isListed ? due.filter((one) => !active.includes(one)) : due;
  const isRestListed = lists && rest.length >= MIN_FOR_A_LIST;
  return { lists: [...(isListed ? [active] : []), ...(isRestListed ? [rest] : [])], single: isRestListed ? [] : rest };
}
