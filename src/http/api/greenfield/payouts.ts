// Greenfield's payouts of a store: made, listed, approved, cancelled, marked. One payout's operations are there twice: under the store,
// as version 1.x had them, and by the payout's id alone, as BTCPay Server 2.4 has them.

import * as z from 'zod';
import { greenfieldPayoutState } from '../../../core/dialects/greenfield/payouts.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import type { Deps } from '../../../deps.ts';
import { holds } from '../../../services/access/permissions.ts';
import { approvePayout } from '../../../services/payouts/approve.ts';
import { claimPullPayment } from '../../../services/payouts/claim.ts';
import { createPayout } from '../../../services/payouts/create.ts';
import { cancelForStore, markPayoutPaid, readPayout } from '../../../services/payouts/payouts.ts';
import { readPullPayment } from '../../../services/payouts/pull-payments.ts';
import { isObject } from '../caseless.ts';
import { listAnswer } from '../list-answer.ts';
import { answerOnce } from '../native/idempotency.ts';
import { textUpTo } from '../native/order.ts';
import { deciderOf } from '../native/payout-body.ts';
import type { Admitted } from '../operation.ts';
import { bodyFields, checked, flag, numeric } from './body.ts';
import { GreenfieldError, invalid, lacking, missing, orMissing } from './errors.ts';
import { type KeyHolder, operation } from './operation.ts';
import { metadataSchema } from './order.ts';
import { namingFields, payoutData, refusing } from './payout-body.ts';
import { APPROVED, CLAIM_NAMES, CLAIM_REFUSALS, newClaim, payoutPages } from './pull-payments.ts';
import { flagOf } from './query.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';
const VIEW = 'btcpay.store.canviewpayouts';
const MANAGE = 'btcpay.store.canmanagepayouts';

const newPayout = newClaim.extend({
  pullPaymentId: textUpTo(100).optional(),
  approved: flag.default(false),
  metadata: metadataSchema.optional(),
});
type NewPayout = z.infer<typeof newPayout>;

const approval = z.object({ revision: numeric(0, 2 ** 31).default(0), rateRule: z.unknown().optional() });

const marking = z.object({
  state: z.string('has to be a text'),
  paymentProof: z.record(z.string(), z.unknown(), 'has to be an object').optional(),
});

/** As BTCPay Server calls what a payout's state does not allow. */
const INVALID_STATE = { payout_not_changeable: 'invalid-state', payout_in_flight: 'invalid-state' } as const;

const storePayoutApi = [
  operation('POST /stores/{storeId}/payouts', CREATE, async ({ c, deps, caller }) => {
    const body = checked(newPayout, await bodyFields(c, Object.keys(newPayout.shape)));
    if (body.approved && !holds(caller.permissions, APPROVED)) throw lacking(APPROVED);
    const storeId = caller.store.id;
    const made = await answerOnce(
      { c, deps, storeId, body },
      (use) => makePayout(deps, storeId, body, { by: deciderOf(caller), use }),
      (id) => readPayout(deps, { storeId, id }),
    )
      .catch(refusing(CLAIM_REFUSALS))
      .catch(namingFields(CLAIM_NAMES));
    return payoutData(made, true);
  }),

  operation('GET /stores/{storeId}/payouts', VIEW, async ({ c, deps, caller: { store } }) => {
    const withCancelled = flagOf(c.req.url, 'includeCancelled', false);
    return listAnswer(c, payoutPages(deps, { storeId: store.id }, withCancelled), (one) => payoutData(one, true));
  }),
];

type Making = Parameters<typeof createPayout>[3];

/** To a destination that the store knows: of a pull payment of its own, or by itself. */
async function makePayout(deps: Deps, storeId: string, body: NewPayout, making: Making): Promise<Payout> {
  const { destination, pullPaymentId, approved: isApproved, metadata = {} } = body;
  const to = { destination, method: body.payoutMethodId ?? body.paymentMethod ?? null, amount: body.amount ?? null };
  if (pullPaymentId === undefined) {
    const terms = { currency: 'BTC', fixesRate: false, withdrawal: null };
    return createPayout(deps, storeId, { ...to, ...terms, isApproved, metadata }, making);
  }
  if (Object.keys(metadata).length > 0) throw invalid({ path: 'Metadata', message: 'is not kept of a claim' });
  await readPullPayment(deps, storeId, pullPaymentId).catch(orMissing('pullpayment'));
  const claim = await claimPullPayment(deps, pullPaymentId, to, making);
  if (!isApproved || claim.state !== 'awaiting_approval') return claim;
  return (await approvePayout(deps, claim, null, { by: making.by })).payout;
}

type OfPayout = Pick<Admitted<'GET /payouts/{payout}', KeyHolder>, 'c' | 'deps' | 'caller' | 'params'>;

/** Of one payout: under its store, or with its id alone. */
const onePayoutApi = (at: '/payouts' | '/stores/{storeId}/payouts') => [
  operation(`GET ${at}/{payout}`, VIEW, async (asked) => payoutData(await found(asked), true)),

  operation(`POST ${at}/{payout}`, MANAGE, async (asked) => {
    const { id, storeId } = await found(asked);
    const { revision, rateRule } = checked(approval, await bodyFields(asked.c, Object.keys(approval.shape)));
    if (rateRule !== undefined && rateRule !== '')
      throw invalid({ path: 'RateRule', message: "is not supported: the rate is the store's own" });
    const { payout } = await approvePayout(asked.deps, { storeId, id }, revision, {
      by: deciderOf(asked.caller),
    }).catch(
      refusing({
        ...INVALID_STATE,
        ...{ rate_unavailable: 'rate-unavailable', old_revision: 'old-revision', amount_too_low: 'amount-too-low' },
      }),
    );
    return payoutData(payout, true);
  }),

  operation(`DELETE ${at}/{payout}`, MANAGE, async (asked) => {
    const payout = await found(asked);
    await cancelForStore(asked.deps, payout, { by: deciderOf(asked.caller) }).catch(refusing(INVALID_STATE));
    return asked.c.body(null, 200);
  }),

  operation(`POST ${at}/{payout}/mark-paid`, MANAGE, async (asked) => {
    await markAs(asked, await found(asked), 'Completed', null);
    return asked.c.body(null, 200);
  }),

  operation(`POST ${at}/{payout}/mark`, MANAGE, async (asked) => {
    const payout = await found(asked);
    const { state, paymentProof } = checked(marking, await bodyFields(asked.c, Object.keys(marking.shape)));
    const wanted = STATES.find((name) => name.toLowerCase() === state.toLowerCase());
    if (!wanted) throw invalid({ path: 'State', message: `has to be one of ${STATES.join(', ')}` });
    await markAs(asked, payout, wanted, proofIn(paymentProof));
    return asked.c.body(null, 200);
  }),
];

export const payoutApi = [...storePayoutApi, ...onePayoutApi('/stores/{storeId}/payouts'), ...onePayoutApi('/payouts')];

const STATES = ['AwaitingApproval', 'AwaitingPayment', 'InProgress', 'Completed', 'Cancelled'] as const;

/** Of the key's own store. @throws GreenfieldError 404, for another store's too */
async function found({ deps, caller, params: { payout: id } }: OfPayout): Promise<Payout> {
  const payout = await readPayout(deps, { storeId: caller.store.id, id }).catch(orMissing('payout'));
  if (greenfieldPayoutState(payout) === null) throw missing('payout');
  return payout;
}

/** A transaction id, or a preimage. */
function proofIn(proof: Record<string, unknown> | undefined): string | null {
  const { preimage, transactionId, id } = isObject(proof) ? proof : {};
  const text = [preimage, transactionId, id].find((one) => typeof one === 'string' && one !== '');
  if (text === undefined) return null;
  if (!/^[0-9a-f]{64}$/i.test(text as string))
    throw invalid({ path: 'PaymentProof', message: 'has to be a transaction id or a preimage' });
  return (text as string).toLowerCase();
}

/** What only payments and approvals bring about is not said by hand. */
async function markAs(
  { deps, caller }: OfPayout,
  payout: Payout,
  wanted: (typeof STATES)[number],
  proof: string | null,
) {
  const deciding = { by: deciderOf(caller) };
  if (wanted === greenfieldPayoutState(payout)) return;
  if (wanted === 'Cancelled') await cancelForStore(deps, payout, deciding).catch(refusing(INVALID_STATE));
  else if (wanted === 'Completed')
    await markPayoutPaid(deps, payout, proof, deciding)
      .catch(refusing(INVALID_STATE))
      .catch(namingFields({ proof: 'PaymentProof' }));
  else
    throw new GreenfieldError(400, { code: 'invalid-state', message: `A payout is not marked as ${wanted} by hand` });
}
