// A payout, a pull payment and a store's limits, as the API shows them and as their events do, which say who decided.

import * as z from 'zod';
import { BATCH_STATES } from '../../../../core/payout/batch.ts';
import { IDLE_REASONS, PAYOUT_STATES } from '../../../../core/payout/payout.ts';
import { cursor, environment, hex, index, named, sats, time, timeOrNull, uuid } from './common.ts';

const decider = named('Decider', 'Who decided.', {
  kind: z
    .enum(['person', 'api_key', 'satlane', 'agent', 'claimant'])
    .describe('`claimant`: the person who is paid. `agent`: the merchant’s. `satlane`: by itself.'),
  id: z.string().nullable().describe('Of the person or the key, an agent’s too.'),
});

const method = z.enum(['onchain', 'lightning']);
const amount = z.string().describe('In `currency`, with all its decimals.');
const currency = z.string().describe('`BTC`, or a fiat currency.');

const payoutFields = {
  id: uuid,
  pull_payment_id: uuid.nullable().describe('That it is claimed from.'),
  invoice_id: uuid.nullable().describe('That it refunds.'),
  environment,
  state: z
    .enum(PAYOUT_STATES)
    .describe(
      '`queued`: approved, and waits for its turn. `in_flight`: sent, and not settled yet. `unknown`: nothing says whether money moved; never taken for failed.',
    ),
  reason: z.string().nullable().describe('Why it waits or was cancelled, for programs.'),
  method: method.nullable().describe('null before its claim.'),
  destination: z.string().nullable().describe('In one spelling.'),
  amount,
  currency,
  amount_sats: sats.nullable().describe('null until a rate fixes it.'),
  rate: z.string().nullable().describe('`currency` per bitcoin by which it was fixed.'),
  btc_usd_rate: z.string().nullable().describe('US dollars per bitcoin when it was made.'),
  payment_hash: hex.nullable().describe('Over Lightning: one in all time.'),
  preimage: hex.nullable().describe('Proves the payment; null before it is settled.'),
  fee_msat: z.string().nullable().describe('What the way cost, in millisatoshis.'),
  attempts: index.describe('How often a node was asked to pay.'),
  batch_id: uuid.nullable(),
  txid: hex.nullable(),
  vout: index.nullable(),
  confirmations: index.nullable(),
  revision: index.describe('Give it back when you approve.'),
  approvals: z.array(z.strictObject({ by: decider, at: time })),
  metadata: z.record(z.string(), z.unknown()),
  created_at: time,
  created_by: decider,
  settled_at: timeOrNull,
};

const pullPaymentFields = {
  id: uuid.describe('Who has it can claim.'),
  origin: z.enum(['pull_payment', 'refund', 'withdrawal']),
  invoice_id: uuid.nullable().describe('That it refunds.'),
  environment,
  name: z.string(),
  description: z.string(),
  amount,
  currency,
  rate: z.string().nullable().describe('`currency` per bitcoin; null for bitcoin, and where each approval fixes it.'),
  single_use: z.boolean(),
  auto_approve: z.boolean(),
  payment_methods: z.array(method),
  min_bolt11_seconds: index,
  starts_at: timeOrNull,
  expires_at: timeOrNull,
  archived_at: timeOrNull,
  redirect_url: z.string().nullable(),
  redirect_automatically: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
  created_at: time,
  created_by: decider,
};

const limitFields = {
  paused: z.boolean().describe('Nothing new is sent.'),
  per_payout_sats: sats.nullable(),
  per_day_sats: sats.nullable().describe('In 24 hours.'),
  max_fee_ppm: index,
  min_fee_sats: sats,
  approval_above_sats: sats.nullable(),
  second_approval_above_sats: sats.nullable(),
};

const by = decider.describe('Who made this change.');
const sameOrderAs = uuid
  .nullable()
  .describe(
    'The eldest other payout of the same order (`metadata.orderId`) that is not cancelled. Look at it before you approve.',
  );
const payout = named('Payout', 'One sending of money to one destination.', {
  ...payoutFields,
  same_order_as: sameOrderAs,
});
const pullPayment = named('PullPayment', 'An amount for those who claim it. A refund is one of an invoice.', {
  ...pullPaymentFields,
  claimed_amount: amount.describe('Of all claims that are not cancelled.'),
  paid_amount: amount.describe('The part of it that is paid.'),
  same_order_as: sameOrderAs,
  claim_url: z.string().describe('The page where it is claimed: send it to the person who is paid.'),
});
const limits = named('PayoutLimits', 'What a store lets out. null is no limit.', limitFields);

/** As their events have them. */
export const loggedPayout = named('LoggedPayout', 'A payout as it was at an event.', { ...payoutFields, by });
export const loggedPullPayment = named('LoggedPullPayment', 'A pull payment as it was at an event.', {
  ...pullPaymentFields,
  by,
});
export const loggedLimits = named('LoggedPayoutLimits', 'Limits as they were at an event.', { ...limitFields, by });

const payoutBatch = named('PayoutBatch', 'A transaction that carries payouts: one version of it.', {
  id: uuid,
  root_id: uuid.describe('The first version. All versions spend its coins: one of them at most can be mined.'),
  kind: z.enum(['payouts', 'fee_bump', 'cancellation']),
  state: z
    .enum(BATCH_STATES)
    .describe(
      '`broadcast`: signed, and sent again until a block has it. `conflicted`: another transaction spends a coin of it. `void`: it can confirm no more, or you have said that it was thrown away.',
    ),
  wallet_id: z.string(),
  txid: hex.nullable().describe('null where it depends on signatures that are still missing.'),
  payouts: z
    .array(z.strictObject({ id: uuid, destination: z.string().nullable(), amount_sats: sats }))
    .describe('Who gets what.'),
  total_sats: sats.describe('Of its payouts.'),
  change_sats: sats.describe('What returns to the wallet.'),
  fee_sats: sats,
  fee_rate: z.number().describe('Sats per virtual byte.'),
  vsize: index.describe('Virtual bytes, at most.'),
  inputs: index.describe('How many coins it spends.'),
  signed_inputs: index.describe('Inputs with as many signatures as they need.'),
  signatures: z.strictObject({
    required: index.describe('How many of the signers have to sign: one, or the k of a multisig wallet.'),
    present: index.describe('How many signatures each input has at least.'),
    signers: z.array(
      z.strictObject({
        fingerprint: z.string().nullable().describe('Of the master key, or of the key itself where that is not known.'),
        signed: z.boolean().describe('All inputs.'),
      }),
    ),
  }),
  reserved_until: time.describe('Until then its coins are kept for it without question.'),
  overdue: z
    .boolean()
    .describe('Its time is over and nothing was uploaded: sign it, or say with `void` that it was thrown away.'),
  refusal: z.string().nullable().describe('What the network says against it.'),
  conflict_txid: hex.nullable().describe('Of another transaction that spends a coin of it.'),
  block_height: index.nullable(),
  created_at: time,
  created_by: decider,
  downloaded_at: timeOrNull.describe('When its PSBT was first given out.'),
  uploaded_at: timeOrNull.describe('When its last signature came back.'),
  broadcast_at: timeOrNull.describe('When the network first had it.'),
});

export const payoutBatchAnswer = z.strictObject({ payout_batch: payoutBatch });
export const payoutBatchPage = z.strictObject({ payout_batches: z.array(payoutBatch), next_cursor: cursor });
export const payoutBatchPsbt = z.strictObject({ psbt: z.string().describe('Base64.') });
export const payoutAnswer = z.strictObject({ payout });
export const payoutPage = z.strictObject({ payouts: z.array(payout), next_cursor: cursor });
export const payoutHistory = z.strictObject({
  history: z.array(z.strictObject({ type: z.string(), state: z.enum(PAYOUT_STATES), at: time, by: decider })),
});
export const pullPaymentAnswer = z.strictObject({ pull_payment: pullPayment });
export const pullPaymentPage = z.strictObject({ pull_payments: z.array(pullPayment), next_cursor: cursor });
export const refunds = z.strictObject({ pull_payments: z.array(pullPayment) });
export const payoutLimitsAnswer = z.strictObject({ payout_limits: limits });

export const payoutLease = z.strictObject({
  lease: named('PayoutLease', 'A payout that your agent has for a while.', {
    payout_id: uuid,
    purpose: z
      .enum(['pay', 'look_up'])
      .describe('`look_up`: ask your node what became of the payment. Never pay it then.'),
    until: time.describe('A result is expected before. Without one the payout is `unknown`.'),
    attempt: index.describe('From 1. In the first one pay only what your node has never heard of.'),
    bolt11: z.string(),
    payment_hash: hex,
    amount_sats: sats,
    max_fee_msat: z.string().describe('The most that the way may cost, in millisatoshis.'),
  }).nullable(),
  reason: z
    .enum(IDLE_REASONS)
    .nullable()
    .describe('Why there is no lease. `connection_pays`: the store pays from a connected node, not by an agent.'),
});
export const payoutResult = z.strictObject({
  payout: z.strictObject({ id: uuid, state: z.enum(PAYOUT_STATES), reason: z.string().nullable() }),
});
