// A store with a Lightning address, as wallets see it: they know its name alone. Used by the tests of this folder.

import { claimName } from '../../../src/adapters/db/lightning-names.ts';
import { USUAL_TERMS } from '../../../src/services/lnurl/names.ts';
import { openLightningMerchant } from '../../support/lightning.ts';
import { browse } from '../../support/live.ts';
import { bindings, type Merchant, type MerchantOptions, openMerchant } from '../../support/merchant.ts';

interface LnurlAnswer {
  status?: string;
  reason?: string;
  tag?: string;
  callback: string;
  minSendable: number;
  maxSendable: number;
  metadata: string;
  commentAllowed?: number;
  pr: string;
  verify: string;
  settled?: boolean;
  preimage?: string | null;
  [field: string]: unknown;
}

/** A request as a wallet sends it, from this address. */
export async function ask(merchant: Merchant, url: string, ip?: string): Promise<LnurlAnswer> {
  const { pathname, search } = new URL(url, 'https://pay.test');
  const headers: Record<string, string> = ip === undefined ? {} : { 'cf-connecting-ip': ip };
  const response = await browse(merchant, pathname + search, headers);
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  if (response.headers.get('access-control-allow-origin') !== '*') throw new Error('not for every origin');
  return response.json();
}

async function named(merchant: Merchant, terms: object) {
  const name = `shop-${merchant.store.id.slice(0, 13)}`;
  const row = { ...USUAL_TERMS, name, storeId: merchant.store.id, enabled: true, createdAtMs: 1, removedAtMs: null };
  await claimName(merchant.deps.db, { ...row, ...terms }, 50);
  const first = (as = name) => ask(merchant, `/.well-known/lnurlp/${as}`);
  const pay = async (msat: number | string, more: Record<string, string> = {}, ip?: string) => {
    const { callback } = await first();
    return ask(merchant, `${callback}?${new URLSearchParams({ amount: String(msat), ...more })}`, ip);
  };
  const invoices = async () => {
    const { results } = await bindings.DB.prepare('SELECT id, status, metadata FROM invoices WHERE store_id = ?')
      .bind(merchant.store.id)
      .all<{ id: string; status: string; metadata: string }>();
    return results;
  };
  const rows = async () => {
    const { results } = await bindings.DB.prepare('SELECT * FROM bolt11_invoices WHERE store_id = ?')
      .bind(merchant.store.id)
      .all<Record<string, unknown>>();
    return results;
  };
  return { name, first, pay, invoices, rows };
}

/** Live, with a node that mints over hashes. */
export async function openPaidName(terms: object = {}, options: MerchantOptions = {}) {
  const merchant = await openLightningMerchant(options);
  await bindings.DB.prepare(`UPDATE connections SET capabilities = '{"descriptionHashes":true}' WHERE id = ?`)
    .bind(merchant.connectionId)
    .run();
  return { merchant, node: merchant.node, ...(await named(merchant, terms)) };
}

/** In test mode, where no node is asked. */
export async function openTestName(terms: object = {}) {
  const merchant = await openMerchant();
  return { merchant, ...(await named(merchant, terms)) };
}
