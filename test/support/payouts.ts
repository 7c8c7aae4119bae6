// A merchant whose store pays out: pull payments, claims, and who decides about them.

import { bech32 } from '@scure/base';
import { type Packed, unpack } from '../../src/adapters/db/packed.ts';
import { writeBolt11 } from '../../src/core/lightning/bolt11-write.ts';
import type { Decider, Payout } from '../../src/core/payout/payout.ts';
import { approvePayout } from '../../src/services/payouts/approve.ts';
import { type Claim, claimPullPayment } from '../../src/services/payouts/claim.ts';
import { createPullPayment, type PullPaymentOrder } from '../../src/services/payouts/pull-payments.ts';
import { bindings, openMerchant } from './merchant.ts';

export const ANNA: Decider = { kind: 'person', id: 'anna' };
export const BEN: Decider = { kind: 'person', id: 'ben' };
export const KEY: Decider = { kind: 'api_key', id: 'key' };
export const BUYER: Decider = { kind: 'claimant', id: null };

export async function openPayer(options: Parameters<typeof openMerchant>[0] = {}) {
  const merchant = await openMerchant(options);
  const { deps, store } = merchant;
  const offer = (over: Partial<PullPaymentOrder> = {}, by = KEY) =>
    createPullPayment(deps, store.id, { ...ORDER, ...over }, { by, use: null });
  return {
    ...merchant,
    offer,
    claim: (id: string, destination: string, over: Partial<Claim> = {}) =>
      claimPullPayment(deps, id, { destination, method: null, amount: null, ...over }, { by: BUYER, use: null }),
    approve: (payout: Pick<Payout, 'storeId' | 'id'>, by: Decider = ANNA, revision: number | null = null) =>
      approvePayout(deps, payout, revision, { by }),
    bolt11: (sats: bigint, over: Partial<Parameters<typeof writeBolt11>[0]> = {}) =>
      freshBolt11(merchant.clock.ms, sats, over),
    events: () => eventsOf(store.id),
  };
}

export type Payer = Awaited<ReturnType<typeof openPayer>>;

/** One bitcoin for the first who claim it or parts of it. */
const ORDER: PullPaymentOrder = {
  ...{ origin: 'pull_payment', dialect: null, invoiceId: null, refundSats: null, name: 'Bounty', description: '' },
  ...{ amount: '1', currency: 'BTC', fixedRate: null, isSingleUse: false, autoApprove: false },
  ...{ methods: ['onchain', 'lightning'], minBolt11Seconds: 600, startsAtMs: null, expiresAtMs: null },
  ...{ metadata: {}, redirectUrl: null, redirectAutomatically: false },
};

const bytes = () => crypto.getRandomValues(new Uint8Array(32));

/** Of regtest, P2WPKH; no other test has it. */
export const freshAddress = () => bech32.encode('bcrt', [0, ...bech32.toWords(bytes().slice(0, 20))]);

const hexOf = (some: Uint8Array) => Array.from(some, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Of regtest; its preimage is lost. */
export function freshBolt11(nowMs: number, sats: bigint, over: Partial<Parameters<typeof writeBolt11>[0]>): string {
  const usual = { network: 'regtest' as const, amountMsat: sats * 1000n, createdAtMs: nowMs, expirySeconds: 3600 };
  const secrets = { paymentHash: hexOf(bytes()), paymentSecret: hexOf(bytes()), description: 'Claim' };
  return writeBolt11({ ...usual, ...secrets, ...over }, new Uint8Array(32).fill(7));
}

/** The log's payouts and pull payments, in order. */
async function eventsOf(storeId: string) {
  const { results } = await bindings.DB.prepare(
    `SELECT log_seq AS logSeq, type, subject, seq, subject_id AS id, snapshot
     FROM events WHERE store_id = ? AND subject <> 'invoice' ORDER BY log_seq`,
  )
    .bind(storeId)
    .all<{
      logSeq: number;
      type: string;
      subject: string;
      seq: number;
      id: string;
      snapshot: Packed;
    }>();
  return results.map(({ snapshot, ...event }) => {
    const { state = null, by } = JSON.parse(unpack(snapshot)) as { state?: string; by?: { kind: string } };
    return { ...event, state, by: by?.kind ?? null };
  });
}
