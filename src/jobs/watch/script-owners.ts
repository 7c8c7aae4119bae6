// Whose is a payment? As a rule a script was issued to one invoice. Where an address was given out again it is whose time
// the payment falls in: the newest invoice that had it by then. Called by scan.ts.

import { reclaimAddress } from '../../adapters/db/addresses.ts';
import { knownPayers, type Owner } from '../../adapters/db/watch.ts';
import type { Deps } from '../../deps.ts';

/** A transaction of a block, and the scripts of ours that it pays. */
export interface Paying {
  txid: string;
  scripts: string[];
}

/**
 * @param atMs the block's time: when a payment that was not seen before was sent at the latest
 * @returns by txid the owners that it pays: invoices, and permanent addresses whose deposits are still to be named
 */
export async function ownersOf(
  deps: Deps,
  paying: Paying[],
  owners: Owner[],
  atMs: number,
): Promise<Map<string, Owner[]>> {
  const byScript = Map.groupBy(owners, ({ script }) => script);
  const isShared = (script: string) => (byScript.get(script) ?? []).some(({ isCurrent, isOld }) => !isCurrent || isOld);
  const shared = paying.filter(({ scripts }) => scripts.some(isShared));
  const known =
    shared.length === 0
      ? []
      : await knownPayers(
          deps.db,
          idsOf(owners),
          shared.map(({ txid }) => txid),
        );
  const found = new Map<string, Owner[]>();
  for (const { txid, scripts } of paying) {
    const seenBy = new Set(known.filter((one) => one.txid === txid).map(({ invoiceId }) => invoiceId));
    const invoices = scripts.flatMap((script) => {
      // Two accounts may have registered one wallet; each of them is paid.
      const byWallet = Map.groupBy(byScript.get(script) ?? [], ({ walletId }) => walletId);
      return [...byWallet.values()].flatMap((candidates) => ownerAt(candidates, seenBy, atMs) ?? []);
    });
    for (const owner of invoices) {
      const hasNone = !owners.some(
        ({ script, walletId, isCurrent }) => script === owner.script && walletId === owner.walletId && isCurrent,
      );
      // The address waits in the pool: it received a payment, so it must not be issued.
      if (hasNone) await reclaimAddress(deps.db, owner.script, owner.invoiceId);
    }
    // What an old address held before its deposits were invoices stays with the invoice of its name.
    const named = invoices.map((owner) =>
      seenBy.has(owner.invoiceId) ? { ...owner, takesDeposits: 0 as const } : owner,
    );
    found.set(txid, [...new Map(named.map((owner) => [owner.invoiceId, owner])).values()]);
  }
  return found;
}

/** Who saw it in the mempool has it; else the newest that was made by then; else the first. */
function ownerAt(candidates: Owner[], seenBy: ReadonlySet<string>, atMs: number): Owner | undefined {
  const seen = candidates.find(({ invoiceId }) => seenBy.has(invoiceId));
  if (seen) return seen;
  const oldestFirst = candidates.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  return oldestFirst.findLast(({ createdAtMs }) => createdAtMs <= atMs) ?? oldestFirst[0];
}

function idsOf(owners: Owner[]): string[] {
  return owners.map(({ invoiceId }) => invoiceId);
}
