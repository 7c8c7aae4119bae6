// The exchange rates that a store's invoices are priced by, under Greenfield's names. Where they come from is the deployment's
// to say.

import * as z from 'zod';
import { readStore } from '../../../services/accounts/stores.ts';
import { type KnownRate, readRates } from '../../../services/payments/rates.ts';
import type { Ctx } from '../http.ts';
import { bodyFields, checked, flag, numeric } from './body.ts';
import { GreenfieldError, invalid, notPartOfIt } from './errors.ts';
import { MEDIAN } from './misc.ts';
import { operation } from './operation.ts';
import { Query } from './query.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';
const FIXED = 'Exchange rates come from the sources that the server has settled on: a store cannot change them.';

const configuration = z.object({
  spread: numeric(0, 100).optional(),
  preferredSource: z.string('has to be a text').optional(),
  isCustomScript: flag.optional(),
  effectiveScript: z.string('has to be a text').optional(),
});
const CONFIGURATION = Object.keys(configuration.shape);
const CURRENT = '/stores/{storeId}/rates/configuration';
const ONE_SOURCE = `${CURRENT}/{source}`;

export const rateApi = [
  operation('GET /stores/{storeId}/rates', VIEW, async ({ c, caller: { store } }) => ratesAsked(c, store.id)),

  ...([CURRENT, ONE_SOURCE] as const).flatMap((path) => [
    operation(`GET ${path}`, VIEW, async ({ c, caller: { store } }) => {
      primaryOnly(c);
      return configurationOf(c, store.id);
    }),

    // A client may say what is so already: shops save their whole configuration.
    operation(`PUT ${path}`, MODIFY, async ({ c, caller: { store } }) => {
      primaryOnly(c);
      return sameAsNow(c, store.id);
    }),
  ]),

  operation(`POST ${CURRENT}/preview`, MODIFY, async ({ c, caller: { store } }) => {
    await sameAsNow(c, store.id);
    return ratesAsked(c, store.id);
  }),
];

/** @throws GreenfieldError 404 */
function primaryOnly(c: Ctx): void {
  const source = c.req.param('source')?.toLowerCase() ?? 'primary';
  if (source === 'fallback') {
    throw new GreenfieldError(404, { code: 'fallback-disabled', message: 'The fallback rates are disabled' });
  }
  if (source !== 'primary') throw notPartOfIt();
}

async function configurationOf(c: Ctx, storeId: string) {
  const rates = await readRates(c.get('deps'));
  const sources = rates[await currencyOf(c, storeId)]?.sources ?? [];
  return {
    // A number: of the amounts in Greenfield's answers it is the one that BTCPay Server does not write as text.
    spread: 0,
    preferredSource: MEDIAN.id,
    isCustomScript: false,
    effectiveScript: `BTC_X = median(${sources.map((source) => `${source}(BTC_X)`).join(', ')});`,
  };
}

/** @throws GreenfieldError 422 for every field that says otherwise */
async function sameAsNow(c: Ctx, storeId: string) {
  const now = await configurationOf(c, storeId);
  const { spread, preferredSource, isCustomScript, effectiveScript } = checked(
    configuration,
    await bodyFields(c, CONFIGURATION),
  );
  const problems = [
    ...(spread ? ['Spread'] : []),
    ...(!preferredSource || preferredSource === now.preferredSource ? [] : ['PreferredSource']),
    ...(isCustomScript ? ['IsCustomScript'] : []),
    ...(!effectiveScript || effectiveScript === now.effectiveScript ? [] : ['EffectiveScript']),
  ];
  if (problems.length > 0) throw invalid(...problems.map((path) => ({ path, message: FIXED })));
  return now;
}

async function ratesAsked(c: Ctx, storeId: string) {
  const rates = await readRates(c.get('deps'));
  const asked = new Query(c.req.url).all('currencyPair').flatMap((text) => text.split(','));
  const pairs = asked.length > 0 ? asked : [`BTC_${await currencyOf(c, storeId)}`];
  return pairs.map((pair) => rateOf(pair.trim().toUpperCase(), rates));
}

async function currencyOf(c: Ctx, storeId: string): Promise<string> {
  return (await readStore(c.get('deps'), storeId)).currency;
}

function rateOf(currencyPair: string, rates: Record<string, KnownRate>) {
  const [, currency = ''] = /^BTC_([A-Z]{3,5})$/.exec(currencyPair) ?? [];
  if (currency === 'BTC') return { currencyPair, errors: [], rate: '1' };
  const stored = Object.hasOwn(rates, currency) ? rates[currency] : undefined;
  return stored?.isFresh
    ? { currencyPair, errors: [], rate: stored.rate }
    : { currencyPair, errors: ['No fresh exchange rate is known for this pair'], rate: null };
}
