// /v1/platform: for the deployment's operator, who may suspend accounts and reinstate them; settings, fees and reviews are
// in files of their own.

import * as z from 'zod';
import { listAllAccounts, suspend } from '../../../services/platform/accounts.ts';
import { iso } from './iso.ts';
import { ok, operation } from './operation.ts';
import { feeApi } from './platform-fees.ts';
import { nextCursorOf, OPERATOR, PAGE_NOTES, pageQuery } from './platform-page.ts';
import { reviewApi } from './platform-reviews.ts';
import { settingsApi } from './platform-settings.ts';

interface AccountRow {
  id: string;
  name: string;
  isOperator: boolean;
  suspendedAtMs: number | null;
  createdAtMs: number;
}

const accountBody = (row: AccountRow) => ({
  id: row.id,
  name: row.name,
  operator: row.isOperator,
  suspended_at: row.suspendedAtMs === null ? null : iso(row.suspendedAtMs),
  created_at: iso(row.createdAtMs),
});

const tag = 'Platform';

const platformAccountApi = [
  operation('GET /v1/platform/accounts', () => ({
    id: 'listPlatformAccounts',
    tag,
    summary: 'List all accounts',
    who: OPERATOR,
    query: { schema: z.strictObject(pageQuery), notes: PAGE_NOTES },
    answers: [ok('platformAccounts', 'A page of them.')],
    async run({ deps, query: { limit, cursor = null } }) {
      const { accounts, next } = await listAllAccounts(deps, { limit, after: cursor });
      return { accounts: accounts.map(accountBody), next_cursor: nextCursorOf(next) };
    },
  })),

  operation('POST /v1/platform/accounts/{id}/suspend', () => ({
    id: 'suspendAccount',
    tag,
    summary: 'Suspend an account',
    description: 'Its people and keys are refused. Existing invoices are still watched and announced.',
    who: OPERATOR,
    answers: [ok('platformAccountAnswer')],
    errors: ['conflict'],
    run: async ({ deps, params }) => ({ account: accountBody(await suspend(deps, params.id, true)) }),
  })),

  operation('POST /v1/platform/accounts/{id}/reinstate', () => ({
    id: 'reinstateAccount',
    tag,
    summary: 'Reinstate an account',
    who: OPERATOR,
    answers: [ok('platformAccountAnswer')],
    errors: ['conflict'],
    run: async ({ deps, params }) => ({ account: accountBody(await suspend(deps, params.id, false)) }),
  })),
];

export const platformApi = [...platformAccountApi, ...settingsApi, ...feeApi, ...reviewApi];
