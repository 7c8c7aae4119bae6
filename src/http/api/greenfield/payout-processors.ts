// What pays a store's approved payouts by itself, as Greenfield's clients list it: the store's own node over Lightning. How it goes about
// it is not a client's to set.

import type { Deps } from '../../../deps.ts';
import { listConnections } from '../../../services/connections/connections.ts';
import { GreenfieldError } from './errors.ts';
import { operation } from './operation.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';

const LIGHTNING = {
  name: 'LightningAutomatedPayoutSenderFactory',
  friendlyName: 'Automated Lightning Sender',
  payoutMethods: ['BTC-LN'],
};

const REASON = {
  code: 'settings-not-supported',
  message:
    "Approved payouts over Lightning are paid when they are approved, by the node that the store has connected to pay; on chain the store signs them. Limits are set in SatLane's dashboard.",
};

const AT = '/stores/{storeId}/payout-processors';

export const payoutProcessorApi = [
  operation('GET /payout-processors', VIEW, async () => [LIGHTNING]),

  operation(`GET ${AT}`, VIEW, async ({ deps, caller: { store } }) => ((await pays(deps, store)) ? [LIGHTNING] : [])),

  ...(['PUT', 'DELETE'] as const).flatMap((method) =>
    ([`${AT}/{processor}`, `${AT}/{processor}/{method}`] as const).map((path) =>
      operation(`${method} ${path}`, MODIFY, async () => {
        throw new GreenfieldError(400, REASON);
      }),
    ),
  ),
];

async function pays(deps: Deps, store: Parameters<typeof listConnections>[1]): Promise<boolean> {
  return (await listConnections(deps, store)).some(({ pay }) => pay !== null);
}
