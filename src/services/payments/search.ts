// The search box above a store's invoices: an order reference, an address, a transaction's id or an invoice's id. Called by
// list.tsx.

import { invoicesByScript, invoicesByTxid } from '../../adapters/db/read/search.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import { scriptOfAddress } from '../../core/wallet/address.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readInvoice, readPage } from './read.ts';

export interface SearchResult {
  invoices: InvoiceSnapshot[];
  /** What the text was taken for. */
  kind: 'address' | 'transaction' | 'invoice' | 'order reference';
}

const MAX_FOUND = 25;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TXID = /^(?:[0-9a-f]{64}|sim_[0-9a-f]{32}_\d+)$/i;

export async function search(deps: Deps, store: StoreRow, text: string): Promise<SearchResult> {
  if (UUID.test(text)) {
    const invoices = await read(deps, store, [text.toLowerCase()]);
    if (invoices.length > 0) return { invoices, kind: 'invoice' };
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
