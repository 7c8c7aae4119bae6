// A list that asks for one of Greenfield's statuses looks only where an invoice of that status can be: none may be anywhere
// else, whatever has happened to it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mark, Payment } from '../../../src/core/invoice/invoice.ts';
import { shopStatus } from '../../../src/core/invoice/shop-status.ts';
import { WITHIN } from '../../../src/http/api/greenfield/invoice-list.ts';
import {
  advance,
  begin,
  CREATED_MS,
  DEADLINE_MS,
  EXPIRES_MS,
  invoice,
  MINUTE_MS,
  mempool,
  mined,
  terms,
} from '../invoice/support.ts';

const payment: fc.Arbitrary<Payment> = fc
  .record({
    sats: fc.constantFrom(40_000n, 60_000n, 100_000n, 150_000n),
    confirmations: fc.constantFrom(null, 1, 3),
    firstSeenMs: fc.constantFrom(CREATED_MS + 1, EXPIRES_MS + 1, DEADLINE_MS + 1),
    gone: fc.constantFrom(false, false, true),
  })
  .map(({ sats, confirmations, firstSeenMs, gone }) => {
    const made = confirmations === null ? mempool(sats, { firstSeenMs }) : mined(sats, confirmations, { firstSeenMs });
    return gone ? { ...made, state: 'replaced' } : made;
  });
const mark = fc
  .constantFrom('cancelled', 'review_opened', 'review_accepted', 'review_rejected', 'marked_settled', 'marked_invalid')
  .map((kind) => ({ kind, atMs: CREATED_MS + 2, by: 'somebody', reason: 'r', note: '' }) as unknown as Mark);
const step = fc.record({
  payments: fc.array(payment, { maxLength: 3 }),
  marks: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Mark[]>([]) },
    { weight: 1, arbitrary: fc.array(mark, { maxLength: 2 }) },
  ),
  atMs: fc.constantFrom(CREATED_MS + MINUTE_MS, EXPIRES_MS + 2, DEADLINE_MS + 2),
});

test('an invoice is found under the native statuses that its Greenfield status is looked for in', () => {
  const found = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 1, 2), (steps, confThreshold) => {
      let story = begin({ terms: terms({ confThreshold }) });
      for (const { payments, marks, atMs } of steps) {
        const before = story.facts;
        story = advance(story, { payments, marks: [...before.marks, ...marks], lookedAtMs: atMs }, atMs);
        const { facts, assessment } = story;
        // As payments/commit.ts writes it.
        if (assessment.timeUp) facts.history.time_up ??= atMs;
        const { status } = assessment;
        const state = {
          invoice: invoice({ ...facts.terms, marks: [...facts.marks], history: facts.history, status }),
          payments: facts.payments,
        };
        const shown = shopStatus(state).status;
        found.add(shown);
        // Its payment is gone after its time: until the next look, a minute later, it is in no list of the expired.
        if (status === 'pending' && shown === 'Expired') continue;
        expect(WITHIN[shown], `${status} is shown as ${shown}`).toContain(status);
      }
    }),
    { numRuns: 3_000 },
  );
  expect([...found].sort()).toEqual(Object.keys(WITHIN).sort());
});
