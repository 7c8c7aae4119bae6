// What runs in the Lightning world: the merchant's node behind its servers, and a customer's node with a channel to it.
// Called by server.ts.
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hex } from '@scure/base';
import type { FaultyServer } from './faults.ts';
import type { NodeHost } from './host.ts';
import { LightningNetwork } from './network.ts';
import type { Shape } from './serve.ts';
import type { NodeWallet } from './wallet.ts';

export interface NodeServer {
  name: string;
  url: string;
  /** As a merchant pastes it; it may receive, and may not pay. */
  connection: string;
  /** The same with the right to pay; null where this kind receives only. */
  payConnection: string | null;
  /** What hooks are signed with; null where they are not signed. */
  webhookSecret: string | null;
  /** null where it has no hooks over HTTP. */
  shape: Shape | null;
  wallet: NodeWallet;
  faults: FaultyServer;
}

export interface LightningWorld {
  merchant: NodeHost;
  customerHost: NodeHost;
  customer: NodeWallet;
  /** Of what the customer mints and takes. */
  customerFaults: FaultyServer;
  servers: readonly NodeServer[];
  /** The merchant's node stops and starts again, with new channels. */
  restart(isNewIdentity: boolean): void;
}

/** Starts both nodes and opens a channel from the customer to the merchant. Returns what restarts the merchant's. */
export async function openNodes(of: { merchant: NodeHost; customerHost: NodeHost; seed: string; now: () => number }) {
  const { merchant, customerHost, seed } = of;
  const network = await LightningNetwork.open(of.now);
  let identity = 0;
  const start = () => {
    merchant.start(network, hex.decode(secretOf(seed, `merchant ${identity}`)));
    network.openChannel(customerHost.node, merchant.node);
  };
  customerHost.start(network, hex.decode(secretOf(seed, 'customer')));
  start();
  return (isNewIdentity: boolean) => {
    if (isNewIdentity) identity++;
    for (const host of [merchant, customerHost]) host.dropHeld();
    start();
  };
}

/** 32 bytes, hex. */
export function secretOf(seed: string, what: string): string {
  return hex.encode(sha256(utf8ToBytes(`${seed}: ${what}`)));
}
