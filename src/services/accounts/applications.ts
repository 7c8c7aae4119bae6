// Greenfield's authorize page behind the scenes: a shop's plugin asks a merchant for an API key, and the merchant says for
// which store. The key is made for that plugin and its redirect; the same plugin asking again gets a new one for the old.

import { keysOfApplication } from '../../adapters/db/keys.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { readUrl } from '../../core/text/urls.ts';
import { shortened } from '../../core/text/well-formed.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { A_PERSON, type IssuedKey, issueKey } from './api-keys.ts';

/** What a plugin asks for, as its link says it (BTCPay Greenfield API, "Authorize"). */
export interface ApplicationRequest {
  /** As they stand in the link, each once, without unknown names. */
  permissions: Permission[];
  name: string | null;
  identifier: string | null;
  /** Where the key goes; null: it is shown to the merchant. */
  redirect: string | null;
  /** The merchant may not leave any of the permissions out. */
  isStrict: boolean;
}

const MAX_NAME = 100;

/** Never throws: what makes no sense is as if it had not been said. */
export function readApplicationRequest(query: URLSearchParams): ApplicationRequest {
  const asked = query.getAll('permissions').flatMap((value) => value.split(','));
  const text = (name: string) => shortened(query.get(name)?.trim() ?? '', MAX_NAME) || null;
  return {
    permissions: PERMISSIONS.filter((known) => asked.some((name) => name.trim().split(':')[0] === known)),
    name: text('applicationName'),
    identifier: text('applicationIdentifier'),
    redirect: redirectOf(query.get('redirect')),
    isStrict: query.get('strict')?.toLowerCase() !== 'false',
  };
}

/** An absolute web address, with its own query; anything else is none. */
function redirectOf(redirect: string | null): string | null {
  const read = readUrl(redirect ?? '', 'web');
  return 'url' in read ? read.url.href : null;
}

/** PrestaShop's plugin asks for exactly these, and its library reads the shapes of BTCPay Server 1.x alone. */
const ASKED_BY_1X: Permission[] = [
  'btcpay.store.canmodifystoresettings',
  'btcpay.store.webhooks.canmodifywebhooks',
  'btcpay.store.canviewstoresettings',
  'btcpay.store.cancreateinvoice',
  'btcpay.store.canviewinvoices',
  'btcpay.store.canmodifyinvoices',
];

/** Does an application with these permissions expect the old shapes? The merchant can override it. */
export function wantsOldShapes(permissions: readonly Permission[]): boolean {
  return permissions.length === ASKED_BY_1X.length && ASKED_BY_1X.every((name) => permissions.includes(name));
}

/** Of these stores, the ones that the same application has a key for already. */
export async function connectedStores(
  deps: Deps,
  { identifier, redirect }: ApplicationRequest,
  stores: readonly StoreRow[],
): Promise<StoreRow[]> {
  if (identifier === null || redirect === null) return [];
  const keys = await keysOfApplication(
    deps.db,
    stores.map(({ id }) => id),
    { identifier, redirect },
    deps.now(),
  );
  return stores.filter(({ id }) => keys.some(({ storeId }) => storeId === id));
}

/**
 * Makes the key: a live one, which goes on working when the store goes live. Keys that the same application had for this
 * store end.
 * @throws ApiError validation_error without any permission; conflict
 */
export async function authorize(
  deps: Deps,
  store: StoreRow,
  request: ApplicationRequest,
  choice: { label: string; permissions: Permission[]; oldShapes: boolean },
): Promise<IssuedKey> {
  if (choice.permissions.length === 0) throw new ApiError('validation_error', 'permissions: tick at least one.');
  const { identifier, redirect } = request;
  const application = identifier === null || redirect === null ? null : { identifier, redirect };
  const { label, permissions, oldShapes } = choice;
  return issueKey(deps, store, { label, environment: 'live', permissions, application, oldShapes }, A_PERSON);
}
