// The shop's client for money out: refunds and batches with the shop's key, and a buyer's claim, which needs none. Called by payouts.ts.
import * as z from 'zod';
import { ControlRefused } from './control.ts';

export const refundSchema = z.object({
  id: z.string(),
  /** The page where the buyer says where the money goes. */
  claim_url: z.string().regex(/^https?:\/\//),
  /** In bitcoin. */
  amount: z.string(),
});
type Refund = z.infer<typeof refundSchema>;

const batchSchema = z.object({
  id: z.string(),
  payouts: z.array(z.unknown()),
  total_sats: z.string(),
  fee_sats: z.string(),
  txid: z.string().nullable(),
});
export type WaitingBatch = z.infer<typeof batchSchema>;

export interface ShopPayouts {
  /** @param variant all that was paid, or what was paid too much. Asking again with the same key is the same refund */
  refund(invoiceId: string, variant: 'rate_then' | 'overpaid', key: string): Promise<Refund>;
  /** As the buyer's wallet or browser does. @param destination an address or a BOLT11 */
  claim(refundId: string, destination: string, method: 'BTC-CHAIN' | 'BTC-LN'): Promise<void>;
  /** Batches that wait for signatures, newest first; none where SatLane does not answer. */
  waitingBatches(): Promise<WaitingBatch[]>;
  /** Of all approved payouts to addresses. */
  createBatch(): Promise<WaitingBatch>;
  /** In base64. */
  psbtOf(batchId: string): Promise<string>;
  upload(batchId: string, psbt: string): Promise<WaitingBatch>;
}

const TIMEOUT_MS = 30_000;
/** Sats per virtual byte: the simulated chain has no market for fees. */
const FEE_RATE = 2;
const errorSchema = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  // BTCPay Server's shapes.
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.array(z.object({ message: z.string() })).transform(([first]) => first?.message ?? ''),
]);
const oneBatch = z.object({ payout_batch: batchSchema });

/** Each throws ControlRefused with SatLane's own words. */
export function payoutClient({ api, apiKey }: { api: string; apiKey: string }): ShopPayouts {
  const ask = async <T>(schema: z.ZodType<T>, [method, path]: [string, string], body?: unknown, key?: string) => {
    const response = await fetch(new URL(path, api), {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        ...(key ? { 'idempotency-key': key } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    if (response === null) throw new ControlRefused('SatLane does not answer');
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return schema.parse(answer);
    const refused = errorSchema.safeParse(answer);
    throw new ControlRefused(refused.data?.replace(/\.$/, '') || `HTTP ${response.status}`);
  };
  const batchAt = (id: string) => `/v1/payout-batches/${id}`;
  return {
    async refund(invoiceId, variant, key) {
      // The shop has decided: what the buyer claims needs no further approval.
      const body = { variant, auto_approve: true };
      const at: [string, string] = ['POST', `/v1/invoices/${invoiceId}/refunds`];
      return (await ask(z.object({ pull_payment: refundSchema }), at, body, key)).pull_payment;
    },
    async claim(refundId, destination, payoutMethodId) {
      const at: [string, string] = ['POST', `/api/v1/pull-payments/${refundId}/payouts`];
      await ask(z.unknown(), at, { destination, payoutMethodId });
    },
    async waitingBatches() {
      const page = z.object({ payout_batches: z.array(batchSchema) });
      const asked = ask(page, ['GET', '/v1/payout-batches?state=awaiting_signatures&limit=10']);
      return (await asked.catch(() => ({ payout_batches: [] }))).payout_batches;
    },
    createBatch: async () => (await ask(oneBatch, ['POST', '/v1/payout-batches'], { fee_rate: FEE_RATE })).payout_batch,
    psbtOf: async (id) => (await ask(z.object({ psbt: z.string() }), ['GET', `${batchAt(id)}/psbt`])).psbt,
    upload: async (id, psbt) => (await ask(oneBatch, ['POST', `${batchAt(id)}/psbt`], { psbt })).payout_batch,
  };
}
