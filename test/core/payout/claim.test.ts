// Which claims a pull payment takes.

import { expect, test } from 'vitest';
import { linkProblem } from '../../../src/core/payout/claim.ts';
import { NOW_MS, pullPayment } from './support.ts';

test('a pull payment takes claims from its start to its end, until it is archived', () => {
  const limited = pullPayment({ startsAtMs: NOW_MS, expiresAtMs: NOW_MS + 1 });
  expect(linkProblem(pullPayment(), NOW_MS)).toBeNull();
  expect(linkProblem(limited, NOW_MS - 1)).toBe('not_started');
  expect(linkProblem(limited, NOW_MS)).toBeNull();
  expect(linkProblem(limited, NOW_MS + 1)).toBe('expired');
  expect(linkProblem({ ...limited, archivedAtMs: NOW_MS }, NOW_MS)).toBe('archived');
});
