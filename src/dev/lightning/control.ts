// The levers of the Lightning nodes: the customer pays and asks for money, payments are held and released, servers fail, the
// merchant's node restarts. Called by world.ts; the demo shop and tests are its clients.
import * as z from 'zod';
import { ControlError, deskHandler, type Lever, lever, parse } from '../control.ts';
import { serverFaultSchema } from './faults.ts';
import { sendHook } from './hooks.ts';
import { LdkError } from './ldk.ts';
import type { OutgoingPayment } from './outgoing.ts';
import { PaymentRefused } from './wallet.ts';
import type { LightningWorld, NodeServer } from './world.ts';

const sats = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], 'expected a whole number of satoshis')
  .pipe(z.int('expected a whole number of satoshis').min(1).max(21e14));
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');
const bolt11 = z
  .string()
  .transform((text) => text.trim().replace(/^lightning:/i, ''))
  .pipe(z.string().regex(/^ln/i, 'expected a BOLT11'));

/** Whose BOLT11s the merchant's node pays. */
const CUSTOMER = 'customer';

const LEVERS: Record<string, Lever<LightningWorld>> = {
  pay: lever(z.strictObject({ bolt11, sats: sats.optional() }), ({ customer }, body) => {
    return outgoing(customer.pay(body.bolt11, body.sats === undefined ? null : BigInt(body.sats) * 1000n));
  }),
  invoice: lever(
    z.strictObject({
      sats: sats.optional(),
      description: z.string().default('From the customer'),
      expirySeconds: z.int().min(1).default(3600),
    }),
    ({ customer }, { sats, description, expirySeconds }) => {
      const amountMsat = sats === undefined ? null : BigInt(sats) * 1000n;
      const { bolt11, paymentHash } = customer.mint({ amountMsat, description, expirySeconds });
      return { bolt11, paymentHash };
    },
  ),
  fault: (world, body) => {
    const { server: name, ...fault } = parse(z.looseObject({ server: z.string() }), body);
    const { faults } = name === CUSTOMER ? { faults: world.customerFaults } : serverOf(world, name);
    faults.set(parse(serverFaultSchema, fault));
    return { server: name, fault: faults.fault };
  },
  hook: lever(
    z.strictObject({ server: z.string(), paymentHash: hash, forged: z.boolean().default(false) }),
    async (world, { server: name, paymentHash, forged }) => {
      const server = serverOf(world, name);
      const payment = server.wallet.incoming.get(paymentHash);
      if (!payment) throw new ControlError('paymentHash: this server minted no such BOLT11');
      return { status: server.shape && (await sendHook(server.shape, payment, forged)) };
    },
  ),
  release: lever(z.strictObject({ paymentHash: hash, fail: z.boolean().default(false) }), (world, body) => {
    const wallets = [world.customer, ...world.servers.map(({ wallet }) => wallet)];
    const wallet = wallets.find(({ incoming }) => incoming.get(body.paymentHash)?.state === 'held');
    const payment = wallet?.incoming.get(body.paymentHash);
    if (!wallet || !payment) throw new ControlError('paymentHash: no such payment is held');
    if (body.fail) wallet.cancel(payment);
    else wallet.release(payment);
    return { paymentHash: payment.paymentHash, state: payment.state };
  }),
  restart: lever(z.strictObject({ identity: z.enum(['same', 'new']).default('same') }), (world, { identity }) => {
    world.restart(identity === 'new');
    return { nodeId: world.merchant.node.id };
  }),
};

/** @param world opens it where it is not open yet */
export function deskOf(world: () => Promise<LightningWorld>): (request: Request) => Promise<Response> {
  return deskHandler(world, { levers: LEVERS, state, explain });
}

function explain(error: unknown): string | undefined {
  if (error instanceof PaymentRefused) return `payment: ${REFUSALS[error.message] ?? error.message}`;
  return error instanceof LdkError ? `bolt11: ${error.message}` : undefined;
}

const REFUSALS: Record<string, string> = {
  ALREADY_PAID: 'it was paid',
  IN_FLIGHT: 'it is under way',
  AMOUNT_MISSING: 'the BOLT11 has no amount: name the sats',
};

function outgoing({ paymentHash, state, preimage, amountMsat, feeMsat, reason }: OutgoingPayment) {
  if (state === 'failed') throw new ControlError(`payment: ${reason}`);
  const sats = Number(amountMsat / 1000n);
  return { paymentHash, state: state === 'pending' ? 'held' : state, preimage, sats, feeMsat: Number(feeMsat) };
}

function serverOf(world: LightningWorld, name: string): NodeServer {
  const server = world.servers.find((one) => one.name === name);
  if (server) return server;
  throw new ControlError(`server: one of ${world.servers.map((one) => one.name).join(', ')}`);
}

function state({ merchant, customerHost, servers }: LightningWorld) {
  const nodes = { merchant: merchant.info(), customer: customerHost.info() };
  return {
    nodes: Object.entries(nodes).map(([name, { id, height, canSendMsat }]) => {
      return { name, id, height, canSendSats: Number(canSendMsat / 1000n) };
    }),
    servers: servers.map(({ name, faults, wallet }) => ({
      ...{ name, fault: faults.fault, requests: faults.requests },
      payments: [...wallet.incoming.values()].map(({ paymentHash, bolt11, state, label }) => {
        return { paymentHash, bolt11, state, label };
      }),
    })),
  };
}
