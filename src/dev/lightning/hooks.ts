// Sends hooks as a node's server does: one POST when a payment is settled, no retry; or as its fault says.
// Called by world.ts.
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultyServer } from './faults.ts';
import type { Shape } from './serve.ts';
import type { IncomingPayment, NodeWallet } from './wallet.ts';

export function sendHooks(wallet: NodeWallet, shape: Shape, faults: FaultyServer): void {
  wallet.onSettled = (payment) => {
    const { hooks, hookDelayMs = 0 } = faults.fault;
    if (hooks === 'none') return;
    for (let i = 0; i < (hooks === 'twice' ? 2 : 1); i++) {
      void pause(hookDelayMs).then(() => sendHook(shape, payment, hooks === 'forged'));
    }
  };
}

/** @returns the receiver's status; null where there is no receiver, or no answer */
export async function sendHook(shape: Shape, payment: IncomingPayment, isForged: boolean): Promise<number | null> {
  if (!shape.hook || payment.hookUrl === null) return null;
  const { headers, body } = shape.hook(payment, isForged);
  try {
    const answer = await fetch(payment.hookUrl, { method: 'POST', headers, body, redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
