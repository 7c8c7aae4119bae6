// The client of the sender objects: what hands work to them. Built in deps.ts.

import type { Senders } from '../../adapters/webhooks/dispatcher.ts';
import type { SenderRpc } from './sender-object.ts';

/** Each works with what its own object has: the caller's dispatcher is not sent along. */
export function openSenders(namespace: DurableObjectNamespace<SenderRpc>): Senders {
  return {
    async send(_, name, due, known) {
      await namespace.getByName(name).send(due, [...known]);
    },
    async drain(_, name, isForgiving = false) {
      await namespace.getByName(name).drain(isForgiving);
    },
  };
}
