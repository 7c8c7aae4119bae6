// BOLT11s that a client asks for on the store's own Lightning node, in BTCPay Server's shape, and what is known of the node. A key
// receives by the node and pays nothing with it.

import * as z from 'zod';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { readConnection } from '../../../services/connections/connections.ts';
import { createBolt11, listBolt11s, mustHaveNode, readOneBolt11 } from '../../../services/payments/bolt11s.ts';
import { readChain } from '../../../services/payments/chain.ts';
import { bodyFields, checked, flag, numeric } from './body.ts';
import { GreenfieldError, lacking, missing } from './errors.ts';
import { operation } from './operation.ts';
import { Query } from './query.ts';

const VIEW = 'btcpay.store.canviewlightninginvoice';
const NODE = '/stores/{storeId}/lightning/{code}';
const INVOICES = `${NODE}/invoices` as const;

const MAX_SECONDS = 366 * 24 * 3600;
const MAX_DESCRIPTION = 639;
const WHOLE_SATS = 'has to be whole satoshis, as millisatoshis: 1000 or more';

const newBolt11 = z.object({
  amount: z
    .union([z.number(), z.string()], WHOLE_SATS)
    .refine((amount) => /^[1-9]\d{0,15}000$/.test(String(amount)), WHOLE_SATS)
    .transform((amount) => BigInt(amount) / 1000n),
  description: z.string().max(MAX_DESCRIPTION, `is longer than ${MAX_DESCRIPTION} characters`).default(''),
  descriptionHashOnly: flag.default(false),
  expiry: numeric(1, MAX_SECONDS).optional(),
  privateRouteHints: flag.optional(),
});
const FIELDS = Object.keys(newBolt11.shape);

export const lightningApi = [
  operation(`GET ${NODE}/info`, 'btcpay.store.canviewstoresettings', async ({ deps, caller: { store }, params }) =>
    ofNode(params, async () => {
      const { name, downSinceMs, lastFault } = await readConnection(deps, store, mustHaveNode(store));
      if (downSinceMs !== null) throw unavailable(lastFault ?? 'unreachable');
      return nodeData(deps, name);
    }),
  ),

  operation(`POST ${INVOICES}`, 'btcpay.store.cancreatelightninginvoice', async ({ c, deps, caller, params }) =>
    ofNode(params, async () => {
      mustHaveNode(caller.store);
      const { amount, descriptionHashOnly, expiry, ...rest } = checked(newBolt11, await bodyFields(c, FIELDS));
      const { description, privateRouteHints: privateHints } = rest;
      const asked = {
        amountSats: amount,
        description,
        isHashed: descriptionHashOnly,
        expirySeconds: expiry,
        privateHints,
      };
      return bolt11Data(deps, await createBolt11(deps, caller, asked));
    }),
  ),

  operation(`GET ${INVOICES}`, VIEW, async ({ c, deps, caller, params }) =>
    ofNode(params, async () => {
      const query = new Query(c.req.url);
      const [onlyOpen, skip] = [query.flag('pendingOnly', false), query.whole('offsetIndex') ?? 0];
      query.check();
      const all = await listBolt11s(deps, caller, onlyOpen, skip);
      // A preimage is the proof of a payment: it is shown where one is asked for.
      return all.map((one) => ({ ...bolt11Data(deps, one), preimage: null }));
    }),
  ),

  operation(`GET ${INVOICES}/{hash}`, VIEW, async ({ deps, caller, params }) =>
    ofNode(params, async () => bolt11Data(deps, await readOneBolt11(deps, caller, params.hash))),
  ),

  // Balance, channels, payments: an API key sees and moves nothing of a node.
  operation(`ALL ${NODE}/*`, 'btcpay.store.canviewstoresettings', async ({ caller: { store }, params }) =>
    ofNode(params, async () => {
      mustHaveNode(store);
      throw lacking('btcpay.store.canuselightningnode');
    }),
  ),
];

/** @throws GreenfieldError as BTCPay Server says it of a node that is missing, unknown or down */
async function ofNode<T>({ code }: { code: string }, work: () => Promise<T>): Promise<T> {
  if (code.toUpperCase() !== 'BTC') {
    throw new GreenfieldError(404, { code: 'unknown-cryptocode', message: `SatLane knows no ${code.slice(0, 20)}` });
  }
  return work().catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    const { message } = error;
    switch (error.code) {
      case 'no_lightning_connection':
        throw new GreenfieldError(404, { code: 'lightning-not-configured', message: NOT_SET_UP });
      case 'lightning_unavailable':
        throw unavailable(message);
      case 'not_found':
        throw missing('invoice');
      default:
        throw error;
    }
  });
}

const NOT_SET_UP = 'The lightning node is not set up, or the store is in test mode, which has none';

function unavailable(why: string): GreenfieldError {
  return new GreenfieldError(503, {
    code: 'lightning-node-unavailable',
    message: `The lightning node is unavailable (${why})`,
  });
}

type Bolt11 = Awaited<ReturnType<typeof createBolt11>>;

/** Amounts are millisatoshis as texts, times seconds. */
function bolt11Data({ now }: Deps, one: Bolt11) {
  const { paymentHash, bolt11, settledAtMs, expiresAtMs, amountSats, receivedMsat, preimage } = one;
  return {
    id: paymentHash,
    status: settledAtMs !== null ? 'Paid' : expiresAtMs <= now() ? 'Expired' : 'Unpaid',
    BOLT11: bolt11,
    paidAt: settledAtMs === null ? null : Math.floor(settledAtMs / 1000),
    expiresAt: Math.floor(expiresAtMs / 1000),
    amount: String(BigInt(amountSats) * 1000n),
    amountReceived: settledAtMs === null ? null : String(receivedMsat ?? 0),
    paymentHash,
    preimage,
    customRecords: null,
  };
}

/** Its peers reach a node, and SatLane does not ask how: no address of it is known. */
async function nodeData(deps: Deps, name: string) {
  const { chain } = await readChain(deps);
  return {
    nodeURIs: [],
    blockHeight: chain?.tipHeight ?? 0,
    alias: name,
    color: null,
    version: null,
    peersCount: null,
    activeChannelsCount: null,
    inactiveChannelsCount: null,
    pendingChannelsCount: null,
  };
}
