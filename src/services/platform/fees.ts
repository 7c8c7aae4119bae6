// Fees of accounts: shown and billed, as log-counts.ts has counted them.
// - An invoice's fee is due from the moment in which it is settled (paid, late_paid, overpaid), on a live chain. Where it
//   is settled no longer (reverted, back in review) the same amount is taken away at that moment.
// - A bill asks for everything until the end of a day less everything that was billed before. What was billed and
//   reversed later lowers the next bill by itself; while more was reversed than came together no bill is made.

import {
  type BillRow,
  billsOf,
  type Days,
  dueUpTo,
  type FeesRow,
  feesOfAccount,
  feesOfAccounts,
  insertBill,
} from '../../adapters/db/platform-fees.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import type { Person } from '../access/sessions.ts';
import { accountOf } from './accounts.ts';
import { countAccount } from './log-counts.ts';

export type { BillRow, Days };

const DAY_MS = 86_400_000;
/** Parts of the log that one question may count first. */
const MAX_PARTS = 20;
const MAX_BILLS = 500;

/** Fees as people read them. */
export interface Fees {
  account: { id: string; name: string };
  settledInvoices: number;
  volumeSats: bigint;
  accruedSats: bigint;
  /** By all bills so far. */
  billedSats: bigint;
  /** Of all days; below zero it is a credit. */
  unbilledSats: bigint;
}

const feesFrom = (row: FeesRow): Fees => ({
  account: { id: row.id, name: row.name },
  settledInvoices: row.settled,
  volumeSats: BigInt(row.volumeSats),
  accruedSats: BigInt(row.accruedSats),
  billedSats: BigInt(row.billedSats),
  unbilledSats: BigInt(row.everSats - row.billedSats),
});

interface FeesPage {
  after: { createdAtMs: number; id: string } | null;
  limit: number;
}

/** Of all accounts, page by page, as they were last counted. */
export async function listFees(deps: Deps, days: Days, { after, limit }: FeesPage) {
  const rows = await feesOfAccounts(deps.db, days, { after, limit: limit + 1 });
  const last = rows.at(limit - 1);
  return { fees: rows.slice(0, limit).map(feesFrom), next: rows.length > limit && last ? last : null };
}

/** One account's since its first day, as they were last counted. @throws ApiError not_found */
export async function readFees(deps: Deps, accountId: string): Promise<Fees> {
  const row = await feesOfAccount(deps.db, accountId, EVER);
  if (!row) throw new ApiError('not_found');
  return feesFrom(row);
}

const EVER: Days = { from: '0000-01-01', to: '9999-12-31' };

/** An account's bills, the newest first. @throws ApiError not_found */
export async function listBills(deps: Deps, accountId: string): Promise<BillRow[]> {
  await accountOf(deps, accountId);
  return billsOf(deps.db, accountId, MAX_BILLS);
}

/**
 * What a bill until the end of a day would ask for.
 * @throws ApiError not_found, validation_error; conflict where there is more to count than one call can
 */
export async function previewBill(deps: Deps, accountId: string, upTo: string): Promise<bigint> {
  await accountOf(deps, accountId);
  mustBeOver(deps, upTo);
  if (!(await countAccount(deps, accountId, MAX_PARTS))) {
    throw new ApiError('conflict', 'The fees of this account are still being counted. Ask again in a minute.');
  }
  return BigInt(await dueUpTo(deps.db, accountId, upTo));
}

/**
 * Bills an account until the end of a day. Asked again it answers with the bill that was made.
 * @throws ApiError as previewBill; conflict where a later bill exists or nothing is due
 */
export async function makeBill(deps: Deps, person: Person, accountId: string, upTo: string) {
  await previewBill(deps, accountId, upTo);
  const by = `user:${person.userId}`;
  const isNew = await insertBill(deps.db, { accountId, upTo, by, createdAtMs: deps.now() });
  const made = await billsOf(deps.db, accountId, MAX_BILLS);
  const bill = made.find((one) => one.upTo === upTo);
  if (bill) {
    if (isNew) deps.log('account.billed', { account: accountId, upTo, sats: bill.sats });
    return { bill, isNew };
  }
  const isLate = made.some((one) => one.upTo > upTo);
  throw new ApiError('conflict', isLate ? 'A later day has been billed already.' : 'Nothing is due until that day.');
}

/** Today is not billed: more may come. */
function mustBeOver(deps: Deps, day: string): void {
  if (day >= dayOf(deps.now())) throw new ApiError('validation_error', 'up_to: is not over yet.');
}

/** In UTC. */
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** From the first of the month until today, in UTC. */
export function thisMonth(nowMs: number): Days {
  const to = dayOf(nowMs);
  return { from: `${to.slice(0, 8)}01`, to };
}

/** The last day of the month before, in UTC. */
export function endOfLastMonth(nowMs: number): string {
  return dayOf(Date.parse(thisMonth(nowMs).from) - DAY_MS);
}
