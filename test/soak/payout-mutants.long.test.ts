// Each of these lines, wrong, lets a payout be paid twice, or cancelled and paid, or sent when it must not be: three hundred histories find it.

import { expect, it } from 'vitest';
import type { Mutant } from '../../src/dev/soak/mutant.ts';
import { soak } from '../../src/dev/soak/soak.ts';

const ATTEMPTS = 'core/payout/attempts.ts';
const LIGHTNING = 'core/payout/send-lightning.ts';

const MUTANTS: Mutant[] = [
  {
    name: 'what a node answers to a payment and is unknown is taken for failed',
    edits: [
      { file: LIGHTNING, text: "if (answer.state === 'failed' && answer.certain) return", becomes: 'if (true) return' },
    ],
  },
  {
    name: 'what a node answers to a look-up and is unknown is taken for failed',
    edits: [{ file: ATTEMPTS, text: "|| answer?.state === 'failed';", becomes: '|| answer !== null;' }],
  },
  {
    name: 'a look-up ends an attempt without a minute of quiet',
    edits: [{ file: ATTEMPTS, text: 'const QUIET_MS = MINUTE_MS;', becomes: 'const QUIET_MS = 0;' }],
  },
  {
    name: 'a failure that is weak counts when it is first said',
    edits: [
      {
        file: ATTEMPTS,
        text: "const isWeak = answer.state === 'failed' && !answer.certain;",
        becomes: 'const isWeak = false;',
      },
    ],
  },
  {
    name: 'another node than the one that was asked says what became of it',
    edits: [{ file: ATTEMPTS, text: '|| nodeId !== last.nodeId) return', becomes: ') return' }],
  },
  {
    name: 'a payment is sent without regard to the look-up before it',
    edits: [
      {
        file: ATTEMPTS,
        text: "return answer.state === 'never' || (answer.state === 'failed' && (answer.certain || earlier.length > 0));",
        becomes: 'return true;',
      },
    ],
  },
  {
    name: 'a wrong preimage is believed',
    edits: [{ file: ATTEMPTS, text: "if (answer.state !== 'settled') return answer;", becomes: 'return answer;' }],
  },
  {
    name: 'what was tried is cancelled without a look-up',
    edits: [
      {
        file: LIGHTNING,
        text: 'if (payout.attempts.length === 0 || payout.paymentHash === null) return',
        becomes: 'return',
      },
    ],
  },
  {
    name: 'a look-up that comes early ends an attempt',
    edits: [{ file: LIGHTNING, text: "if (proven === 'failed') {", becomes: "if (proven !== 'nothing') {" }],
  },
  {
    // Either of the two lines keeps a payout to its payment hash.
    name: 'a Lightning address is resolved again for each attempt',
    edits: [
      {
        file: 'jobs/pay/turn.ts',
        text: 'const known = payout.paymentHash === null ?',
        becomes: 'const known = true ?',
      },
      {
        file: LIGHTNING,
        text: "if (payout.paymentHash !== null) return refused('payment_hash_is_fixed');",
        becomes: '',
      },
    ],
  },
  {
    name: 'an attempt is written down after a stop that came meanwhile',
    edits: [
      {
        file: 'services/payouts/move.ts',
        text: 'letsMoneyGo(fact) ? maySendNow(payout.storeId, payer) : ',
        becomes: '',
      },
    ],
  },
];

it.each(MUTANTS)('$name: it is found', { timeout: 15 * 60_000 }, async (mutant) => {
  const failures = await soak({ game: 'payouts', seed: 'mutants', first: 0, count: 300, workers: 1, mutant });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(/^History /);
});
