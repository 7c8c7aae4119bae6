// The store's Lightning addresses in BTCPay Server's shape: amounts in sats, and one POST that adds or changes. Composed by routes.ts.

import * as z from 'zod';
import { ApiError, blamed } from '../../../errors.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import {
  addName,
  changeName,
  type LightningName,
  listNames,
  readName,
  removeName,
  USUAL_TERMS,
} from '../../../services/lnurl/names.ts';
import { bodyFields, checked } from './body.ts';
import { GreenfieldError, invalid, orMissing } from './errors.ts';
import { operation } from './operation.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';
const NAMES = '/stores/{storeId}/lightning-addresses';

const WHOLE_SATS = 'has to be a whole number of sats, 1 or more';
const sats = z.preprocess(
  (input) => (typeof input === 'string' && /^\d{1,12}$/.test(input) ? Number(input) : input),
  z.int(WHOLE_SATS).min(1, WHOLE_SATS),
);

const address = z.object({
  min: sats.default(USUAL_TERMS.minSats),
  max: sats.default(USUAL_TERMS.maxSats),
  // What cannot be kept is refused: left out silently, a shop would miss it in each payment.
  currencyCode: z.enum(['BTC', 'SATS'], 'has to be BTC or left out: a payer enters bitcoin').optional(),
  invoiceMetadata: z.strictObject({}, 'is not supported: read lightning_address in the invoice’s metadata').optional(),
});

export const lightningAddressesApi = [
  operation(`GET ${NAMES}`, VIEW, async ({ deps, caller: { store } }) => (await listNames(deps, store)).map(nameData)),

  operation(`GET ${NAMES}/{username}`, VIEW, async ({ deps, caller: { store }, params }) =>
    nameData(await readName(deps, store, params.username).catch(orMissing('lightning-address'))),
  ),

  operation(`POST ${NAMES}/{username}`, MODIFY, async ({ c, deps, caller, params }) => {
    const { min, max } = checked(address, await bodyFields(c, Object.keys(address.shape)));
    const [store, bounds] = [await readStore(deps, caller.store.id), { minSats: min, maxSats: max }];
    const saved = changeName(deps, store, params.username, bounds).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.code === 'not_found')) throw error;
      return addName(deps, store, params.username, { ...USUAL_TERMS, ...bounds });
    });
    return nameData(await saved.catch(inItsWords));
  }),

  operation(`DELETE ${NAMES}/{username}`, MODIFY, async ({ c, deps, caller: { store }, params }) => {
    await removeName(deps, store, params.username).catch(orMissing('lightning-address'));
    return c.body(null);
  }),
];

function nameData({ name, minSats, maxSats }: LightningName) {
  return { username: name, currencyCode: null, min: minSats, max: maxSats, invoiceMetadata: null };
}

const FIELDS: Record<string, string> = { name: 'Username', min_sats: 'Min', max_sats: 'Max' };

function inItsWords(error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  const { field, words } = blamed(error.message);
  if (error.code === 'conflict' && field === 'name')
    throw new GreenfieldError(400, { code: 'username-already-used', message: words });
  const path = FIELDS[field ?? ''];
  throw path === undefined ? error : invalid({ path, message: words });
}
