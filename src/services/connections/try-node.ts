// Tries a node as it will be used: it mints a BOLT11 invoice of one sat, which is held to what was asked for, looked up, and
// cancelled where the node can. Called before a credential is kept, and by the test button.

import { type Node, NodeError } from '../../adapters/nodes/node.ts';
import type { Capabilities, Credential, NodeFault } from '../../core/lightning/connection.ts';
import { checkMinted, type MintTerms } from '../../core/lightning/minted.ts';
import type { Deps } from '../../deps.ts';

type TryFault = NodeFault | 'wrong_network';

export interface Tried {
  /** null where all of it worked. */
  fault: TryFault | null;
  /** For the merchant: what does not work, and what to do. Holds no credential. */
  message: string;
  tookMs: number;
}

export interface Working {
  host: string;
  capabilities: Capabilities;
  /** The node's public key; null where the server answers for many nodes. */
  nodeId: string | null;
}

const EXPIRY_SECONDS = 60;
/** A Lightning address may take no less than some amount. Sats. */
const AMOUNTS_OF_NAMES = [1n, 1_000n, 10_000n];
const DESCRIPTION = 'SatLane connection test. Do not pay.';

/** @returns what was learnt of the node too, where it works */
export async function tryNode(deps: Deps, credential: Credential): Promise<Tried & { working: Working | null }> {
  const startedMs = deps.now();
  const tried = (fault: TryFault | null, message: string, working: Working | null = null) => ({
    ...{ fault, message, working, tookMs: deps.now() - startedMs },
  });
  let node: Node | undefined;
  try {
    node = await deps.openNode(credential);
    const { minted, amountMsat } = await mintSmallest(node);
    const { trusted, cancels, hooks, lists, descriptionHashes } = node;
    const host = 'address' in credential ? credential.address : node.host;
    const terms: MintTerms = {
      ...{ network: deps.config.NETWORK, amountMsat },
      ...(trusted
        ? { description: null, expirySeconds: null }
        : { description: minted.description, expirySeconds: EXPIRY_SECONDS }),
    };
    const checked = checkMinted(minted, terms, deps.now());
    if ('problem' in checked)
      return tried(checked.fault === 'network' ? 'wrong_network' : 'bad_answer', checked.problem);
    const { state } = await node.lookup(minted);
    if (state !== 'open')
      return tried(
        'bad_answer',
        `${node.host} made a BOLT11 invoice and then says that it is ${state}. Check the node.`,
      );
    await node.cancel(minted);
    const capabilities = { cancels, hooks, lists, descriptionHashes, trusted };
    return tried(null, 'It works.', { host, capabilities, nodeId: trusted ? null : checked.bolt11.payee });
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return tried(error.fault, error.message);
  } finally {
    node?.close();
  }
}

type Smallest = { minted: Awaited<ReturnType<Node['mint']>>; amountMsat: bigint };

/** Sends the next amount where the node refuses the one before. */
async function mintSmallest(
  node: Node,
  [sats = 1n, ...larger] = node.trusted ? AMOUNTS_OF_NAMES : [1n],
): Promise<Smallest> {
  const amountMsat = sats * 1000n;
  const asked = { amountMsat, description: DESCRIPTION, expirySeconds: EXPIRY_SECONDS, hookUrl: null };
  try {
    const label = `satlane-test-${crypto.randomUUID()}`;
    return { minted: await node.mint({ ...asked, label, privateHints: false }), amountMsat };
  } catch (error) {
    if (larger.length === 0 || !(error instanceof NodeError) || error.fault !== 'refused') throw error;
    return mintSmallest(node, larger);
  }
}
