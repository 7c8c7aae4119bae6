// Clients of the controls of the simulated chain and of the customer's Lightning node. SIMULATION ONLY: a real shop has nothing
// like it. Called by desk.ts.
import * as z from 'zod';

const stateSchema = z.object({
  height: z.number(),
  mempool: z.array(z.object({ txid: z.string() })),
  wallet: z.object({ balanceSats: z.number() }),
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
}

export interface LightningControl {
  /** The customer pays; `held` where the merchant's node does not take it yet. */
  pay(bolt11: string): Promise<{ sats: number; state: 'settled' | 'held' }>;
}

const TIMEOUT_MS = 5_000;
const txSchema = z.object({ txid: z.string() });
const tipSchema = z.object({ tip: z.object({ height: z.number() }) });

const paidSchema = z.object({ sats: z.number(), state: z.enum(['settled', 'held']) });

export function lightningClient(origin: string): LightningControl {
  const post = poster(origin, 'the Lightning node');
  return { pay: (bolt11) => post(paidSchema, 'pay', { bolt11 }) };
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
