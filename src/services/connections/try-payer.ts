// Tries a credential that pays, without a payment: whether it may pay and look up payments, and at the same node as the one that
// receives. Called before it is kept, and by the test button.

import { NodeError } from '../../adapters/nodes/node.ts';
import type { Payer } from '../../adapters/nodes/payer.ts';
import type { Credential, NodeFault } from '../../core/lightning/connection.ts';
import type { Deps } from '../../deps.ts';

/**
 * @param nodeId of the node that receives; null where it is not known
 * @returns what does not work and what to do, without a credential; null where all of it works
 */
export async function payerProblem(
  deps: Deps,
  credential: Credential,
  nodeId: string | null,
): Promise<{ fault: NodeFault; message: string } | null> {
  let payer: Payer | undefined;
  try {
    payer = await deps.openPayer(credential);
    await payer.assertMayPay();
    const payerId = await payer.nodeId();
    if (payerId === null || nodeId === null || payerId === nodeId) return null;
    return { fault: 'refused', message: 'It pays from another node than the one that receives.' };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return { fault: error.fault, message: error.message };
  } finally {
    payer?.close();
  }
}
