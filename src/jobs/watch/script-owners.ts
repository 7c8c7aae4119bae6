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
 * @returns by txid the invoices that it pays
 */
export async function ownersOf(
  deps: Deps,
  paying: Paying[],
  owners: Owner[],
  atMs: number,
): Promise<Map<string, string[]>> {
  const byScript = Map.groupBy(owners, ({ script }) => script);
  const isShared = (script: string) => (byScript.get(script) ?? []).some(({ isCurrent }) => !isCurrent);
  const shared = paying.filter(({ scripts }) => scripts.some(isShared));
  const known =
    shared.length === 0
      ? []
      : await knownPayers(
          deps.db,
          idsOf(owners),
          shared.map(({ txid }) => txid),
        );
  const found = new Map<string, string[]>();
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
    found.set(txid, [...new Set(idsOf(invoices))]);
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
