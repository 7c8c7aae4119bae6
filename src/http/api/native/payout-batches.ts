// /v1/payout-batches: payouts to addresses go out together, in a transaction that the merchant's wallet signs.

import * as z from 'zod';
import { BATCH_STATES, type PayoutBatch } from '../../../core/payout/batch.ts';
import { batchSnapshot } from '../../../core/payout/batch-snapshot.ts';
import { MAX_OUTPUTS } from '../../../core/psbt/select.ts';
import { MAX_UPLOAD_BYTES } from '../../../core/psbt/upload.ts';
import type { Deps } from '../../../deps.ts';
import { uploadSigned } from '../../../services/payouts/batch-uploads.ts';
import { createVersion, voidBatch } from '../../../services/payouts/batch-versions.ts';
import { createBatch, MAX_SATS_PER_KVB, psbtOf, readBatch } from '../../../services/payouts/batches.ts';
import { batchOfPayout, destinationsOf, readBatches } from '../../../services/payouts/read-batches.ts';
import { answerOnce, KEY_HEADER, REPLAYED } from './idempotency.ts';
import { created, ok, operation } from './operation.ts';
import { deciderOf } from './payout-body.ts';
import { afterId } from './pull-payments.ts';
import { keyThatMay } from './who.ts';

const VIEW = keyThatMay('btcpay.store.canviewpayouts');
const MANAGE = keyThatMay('btcpay.store.canmanagepayouts');

const MAX_RATE = Number(MAX_SATS_PER_KVB) / 1000;
const rateProblem = `must be sats per virtual byte, from 1 to ${MAX_RATE}`;
/** Sats per virtual byte, as sats for 1000 of them. */
const feeRate = z
  .number(rateProblem)
  .min(1, rateProblem)
  .max(MAX_RATE, rateProblem)
  .transform((rate) => BigInt(Math.round(rate * 1000)))
  .nullable()
  .default(null);

const newBatch = z.strictObject({
  payout_ids: z
    .array(z.string().max(36, 'holds what is no id'), 'must be a list of ids of payouts')
    .min(1, 'names no payout')
    .max(MAX_OUTPUTS, `names more than ${MAX_OUTPUTS} payouts`)
    .nullable()
    .default(null),
  fee_rate: feeRate,
});
const newVersion = z.strictObject({ fee_rate: feeRate });
const signedPsbt = z.strictObject({ psbt: z.string('must be the text of a PSBT or of a transaction') });
const typedId = z.strictObject({ confirmation: z.string().max(100) });
const listQuery = z.strictObject({
  ...afterId,
  state: z.enum(BATCH_STATES, `must be one of ${BATCH_STATES.join(', ')}`).optional(),
});

/** Hex of what is read at most, and the JSON around it. */
const UPLOAD = {
  bytes: 2 * MAX_UPLOAD_BYTES + 1_000,
  problem: `body: larger than ${MAX_UPLOAD_BYTES} bytes of a PSBT.`,
};

const tag = 'Payouts';
const FEE_RATE = 'Sats per virtual byte. Without it, what explorers estimate for a block within an hour.';
const UNMADE = ['batch_not_possible', 'no_active_xpub', 'gap_limit_exceeded', 'chain_syncing'] as const;

export const payoutBatchApi = [
  operation('POST /v1/payout-batches', () => ({
    id: 'createPayoutBatch',
    tag,
    summary: 'Make a batch of payouts to addresses',
    description:
      'A transaction that your wallet signs: see [send on chain](/docs/payouts#send-on-chain). Its payouts and its coins are kept for it.',
    who: MANAGE,
    headers: KEY_HEADER,
    body: {
      schema: newBatch,
      optional: true,
      notes: {
        payout_ids: `At most ${MAX_OUTPUTS}. Without it, all that are approved and wait, the eldest first.`,
        fee_rate: FEE_RATE,
      },
      example: { fee_rate: 5 },
    },
    answers: [{ ...created('payoutBatchAnswer'), ...REPLAYED }],
    errors: [...UNMADE, 'payout_not_changeable', 'idempotency_conflict'],
    async run({ c, deps, caller, body }) {
      const storeId = caller.store.id;
      const wanted = { payoutIds: body.payout_ids, satsPerKvb: body.fee_rate };
      const by = deciderOf(caller);
      const batch = await answerOnce(
        { c, deps, storeId, body: { ...body, fee_rate: body.fee_rate === null ? null : String(body.fee_rate) } },
        (use) => createBatch(deps, storeId, wanted, { by, use }),
        (payoutId) => batchOfPayout(deps, storeId, payoutId),
      );
      return shown(deps, batch);
    },
  })),

  operation('GET /v1/payout-batches', () => ({
    id: 'listPayoutBatches',
    tag,
    summary: 'List batches of payouts, newest first',
    who: VIEW,
    query: {
      schema: listQuery,
      notes: { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.', state: 'Only these.' },
    },
    answers: [ok('payoutBatchPage', 'A page of them.')],
    async run({ deps, caller: { store }, query: { limit, cursor: after, state } }) {
      const { batches, destinations, next } = await readBatches(deps, { storeId: store.id, state, after, limit });
      return {
        payout_batches: batches.map((batch) => batchSnapshot(batch, destinations, deps.now())),
        next_cursor: next,
      };
    },
  })),

  operation('GET /v1/payout-batches/{id}', () => ({
    id: 'getPayoutBatch',
    tag,
    summary: 'Read a batch of payouts',
    who: VIEW,
    answers: [ok('payoutBatchAnswer', 'The batch as it is now.')],
    run: async ({ deps, caller: { store }, params: { id } }) =>
      shown(deps, await readBatch(deps, { storeId: store.id, id })),
  })),

  operation('GET /v1/payout-batches/{id}/psbt', () => ({
    id: 'getPayoutBatchPsbt',
    tag,
    summary: 'Get the PSBT to sign',
    description: 'From then on a signed copy may exist: the batch is not let go by itself any more.',
    who: MANAGE,
    answers: [ok('payoutBatchPsbt', 'Version 0 (BIP 174), with all that hot wallets and signing devices look for.')],
    errors: ['batch_not_changeable', 'chain_syncing'],
    run: async ({ deps, caller: { store }, params: { id } }) => ({
      psbt: await psbtOf(deps, { storeId: store.id, id }),
    }),
  })),

  operation('POST /v1/payout-batches/{id}/psbt', () => ({
    id: 'uploadPayoutBatchPsbt',
    tag,
    summary: 'Upload what your wallet signed',
    description:
      'Each output and each signature is compared with what was approved. Signatures of several uploads are put together; the last one makes the payouts `in_flight` and sends the transaction.',
    who: MANAGE,
    body: {
      schema: signedPsbt,
      notes: { psbt: 'The signed PSBT in base64 or hex, or the transaction in hex.' },
      limit: UPLOAD,
      example: { psbt: 'cHNidP8BAH0CAAAAA…' },
    },
    answers: [ok('payoutBatchAnswer', 'The batch after that.')],
    errors: ['upload_refused', 'batch_not_changeable', 'payouts_paused', 'payout_not_changeable', 'payout_in_flight'],
    run: async ({ deps, caller, params: { id }, body }) =>
      shown(deps, await uploadSigned(deps, { storeId: caller.store.id, id }, body.psbt, deciderOf(caller))),
  })),

  ...(['bump', 'cancel'] as const).map((kind) =>
    operation(`POST /v1/payout-batches/{id}/${kind}`, () => ({
      id: kind === 'bump' ? 'bumpPayoutBatch' : 'cancelPayoutBatch',
      tag,
      summary: kind === 'bump' ? 'Make a version with a higher fee' : 'Make a version that returns the coins',
      description:
        kind === 'bump'
          ? 'Of a batch that waits for its block: the same payouts. It takes the place of the version before once it is signed.'
          : 'Of a batch that waits for its block: no payout is paid once it is mined, and a person decides about them anew.',
      who: MANAGE,
      body: { schema: newVersion, optional: true as const, notes: { fee_rate: FEE_RATE }, example: { fee_rate: 12 } },
      answers: [created('payoutBatchAnswer', 'The new version, to be signed.')] as const,
      errors: [...UNMADE, 'batch_not_changeable' as const],
      async run({ deps, caller, params: { id }, body }) {
        const place = { storeId: caller.store.id, id };
        const wanted = { kind, satsPerKvb: body.fee_rate };
        return shown(deps, await createVersion(deps, place, wanted, deciderOf(caller)));
      },
    })),
  ),

  operation('POST /v1/payout-batches/{id}/void', () => ({
    id: 'voidPayoutBatch',
    tag,
    summary: 'Say that an unsigned batch was thrown away',
    description:
      'Its payouts and coins are free again. What was signed and not uploaded can still be sent by anyone who has it: make sure that nothing was.',
    who: MANAGE,
    body: {
      schema: typedId,
      notes: { confirmation: 'The batch’s id.' },
      example: { confirmation: '…' },
    },
    answers: [ok('payoutBatchAnswer', 'It is void.')],
    errors: ['batch_not_changeable'],
    run: async ({ deps, caller, params: { id }, body }) =>
      shown(deps, await voidBatch(deps, { storeId: caller.store.id, id }, body.confirmation, deciderOf(caller))),
  })),
];

async function shown(deps: Deps, batch: PayoutBatch) {
  const destinations = await destinationsOf(deps, batch.storeId, [batch]);
  return { payout_batch: batchSnapshot(batch, destinations, deps.now()) };
}
