// Opens the node or wallet behind a credential. Each kind's code is loaded when one of its nodes is first opened. jobs/poll and
// services/connections are the callers.

import type { Credential } from '../../core/lightning/connection.ts';
import { type Node, NodeError } from './node.ts';
import type { Payer } from './payer.ts';
import type { Outside } from './request.ts';

/** Asks nothing of the node yet. @throws NodeError `unsupported` where its server may not be called */
export async function openNode(credential: Credential, outside: Outside): Promise<Node> {
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
