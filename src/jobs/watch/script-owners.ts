// Whose is a payment? As a rule a script was issued to one invoice. Where an address was given out again it is whose time
// the payment falls in: the newest invoice that had it by then. Called by scan.ts.

import { reclaimAddress } from '../../adapters/db/addresses.ts';
import { knownPayers, type Owner } from '../../adapters/db/watch.ts';
import { depositInvoiceId } from '../../core/deposit/deposit.ts';
import type { Deps } from '../../deps.ts';

/** A transaction of a block, as far as it pays scripts of ours. */
interface Paying {
  txid: string;
  outputs: { vout: number; script: string }[];
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
  const shared = paying.filter(({ outputs }) => outputs.some(({ script }) => isShared(script)));
  const known = shared.length === 0 ? [] : await knownOwners(deps, shared, owners);
  const found = new Map<string, Owner[]>();
  for (const { txid, outputs } of paying) {
    const own = known.filter((one) => one.txid === txid);
    const seenBy = new Set(own.map(({ ownerId }) => ownerId));
    const scripts = new Set(outputs.map(({ script }) => script));
    const invoices = [...scripts].flatMap((script) => {
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
    const isOld = ({ invoiceId }: Owner) => own.some((one) => one.invoiceId === invoiceId);
    const named = invoices.map((owner) => (isOld(owner) ? { ...owner, takesDeposits: 0 as const } : owner));
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

/** Which owners have a payment by these transactions; that of a permanent address is under the name of its deposit. */
async function knownOwners(
  deps: Deps,
  paying: Paying[],
  owners: Owner[],
): Promise<{ ownerId: string; invoiceId: string; txid: string }[]> {
  const ownerOf = new Map(owners.map(({ invoiceId }) => [invoiceId, invoiceId]));
  for (const { invoiceId: addressId, script, takesDeposits } of owners) {
    if (!takesDeposits) continue;
    for (const { txid, outputs } of paying) {
      const paid = outputs.filter((output) => output.script === script);
      for (const { vout } of paid) ownerOf.set(depositInvoiceId(addressId, `${txid}:${vout}`), addressId);
    }
  }
  const txids = paying.map(({ txid }) => txid);
  const known = await knownPayers(deps.db, [...ownerOf.keys()], txids);
  return known.map((one) => ({ ...one, ownerId: ownerOf.get(one.invoiceId) ?? one.invoiceId }));
}
