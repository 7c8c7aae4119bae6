// What the deployment's operator may do with other accounts: see them, suspend them, reinstate them.

import { type AccountsPage, accountById, allAccounts, setSuspended } from '../../adapters/db/members.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { mustBe } from '../access/people.ts';
import type { Person } from '../access/sessions.ts';

/** @throws ApiError forbidden for all but the operator's owners */
export function mustOperate(person: Person): void {
  if (!person.account.isOperator) throw new ApiError('forbidden');
  mustBe(person, 'owner');
}

export async function listAllAccounts(deps: Deps, page: AccountsPage) {
  const rows = await allAccounts(deps.db, { ...page, limit: page.limit + 1 });
  const accounts = rows.slice(0, page.limit);
  const last = accounts.at(-1);
  return { accounts, next: rows.length > page.limit && last ? last : null };
}

/** @throws ApiError not_found */
export async function accountOf(deps: Deps, id: string) {
  const account = await accountById(deps.db, id);
  if (!account) throw new ApiError('not_found');
  return account;
}

/** @throws ApiError not_found, conflict for the operator's own */
export async function suspendable(deps: Deps, id: string) {
  const account = await accountOf(deps, id);
  if (account.isOperator) throw new ApiError('conflict', 'The operator’s own account cannot be suspended.');
  return account;
}

/**
 * A suspended account makes no invoices, and its people are let in nowhere; what is running is settled.
 * @throws ApiError as suspendable
 */
export async function suspend(deps: Deps, id: string, isSuspended: boolean) {
  const account = await suspendable(deps, id);
  if ((account.suspendedAtMs !== null) === isSuspended) return account;
  const suspendedAtMs = isSuspended ? deps.now() : null;
  await setSuspended(deps.db, id, suspendedAtMs);
  deps.log(isSuspended ? 'account.suspended' : 'account.reinstated', { account: id });
  return { ...account, suspendedAtMs };
}
