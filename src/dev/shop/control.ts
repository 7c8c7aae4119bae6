// Clients of the controls of the simulated chain and of the customer's Lightning node. SIMULATION ONLY: a real shop has nothing
// like it. Called by desk.ts.
import * as z from 'zod';

const stateSchema = z.object({
  height: z.number(),
  mempool: z.array(z.object({ txid: z.string() })),
  wallet: z.object({ address: z.string(), balanceSats: z.number() }),
  views: z.array(z.object({ name: z.string(), fault: z.record(z.string(), z.unknown()) })),
});

export type DemoChainState = z.infer<typeof stateSchema>;

/** The chain, or the customer's node, refused; the message says why. */
export class ControlRefused extends Error {}

export interface Control {
  /** Null when the simulated chain does not answer. */
  state(): Promise<DemoChainState | null>;
  pay(address: string, sats: bigint): Promise<{ txid: string }>;
  mine(blocks: number): Promise<{ height: number }>;
  /** Spends the inputs of an unconfirmed payment again, back to the wallet. */
  replace(txid: string): Promise<{ txid: string }>;
  /** @param drop transactions that vanish: those named, or all of the lost blocks' */
  reorg(depth: number, drop: string[] | true): Promise<{ height: number }>;
  setFailing(view: string, isFailing: boolean): Promise<void>;
  /** By the merchant's wallet. @param psbt base64 */
  sign(psbt: string): Promise<{ psbt: string }>;
}

export interface LightningControl {
  /** The customer pays; `held` where the merchant's node does not take it yet. */
  pay(bolt11: string): Promise<{ sats: number; state: 'settled' | 'held' }>;
  /** A BOLT11 of the customer's, for the merchant to pay. */
  invoice(sats: bigint): Promise<string>;
  /** Each of the merchant's servers carries the next payment out and breaks off before it answers. */
  loseNextAnswer(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const txSchema = z.object({ txid: z.string() });
const tipSchema = z.object({ tip: z.object({ height: z.number() }) });

/** Of the Lightning desk, those that pay. */
const PAYING_SERVERS = ['phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'];
const paidSchema = z.object({ sats: z.number(), state: z.enum(['settled', 'held']) });

export function lightningClient(origin: string): LightningControl {
  const post = poster(origin, 'the Lightning node');
  return {
    pay: (bolt11) => post(paidSchema, 'pay', { bolt11 }),
    invoice: async (sats) =>
      (await post(z.object({ bolt11: z.string() }), 'invoice', { sats: String(sats), description: 'Refund' })).bolt11,
    async loseNextAnswer() {
      const fault = { only: ['pay'], after: true, drop: true, times: 1 };
      for (const server of PAYING_SERVERS) await post(z.unknown(), 'fault', { server, ...fault });
    },
  };
}

export function controlClient(origin: string): Control {
  const post = poster(origin, 'the simulated chain');
  return {
    async state() {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(new URL('/control/state', origin), { signal }).catch(() => null);
      return response?.ok ? stateSchema.parse(await response.json()) : null;
    },
    pay: (address, sats) => post(txSchema, 'pay', { address, sats: String(sats) }),
    mine: async (blocks) => (await post(tipSchema, 'mine', { blocks })).tip,
    replace: (txid) => post(txSchema, 'replace', { txid }),
    reorg: async (depth, drop) => (await post(tipSchema, 'reorg', { depth, drop })).tip,
    sign: (psbt) => post(z.object({ psbt: z.string() }), 'sign', { psbt }),
    async setFailing(view, isFailing) {
      await post(z.unknown(), 'fault', isFailing ? { view, down: true } : { view });
    },
  };
}

function poster(origin: string, who: string) {
  return async <T>(schema: z.ZodType<T>, name: string, body: unknown): Promise<T> => {
    const url = new URL(`/control/${name}`, origin);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal }).catch(() => null);
    if (response === null) throw new ControlRefused(`${who} does not answer`);
    const answer: unknown = await response.json();
    if (response.ok) return schema.parse(answer);
    const refused = z.object({ error: z.string() }).safeParse(answer);
    throw new ControlRefused(refused.data?.error ?? `HTTP ${response.status}`);
  };
}
