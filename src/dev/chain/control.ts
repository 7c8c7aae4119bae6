// The hands that move the simulated chain: pay, mine, reorg, replace, drop, fault, broadcast, sign, state.
// Called by server.ts; the demo shop's page, the ticker and tests are its clients, a browser among them.
import { hex } from '@scure/base';
import * as z from 'zod';
import { ControlError, deskHandler, type Lever, lever, parse } from '../control.ts';
import { ReorgError } from './chain.ts';
import { addressSchema, faultSchema, satsSchema } from './faults.ts';
import { signPsbt } from './merchant-wallet.ts';
import { RejectedTx } from './policy.ts';
import { vsize } from './transaction.ts';
import { DemoWalletError } from './wallet.ts';
import type { ChainWorld } from './world.ts';

const txid = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

const LEVERS: Record<string, Lever<ChainWorld>> = {
  pay: lever(
    z.strictObject({
      address: addressSchema,
      sats: satsSchema,
      feeRate: z.number().positive().max(1000).optional(),
      also: z.array(z.strictObject({ address: addressSchema, sats: satsSchema })).optional(),
      from: txid.optional(),
    }),
    ({ wallet }, body) => wallet.pay(body),
  ),
  mine: lever(z.strictObject({ blocks: z.number().int().min(1).max(1000).default(1) }), ({ chain }, { blocks }) => {
    chain.mine(blocks);
    return { tip: tipOf(chain) };
  }),
  reorg: lever(
    z.strictObject({
      depth: z.number().int().min(1),
      drop: z.union([z.boolean(), z.array(txid)], 'expected true or a list of txids').optional(),
      remine: z.boolean().optional(),
    }),
    ({ chain }, body) => {
      chain.reorg(body);
      return { tip: tipOf(chain) };
    },
  ),
  replace: lever(
    z.strictObject({ txid, address: addressSchema.optional(), sats: satsSchema.optional() }),
    ({ wallet }, body) => wallet.replace(body),
  ),
  drop: lever(z.strictObject({ txid }), ({ chain }, body) => {
    const dropped = chain.evict(body.txid);
    if (dropped.length === 0) throw new ControlError('txid: not in the mempool');
    return { dropped };
  }),
  fault: (world, body) => {
    const { view: key, ...fault } = parse(z.looseObject({ view: z.union([z.number(), z.string()]) }), body);
    const view = world.view(key);
    if (view === undefined) throw new ControlError('view: no such explorer');
    view.setFault(parse(faultSchema, fault));
    return { view: view.name, fault: view.fault };
  },
  broadcast: lever(
    z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})+$/i, 'expected hex') }),
    ({ chain }, body) => ({
      txid: chain.broadcast(hex.decode(body.hex)).txid,
    }),
  ),
  sign: lever(z.strictObject({ psbt: z.string() }), ({ merchantSeed }, { psbt }) => {
    if (merchantSeed === undefined)
      throw new ControlError('the key of the merchant is not in this world: start it with --reset');
    return signPsbt(merchantSeed, psbt);
  }),
};

export function controlHandler(world: ChainWorld): (request: Request) => Promise<Response> {
  return deskHandler(() => world, { levers: LEVERS, state, explain });
}

function explain(error: unknown): string | undefined {
  if (error instanceof RejectedTx) return `transaction: ${error.message}`;
  return error instanceof DemoWalletError || error instanceof ReorgError ? error.message : undefined;
}

function state({ chain, wallet, views }: ChainWorld) {
  const coins = wallet.coins();
  return {
    height: chain.tip.height,
    tip: tipOf(chain),
    stale: chain.stale.map(({ height, hash }) => ({ height, hash })),
    mempool: [...chain.frame().mempool.values()].map(({ tx, fee }) => ({ txid: tx.txid, fee, vsize: vsize(tx) })),
    wallet: { address: wallet.address, balanceSats: wallet.balanceSats, coins: coins.length },
    views: views.map((view, index) => ({
      index,
      name: view.name,
      flavour: view.flavour,
      fault: view.fault,
      requests: view.requestCounts(),
      socket: view.socket.state(),
    })),
  };
}

function tipOf({ tip }: ChainWorld['chain']): { height: number; hash: string } {
  return { height: tip.height, hash: tip.hash };
}
