// /v1/payouts/next and /v1/payouts/{id}/result: a merchant's agent takes approved Lightning payouts and says what became of them.

import * as z from 'zod';
import type { LookUpAnswer } from '../../../core/payout/facts.ts';
import type { Decider } from '../../../core/payout/payout.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { leaseNext, type PayoutLease, reportResult } from '../../../services/payouts/agent.ts';
import { iso } from './iso.ts';
import { ok, operation } from './operation.ts';
import { textUpTo } from './order.ts';
import { flag } from './payout-body.ts';
import { keyThatMay } from './who.ts';

const AGENT = keyThatMay('satlane.store.canrunpayoutagent');

const lease = z.string().regex(/^[\x21-\x7e]{32,128}$/, 'must be 32 to 128 characters that no other can guess');
const asked = z.strictObject({
  node_id: z.string().regex(/^[\x20-\x7e]{1,128}$/, 'must be 1 to 128 characters'),
  lease,
});

const hex64 = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits');
const msat = z.string().regex(/^(0|[1-9]\d{0,15})$/, 'must be a whole number of millisatoshis in digits alone');
const OUTCOMES = ['paid', 'failed', 'never_asked', 'unknown'] as const;
const result = z
  .strictObject({
    lease,
    outcome: z.enum(OUTCOMES, `must be one of ${OUTCOMES.join(', ')}`),
    preimage: hex64.optional(),
    fee_msat: msat.nullable().default(null),
    reason: textUpTo(300).default(''),
    certain: flag.default(false),
    permanent: flag.default(false),
  })
  .refine(({ outcome, preimage }) => (outcome === 'paid') === (preimage !== undefined), {
    message: 'belongs to the outcome paid',
    path: ['preimage'],
  });

const tag = 'Payouts';
const LEASE_EXAMPLE = '5f0c1d9e7a3b42689f1e6c0d8b7a4e21';

export const payoutAgentApi = [
  operation('POST /v1/payouts/next', () => ({
    id: 'leasePayout',
    tag,
    summary: 'Take the next payout for your own agent',
    description:
      'For a program on your machine that pays from your own node, as `satlane payouts` does. It has an approved Lightning payout for two minutes, and it alone. Look the payment hash up at your node first. Ask the node to pay within 45 seconds of this request, or not at all.',
    who: AGENT,
    body: {
      schema: asked,
      notes: {
        node_id:
          'Which node pays: its public key, or another mark that stays. Only with the same one a look-up is given.',
        lease: 'Random, new for each lease. The same again answers with the same lease.',
      },
      example: { node_id: '02eec7245d6b7d2ccb30380bfbe2a3648cd7a942653f5aa340edcea1f283686619', lease: LEASE_EXAMPLE },
    },
    answers: [ok('payoutLease', 'What to do; or why there is nothing to do.')],
    async run({ deps, caller, body: { node_id: nodeId, lease: secret } }) {
      const next = await leaseNext(deps, caller.store.id, { nodeId, secret, by: agentOf(caller) });
      return typeof next === 'string' ? { lease: null, reason: next } : { lease: leaseBody(next), reason: null };
    },
  })),

  operation('POST /v1/payouts/{id}/result', () => ({
    id: 'reportPayout',
    tag,
    summary: 'Say what became of a payout that your agent has',
    description:
      'The same result again changes nothing. A preimage counts at any time. Anything else counts while no other lease has followed.',
    who: AGENT,
    body: {
      schema: result,
      notes: {
        lease: 'That you took it with.',
        outcome: '`never_asked`: your node does not know the payment. `unknown`: it may have been paid.',
        preimage: 'Its SHA-256 is the payment hash.',
        fee_msat: 'What the way cost, in millisatoshis; null if you do not know.',
        reason: 'Your node’s words.',
        certain:
          'Your node proves it: no money moved, and none will. Otherwise only two look-ups, a minute apart, count.',
        permanent: 'Another attempt cannot succeed.',
      },
      example: {
        lease: LEASE_EXAMPLE,
        outcome: 'paid',
        preimage: '0001020304050607080900010203040506070809000102030405060708090102',
        fee_msat: '1000',
      },
    },
    answers: [ok('payoutResult', 'The payout after that.')],
    errors: ['conflict', 'payout_not_changeable'],
    async run({ deps, caller, params: { id }, body }) {
      const place = { storeId: caller.store.id, id };
      const { state, reason: why } = await reportResult(deps, place, answerOf(body), {
        secret: body.lease,
        by: agentOf(caller),
      });
      return { payout: { id, state, reason: why } };
    },
  })),
];

const agentOf = ({ keyId }: Caller): Decider & { kind: 'agent' } => ({ kind: 'agent', id: keyId });

function leaseBody({ payout, purpose, maxFeeMsat }: PayoutLease) {
  return {
    payout_id: payout.id,
    purpose,
    until: iso(payout.leaseUntilMs ?? 0),
    attempt: payout.attempts.length,
    bolt11: payout.bolt11,
    payment_hash: payout.paymentHash,
    amount_sats: String(payout.amountSats),
    max_fee_msat: String(maxFeeMsat),
  };
}

function answerOf(body: z.infer<typeof result>): LookUpAnswer {
  const { outcome, preimage = '', fee_msat: fee, certain, permanent, reason } = body;
  switch (outcome) {
    case 'paid':
      return { state: 'settled', preimage: preimage.toLowerCase(), feeMsat: fee === null ? null : BigInt(fee) };
    case 'failed':
      return { state: 'failed', reason: reason || outcome, permanent, certain };
    case 'never_asked':
      return { state: 'never', certain };
    case 'unknown':
      return { state: 'unknown', reason: reason || outcome };
  }
}
