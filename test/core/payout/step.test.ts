// What becomes of a payout: each fact in each state, as a table.

import { describe, expect, test } from 'vitest';
import type { PayoutFact } from '../../../src/core/payout/facts.ts';
import { PAYOUT_STATES, type Payout, type PayoutState } from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';
import * as of from './support.ts';

const { NOW_MS, MINUTE_MS } = of;

const LIGHTNING_FACTS: [string, PayoutFact][] = [
  ['claimed', of.TO_BOLT11],
  [
    'claimed by another',
    {
      kind: 'claimed',
      destination: { method: 'lightning', destination: of.OTHER_BOLT11.bolt11, bolt11: of.OTHER_BOLT11 },
      approvedBy: null,
    },
  ],
  ['rate fixed', { kind: 'rate_fixed', rate: '90000', amountSats: 1n }],
  ['approved', of.APPROVED],
  ['rejected', { kind: 'cancelled', reason: 'rejected' }],
  ['link expired', { kind: 'link_ended', reason: 'link_expired' }],
  ['link archived', { kind: 'link_ended', reason: 'link_archived' }],
  ['marked paid', { kind: 'marked_paid', proof: null }],
  ['settled by hand', { kind: 'resolved_by_hand', outcome: { preimage: of.PREIMAGE } }],
  ['failed by hand', { kind: 'resolved_by_hand', outcome: { confirmation: 'payout' } }],
  ['due', { kind: 'due' }],
  ['resolved', { kind: 'resolved', ...of.BOLT11 }],
  ['resolved to another', { kind: 'resolved', ...of.OTHER_BOLT11 }],
  ['not resolved', { kind: 'not_resolved', number: 1, reason: 'down', permanent: false }],
  ['attempt started', of.STARTED],
  ['leased', { kind: 'leased', untilMs: NOW_MS + 10 * MINUTE_MS, nodeId: of.NODE }],
  ['attempt paid', of.ended(1, of.PAID)],
  ['attempt failed', of.ended(1, of.FAILED)],
  ['attempt failed for good', of.ended(1, { ...of.FAILED, permanent: true })],
  ['attempt failed, perhaps', of.ended(1, of.WEAK)],
  ['attempt unknown', of.ended(1, of.UNKNOWN)],
  ['found paid', of.looked(of.PAID)],
  ['found failed', of.looked(of.FAILED)],
  ['found failed, perhaps', of.looked(of.WEAK)],
  ['found under way', of.looked(of.UNKNOWN)],
  ['never sent', of.looked(of.NEVER)],
  ['never sent, by another node', of.looked(of.NEVER, 'another')],
  ['no answer', of.looked(null)],
];

const CHAIN_FACTS: [string, PayoutFact][] = [
  ['claimed', of.TO_ADDRESS],
  ['approved', of.APPROVED],
  ['rejected', { kind: 'cancelled', reason: 'rejected' }],
  ['link expired', { kind: 'link_ended', reason: 'link_expired' }],
  ['link archived', { kind: 'link_ended', reason: 'link_archived' }],
  ['marked paid', { kind: 'marked_paid', proof: null }],
  ['failed by hand', { kind: 'resolved_by_hand', outcome: { confirmation: 'payout' } }],
  ['due', { kind: 'due' }],
  ['resolved', { kind: 'resolved', ...of.BOLT11 }],
  ['attempt started', of.STARTED],
  ['found paid', of.looked(of.PAID)],
  ['batched', of.BATCHED],
  ['batched elsewhere', { kind: 'batched', batchId: 'other' }],
  ['unbatched', { kind: 'unbatched', batchId: 'batch' }],
  ['signed', of.SIGNED],
  ['signed in another batch', { ...of.SIGNED, batchId: 'other', txid: of.BUMP } as PayoutFact],
  ['replaced', { kind: 'replaced', batchId: 'bump', txid: of.BUMP, vout: 0 }],
  ['in the mempool', of.seen(0)],
  ['in a block', of.seen(1)],
  ['6 blocks deep', of.seen(6)],
  ['its bump in a block', of.seen(1, of.BUMP)],
  ['reorged', { kind: 'reorged', blockHash: `block of ${of.TXID}` }],
  ['conflicted', { kind: 'conflicted', confirmations: 0 }],
  ['conflicted for good', { kind: 'conflicted', confirmations: 6 }],
];

/** `.`: nothing changes. `-code`: refused. `(no event)`: kept without an event. All two minutes after the last fact. */
function outcome(payout: Payout, fact: PayoutFact): string {
  const result = step(payout, fact, of.context(NOW_MS + 2 * MINUTE_MS));
  if ('refused' in result) return `-${result.refused}`;
  return result.payout === payout ? '.' : `${result.payout.state}${result.type ? '' : ' (no event)'}`;
}

function table(facts: [string, PayoutFact][], payouts: Record<PayoutState, Payout>): string {
  const rows = facts.map(([name, fact]) => [name, ...PAYOUT_STATES.map((state) => outcome(payouts[state], fact))]);
  const lines = [['', ...PAYOUT_STATES], ...rows];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return lines
    .map((cells) =>
      cells
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

const LIGHTNING_TABLE = `
                            | awaiting_claim    | awaiting_approval      | queued                 | in_flight              | unknown                | settled                | cancelled
claimed                     | awaiting_approval | .                      | .                      | .                      | .                      | .                      | -wrong_state
claimed by another          | awaiting_approval | -already_claimed       | -already_claimed       | -already_claimed       | -already_claimed       | -already_claimed       | -wrong_state
rate fixed                  | -amount_is_fixed  | -amount_is_fixed       | -amount_is_fixed       | -amount_is_fixed       | -amount_is_fixed       | -amount_is_fixed       | -amount_is_fixed
approved                    | -wrong_state      | queued                 | .                      | .                      | .                      | .                      | -wrong_state
rejected                    | cancelled         | cancelled              | cancelled              | -in_flight             | -in_flight             | -wrong_state           | .
link expired                | cancelled         | .                      | .                      | .                      | .                      | .                      | .
link archived               | cancelled         | cancelled              | cancelled              | .                      | .                      | .                      | .
marked paid                 | -wrong_state      | -wrong_state           | settled                | -in_flight             | -in_flight             | .                      | -wrong_state
settled by hand             | -wrong_state      | -wrong_state           | -wrong_state           | -wrong_state           | settled                | .                      | -wrong_state
failed by hand              | -wrong_state      | -wrong_state           | -wrong_state           | -wrong_state           | cancelled              | -wrong_state           | -wrong_state
due                         | .                 | .                      | .                      | .                      | .                      | .                      | .
resolved                    | -wrong_method     | .                      | .                      | .                      | .                      | .                      | .
resolved to another         | -wrong_method     | -payment_hash_is_fixed | -payment_hash_is_fixed | -payment_hash_is_fixed | -payment_hash_is_fixed | -payment_hash_is_fixed | -payment_hash_is_fixed
not resolved                | .                 | .                      | .                      | .                      | .                      | .                      | .
attempt started             | -wrong_state      | -wrong_state           | in_flight              | -in_flight             | -in_flight             | -wrong_state           | -wrong_state
leased                      | -wrong_state      | -wrong_state           | in_flight              | -in_flight             | -in_flight             | -wrong_state           | -wrong_state
attempt paid                | .                 | -wrong_state           | settled                | settled                | settled                | .                      | settled
attempt failed              | .                 | .                      | .                      | queued                 | queued                 | .                      | .
attempt failed for good     | .                 | .                      | .                      | in_flight              | in_flight              | .                      | .
attempt failed, perhaps     | .                 | .                      | .                      | unknown                | unknown (no event)     | .                      | .
attempt unknown             | .                 | .                      | .                      | unknown                | unknown (no event)     | .                      | .
found paid                  | .                 | -wrong_state           | settled                | settled                | settled                | .                      | settled
found failed                | .                 | .                      | .                      | queued                 | queued                 | .                      | .
found failed, perhaps       | .                 | .                      | .                      | in_flight (no event)   | unknown (no event)     | .                      | .
found under way             | .                 | .                      | .                      | unknown                | unknown (no event)     | .                      | .
never sent                  | .                 | .                      | .                      | queued                 | queued                 | .                      | .
never sent, by another node | .                 | .                      | .                      | unknown                | unknown (no event)     | .                      | .
no answer                   | .                 | .                      | .                      | unknown                | unknown (no event)     | .                      | .`;

const CHAIN_TABLE = `
                        | awaiting_claim    | awaiting_approval | queued        | in_flight         | unknown           | settled       | cancelled
claimed                 | awaiting_approval | .                 | .             | .                 | .                 | .             | -wrong_state
approved                | -wrong_state      | queued            | .             | .                 | .                 | .             | -wrong_state
rejected                | cancelled         | cancelled         | -in_batch     | -in_flight        | -in_flight        | -wrong_state  | .
link expired            | cancelled         | .                 | .             | .                 | .                 | .             | .
link archived           | cancelled         | cancelled         | .             | .                 | .                 | .             | .
marked paid             | -wrong_state      | -wrong_state      | -in_batch     | -in_flight        | -in_flight        | .             | -wrong_state
failed by hand          | -wrong_state      | -wrong_state      | -wrong_state  | -wrong_state      | cancelled         | -wrong_state  | -wrong_state
due                     | .                 | .                 | .             | .                 | .                 | .             | .
resolved                | -wrong_method     | -wrong_method     | -wrong_method | -wrong_method     | -wrong_method     | -wrong_method | -wrong_method
attempt started         | -wrong_state      | -wrong_state      | -wrong_method | -in_flight        | -in_flight        | -wrong_state  | -wrong_state
found paid              | .                 | .                 | .             | .                 | .                 | .             | .
batched                 | -wrong_method     | -wrong_state      | .             | .                 | .                 | .             | -wrong_state
batched elsewhere       | -wrong_method     | -wrong_state      | -in_batch     | -in_batch         | -in_batch         | -in_batch     | -wrong_state
unbatched               | .                 | .                 | queued        | -in_flight        | -in_flight        | -wrong_state  | .
signed                  | -wrong_state      | -wrong_state      | in_flight     | .                 | .                 | .             | -wrong_state
signed in another batch | -wrong_state      | -wrong_state      | -in_batch     | -in_flight        | -in_flight        | -wrong_state  | -wrong_state
replaced                | -wrong_state      | -wrong_state      | -wrong_state  | in_flight         | in_flight         | -wrong_state  | -wrong_state
in the mempool          | .                 | -wrong_state      | in_flight     | in_flight         | in_flight         | .             | -wrong_state
in a block              | .                 | -wrong_state      | in_flight     | in_flight         | in_flight         | .             | in_flight
6 blocks deep           | .                 | -wrong_state      | settled       | settled           | settled           | .             | settled
its bump in a block     | .                 | -wrong_state      | in_flight     | in_flight         | in_flight         | .             | in_flight
reorged                 | .                 | .                 | .             | .                 | .                 | in_flight     | .
conflicted              | .                 | .                 | .             | unknown           | .                 | .             | .
conflicted for good     | .                 | .                 | .             | awaiting_approval | awaiting_approval | .             | .`;

describe('a payout becomes what the table says', () => {
  test('over Lightning', () => {
    expect(table(LIGHTNING_FACTS, of.LIGHTNING)).toBe(LIGHTNING_TABLE.slice(1));
  });

  test('on the chain', () => {
    expect(table(CHAIN_FACTS, of.ONCHAIN)).toBe(CHAIN_TABLE.slice(1));
  });
});
