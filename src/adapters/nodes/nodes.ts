// Opens the node or wallet behind a credential. Each kind's code is loaded when one of its nodes is first opened. jobs/poll and
// services/connections are the callers.

import type { Credential } from '../../core/lightning/connection.ts';
import { isAbout } from '../../core/lightning/minted.ts';
import { type KindNode, type Node, NodeError } from './node.ts';
import type { Payer } from './payer.ts';
import type { Outside } from './request.ts';

/** Asks nothing of the node yet. @throws NodeError `unsupported` where its server may not be called */
export async function openNode(credential: Credential, outside: Outside): Promise<Node> {
  const node = await openKind(credential, outside);
  return {
    ...node,
    async lookup(minted) {
      const shown = await node.lookup(minted);
      if (isAbout(minted, shown)) return shown;
      throw new NodeError('bad_answer', `${node.host} answers about another BOLT11 invoice than it was asked for.`);
    },
    // One that its list shows as another is absent: the look-up of that one alone says so.
    async lookupMany(minted, sinceMs) {
      const shown = await node.lookupMany(minted, sinceMs);
      const own = minted.map((one) => [one, shown.get(one.paymentHash)] as const);
      return new Map(own.flatMap(([one, found]) => (found && isAbout(one, found) ? [[one.paymentHash, found]] : [])));
    },
  };
}

/**
 * Opens what pays. Asks nothing of the node yet.
 * @throws NodeError `unsupported` where its server may not be called, or the kind cannot pay
 */
export async function openPayer(credential: Credential, outside: Outside): Promise<Payer> {
  switch (credential.kind) {
    case 'lightning_address':
      throw new NodeError('unsupported', 'A Lightning address receives only.');
    case 'phoenixd':
      return (await import('./pay-phoenixd.ts')).phoenixdPayer(credential, outside);
    case 'lnd':
      return (await import('./pay-lnd.ts')).lndPayer(credential, outside);
    case 'clnrest':
      return (await import('./pay-clnrest.ts')).clnrestPayer(credential, outside);
    case 'lnbits':
      return (await import('./pay-lnbits.ts')).lnbitsPayer(credential, outside);
    case 'nwc':
      return (await import('./pay-nwc.ts')).nwcPayer(credential, outside);
  }
}

async function openKind(credential: Credential, outside: Outside): Promise<KindNode> {
  switch (credential.kind) {
    case 'lightning_address':
      return (await import('./lightning-address.ts')).lightningAddress(credential, outside);
    case 'phoenixd':
      return (await import('./phoenixd.ts')).phoenixd(credential, outside);
    case 'lnd':
      return (await import('./lnd.ts')).lnd(credential, outside);
    case 'clnrest':
      return (await import('./clnrest.ts')).clnrest(credential, outside);
    case 'lnbits':
      return (await import('./lnbits.ts')).lnbits(credential, outside);
    case 'nwc':
      return (await import('./nwc.ts')).nwc(credential, outside);
  }
}
