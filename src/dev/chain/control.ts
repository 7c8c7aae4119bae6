// The hands that move the simulated chain: pay, mine, reorg, replace, drop, fault, broadcast, state.
// Called by server.ts; the demo shop's page, the ticker and tests are its clients, a browser among them.
import { hex } from '@scure/base';
import * as z from 'zod';
import { ReorgError } from './chain.ts';
import { addressSchema, faultSchema, satsSchema } from './faults.ts';
import { RejectedTx } from './policy.ts';
import { vsize } from './transaction.ts';
import { DemoWalletError } from './wallet.ts';
import type { ChainWorld } from './world.ts';

const txid = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

/** The request cannot be carried out; the message starts with the field at fault. */
class ControlError extends Error {}

type Action = (world: ChainWorld, body: unknown) => unknown;

const ACTIONS: Record<string, Action> = {
  pay: action(
    z.strictObject({
      address: addressSchema,
      sats: satsSchema,
      feeRate: z.number().positive().max(1000).optional(),
      also: z.array(z.strictObject({ address: addressSchema, sats: satsSchema })).optional(),
      from: txid.optional(),
    }),
    ({ wallet }, body) => wallet.pay(body),
  ),
  mine: action(z.strictObject({ blocks: z.number().int().min(1).max(1000).default(1) }), ({ chain }, { blocks }) => {
    chain.mine(blocks);
    return { tip: tipOf(chain) };
  }),
  reorg: action(
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
  replace: action(
    z.strictObject({ txid, address: addressSchema.optional(), sats: satsSchema.optional() }),
    ({ wallet }, body) => wallet.replace(body),
  ),
  drop: action(z.strictObject({ txid }), ({ chain }, body) => {
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
  broadcast: action(
    z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})+$/i, 'expected hex') }),
    ({ chain }, body) => ({
      txid: chain.broadcast(hex.decode(body.hex)).txid,
    }),
  ),
};

/** Answers `/control/…` and, as a convenience, the same paths without the prefix. */
export function controlHandler(world: ChainWorld): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === 'OPTIONS') return reply(204, null);
    const name = new URL(request.url).pathname.replace(/^\/control(?=\/)/, '').slice(1);
    if (request.method === 'GET' && name === 'state') return reply(200, state(world));
    const act = ACTIONS[name];
    if (act === undefined) return reply(404, { error: `no such control: ${name}` });
    if (request.method !== 'POST') return reply(405, { error: 'use POST' });
    try {
      return reply(200, act(world, await readBody(request)));
    } catch (error) {
      const [status, message] = explain(error);
      return reply(status, { error: message });
    }
  };
}

function explain(error: unknown): [status: number, message: string] {
  if (error instanceof RejectedTx) return [400, `transaction: ${error.message}`];
  const isAskers = [ControlError, DemoWalletError, ReorgError].some((kind) => error instanceof kind);
  if (!isAskers) console.error(error);
  return [isAskers ? 400 : 500, error instanceof Error ? error.message : String(error)];
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

function action<Body>(schema: z.ZodType<Body>, act: (world: ChainWorld, body: Body) => unknown): Action {
  return (world, body) => act(world, parse(schema, body));
}

/** @throws ControlError naming the first field that is wrong */
function parse<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : (issue?.path ?? []);
  throw new ControlError(`${keys.join('.') || 'body'}: ${issue?.message ?? 'not understood'}`);
}

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError('body: not JSON');
  }
}

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type',
  'cache-control': 'no-store',
};

function reply(status: number, body: unknown): Response {
  if (body === null) return new Response(null, { status, headers: HEADERS });
  return new Response(JSON.stringify(body), { status, headers: { ...HEADERS, 'content-type': 'application/json' } });
}
