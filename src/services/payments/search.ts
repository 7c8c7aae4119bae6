// The search box above a store's invoices: an order reference, an address, a transaction's id, a payment hash, a BOLT11 or an invoice's id. Called by
// list.tsx.

import { bolt11ByHash } from '../../adapters/db/bolt11-invoices.ts';
import { invoicesByScript, invoicesByTxid } from '../../adapters/db/read/search.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { readBolt11 } from '../../core/lightning/bolt11.ts';
import { Bolt11Error } from '../../core/lightning/bolt11-fields.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import { scriptOfAddress } from '../../core/wallet/address.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readInvoice, readPage } from './read.ts';

export interface SearchResult {
  invoices: InvoiceSnapshot[];
  /** What the text was taken for. */
  kind: 'address' | 'transaction' | 'payment hash' | 'BOLT11 invoice' | 'invoice' | 'order reference';
}

const MAX_FOUND = 25;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HASH = /^[0-9a-f]{64}$/i;
const TXID = /^(?:[0-9a-f]{64}|sim_[0-9a-f]{32}_\d+)$/i;

export async function search(deps: Deps, store: StoreRow, text: string): Promise<SearchResult> {
  if (UUID.test(text)) {
    const invoices = await read(deps, store, [text.toLowerCase()]);
    if (invoices.length > 0) return { invoices, kind: 'invoice' };
  }
  const bolt11Hash = hashOfBolt11(text.replace(/^lightning:/i, ''));
  const hash = bolt11Hash ?? (HASH.test(text) ? text.toLowerCase() : null);
  const mintedFor = hash === null ? null : (await bolt11ByHash(deps.db, store.id, hash))?.invoiceId;
  if (mintedFor) {
    return { invoices: await read(deps, store, [mintedFor]), kind: bolt11Hash ? 'BOLT11 invoice' : 'payment hash' };
  }
  // Of those that test mode has made up only the payments are kept.
  if (bolt11Hash !== null) {
    const ids = await invoicesByTxid(deps.db, store.id, bolt11Hash);
    return { invoices: await read(deps, store, ids), kind: 'BOLT11 invoice' };
  }
  if (TXID.test(text)) {
    const invoices = await read(deps, store, await invoicesByTxid(deps.db, store.id, text.toLowerCase()));
    if (invoices.length > 0) return { invoices, kind: 'transaction' };
  }
  const script = scriptOf(text.replace(/^bitcoin:/i, '').replace(/\?.*$/, ''));
  if (script !== null) {
    const ids = await invoicesByScript(deps.db, store.id, script);
    return { invoices: await read(deps, store, ids), kind: 'address' };
  }
  const { invoices } = await readPage(deps, { storeId: store.id, orderRef: text, limit: MAX_FOUND });
  return { invoices, kind: TXID.test(text) && invoices.length === 0 ? 'transaction' : 'order reference' };
}

/** Those of the store: an id of another one finds nothing. */
async function read(deps: Deps, store: StoreRow, ids: string[]): Promise<InvoiceSnapshot[]> {
  const found = await Promise.all(
    ids.slice(0, MAX_FOUND).map((id) =>
      readInvoice(deps, store.id, id).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'not_found') return null;
        throw error;
      }),
    ),
  );
  return found.filter((invoice) => invoice !== null);
}

/** null for what is no BOLT11. */
function hashOfBolt11(text: string): string | null {
  if (!/^ln/i.test(text)) return null;
  try {
    return readBolt11(text).paymentHash;
  } catch (error) {
    if (error instanceof Bolt11Error) return null;
    throw error;
  }
}

/** An address means one script, whichever network spells it. */
function scriptOf(text: string): string | null {
  for (const network of ['mainnet', 'testnet', 'signet', 'regtest'] as const) {
    try {
      return scriptOfAddress(text, network);
    } catch {
      // Not of this network, or no address at all.
    }
  }
  return null;
}
