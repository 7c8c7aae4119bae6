// Looks up whether the next addresses of a wallet have been used before, so that an address with a history is never
// issued. Runs in parts within the explorers' budgets: the first part when a wallet is registered, the rest in the sweeps;
// and again whenever the pool has grown. Called by rounds.ts.

import {
  addressesFrom,
  type FreeAddress,
  finishCheck,
  type InTurn,
  recordChecked,
  uncheckedWallets,
  walletById,
} from '../../adapters/db/wallet-history.ts';
import type { WalletRow } from '../../adapters/db/wallets.ts';
import { noAnswer } from '../../adapters/explorers/explorer.ts';
import type { Urgency } from '../../adapters/explorers/pool.ts';
import type { Deps } from '../../deps.ts';
import { refillPool } from '../../services/payments/pool.ts';
import type { Round } from './look.ts';

/** So many unused addresses in a row end a look-up, as in most wallets (BIP 44). */
const UNUSED_IN_A_ROW = 20;
/** Most addresses looked up one by one during a registration, and after the pool has grown. */
const FIRST_PART = 60;
/** Of one wallet in one sweep. */
const SWEEP_PART = 10;
const PARALLEL = 5;

/** Of a new wallet the first part, during its registration; of a known one the addresses derived since. */
export async function checkWallet(deps: Deps, round: Round, walletId: string): Promise<void> {
  const wallet = await walletById(deps.db, walletId);
  if (wallet?.network !== deps.config.NETWORK) return;
  if (wallet.historyCheckedAtMs === null) return checkPart(deps, round, walletId, 'hot', FIRST_PART);
  const derived = await addressesFrom(deps.db, walletId, wallet.checkedBelow, FIRST_PART);
  await checkAddresses(deps, round, wallet, 'sweep', derived);
}

/**
 * What registrations have left, and wallets from before addresses were looked up: the newest one, for which a merchant may wait
 * for, and the next in turn, so that one whose look-up gets no answer holds up no other.
 * @param last whose turn it was before
 * @returns whose turn it was now
 */
export async function checkNextWallets(deps: Deps, round: Round, last: InTurn | null): Promise<InTurn | null> {
  const [newest, next] = await uncheckedWallets(deps.db, deps.config.NETWORK, last);
  for (const id of new Set([newest?.id, next?.id])) {
    if (id === undefined) continue;
    // A wallet that cannot be opened must not keep the others waiting.
    await checkPart(deps, round, id, 'sweep', SWEEP_PART).catch((error) =>
      deps.log('watch.wallet_check_failed', { wallet: id, error: String(error).slice(0, 200) }),
    );
  }
  return next ?? null;
}

async function checkPart(deps: Deps, round: Round, walletId: string, urgency: Urgency, most: number): Promise<void> {
  for (let left = most; left > 0; ) {
    const wallet = await walletById(deps.db, walletId);
    if (!wallet || wallet.historyCheckedAtMs !== null || wallet.network !== deps.config.NETWORK) return;
    const end = Math.max(wallet.poolFloor, wallet.fundedIndex + 1) + UNUSED_IN_A_ROW;
    if (wallet.checkedBelow >= end) return finishCheck(deps.db, wallet.id, deps.now());
    const next = await nextAddresses(deps, wallet, Math.min(end - wallet.checkedBelow, left));
    const checked = await checkAddresses(deps, round, wallet, urgency, next);
    if (checked === 0) return;
    left -= checked;
  }
}

/** @returns how many were looked up, from the first on */
async function checkAddresses(
  deps: Deps,
  round: Round,
  wallet: WalletRow,
  urgency: Urgency,
  next: FreeAddress[],
): Promise<number> {
  const used = await usedAmong(round, urgency, next);
  const checked = next.slice(0, used.length);
  const last = checked.at(-1);
  if (!last) return 0;
  const usedIndexes = checked.filter((_, position) => used[position]).map(({ index }) => index);
  await recordChecked(deps.db, wallet, { used: usedIndexes, below: last.index + 1 }, deps.now());
  return checked.length;
}

/** Derives more where the pool ends. */
async function nextAddresses(deps: Deps, wallet: WalletRow, limit: number): Promise<FreeAddress[]> {
  const next = await addressesFrom(deps.db, wallet.id, wallet.checkedBelow, limit);
  if (next.length > 0) return next;
  await refillPool(deps, wallet);
  return addressesFrom(deps.db, wallet.id, wallet.checkedBelow, limit);
}

/** In order, as far as the explorers answered and their budgets went. */
async function usedAmong({ pool, tip }: Round, urgency: Urgency, next: FreeAddress[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  const affordable = pool.affordable(tip.height, urgency);
  for (let at = 0; at < Math.min(next.length, affordable); at += PARALLEL) {
    const together = next.slice(at, Math.min(at + PARALLEL, affordable));
    const used = await Promise.all(together.map(({ address }) => isUsed({ pool, tip }, urgency, address)));
    const known = used.indexOf(null);
    answers.push(...(known < 0 ? used : used.slice(0, known)).map((one) => one === true));
    if (known >= 0) break;
  }
  return answers;
}

/** Where one explorer says so, a second one is asked: a lie must not push the merchant's money past the gap limit. */
async function isUsed({ pool, tip }: Round, urgency: Urgency, address: string): Promise<boolean | null> {
  const said = await pool.ask(tip.height, urgency, (explorer) => explorer.isUsed(address)).catch(noAnswer);
  if (said !== true || pool.size === 1) return said;
  const all = await pool.askAll(tip.height, (explorer) => explorer.isUsed(address), urgency);
  return all.every((one) => one);
}
