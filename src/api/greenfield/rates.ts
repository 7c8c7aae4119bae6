// The exchange rates that a store's invoices are priced by, under Greenfield's names. Where they come from is the deployment's
// to say.

import { Hono } from 'hono';
import { allRates } from '../../db/rates.ts';
import type { StoredRate } from '../../db/schema.ts';
import { storeById } from '../../db/stores.ts';
import { isFresh } from '../../rates/freshness.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { keyHolder } from './auth.ts';
import { GreenfieldError, missing } from './errors.ts';
import { Query } from './query.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';
const READ_ONLY = {
  code: 'rates-not-configurable',
  message: 'Exchange rates come from the sources that the server has settled on: a store cannot change them.',
};

export function rateRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/', async (c) => {
    const { store } = await keyHolder(c, c.req.param('storeId'), VIEW);
    const { db, now } = c.get('deps');
    const rates = await allRates(db);
    const asked = new Query(c.req.url).all('currencyPair').flatMap((text) => text.split(','));
    const pairs = asked.length > 0 ? asked : [`BTC_${await currencyOf(c, store.id)}`];
    return c.json(pairs.map((pair) => rateOf(pair.trim().toUpperCase(), rates, now())));
  });

  app.get('/configuration/:source', async (c) => {
    const { store } = await keyHolder(c, c.req.param('storeId'), VIEW);
    if (c.req.param('source').toLowerCase() !== 'primary') throw missing('ratesource');
    const rates = await allRates(c.get('deps').db);
    const sources = rates[await currencyOf(c, store.id)]?.sources ?? [];
    return c.json({
      spread: '0',
      preferredSource: null,
      isCustomScript: true,
      effectiveScript: `BTC_X = median(${sources.map((source) => `${source}(BTC_X)`).join(', ')});`,
    });
  });

  const refuse = async (c: Ctx) => {
    await keyHolder(c, c.req.param('storeId'), MODIFY);
    throw new GreenfieldError(400, READ_ONLY);
  };
  app.put('/configuration/:source', refuse);
  app.post('/configuration/preview', refuse);
  return app;
}

async function currencyOf(c: Ctx, storeId: string): Promise<string> {
  return (await storeById(c.get('deps').db, storeId))?.currency ?? 'USD';
}

function rateOf(currencyPair: string, rates: Record<string, StoredRate>, nowMs: number) {
  const [, currency = ''] = /^BTC_([A-Z]{3,5})$/.exec(currencyPair) ?? [];
  if (currency === 'BTC') return { currencyPair, errors: [], rate: '1' };
  const stored = Object.hasOwn(rates, currency) ? rates[currency] : undefined;
  return stored && isFresh(stored.asOfMs, nowMs)
    ? { currencyPair, errors: [], rate: stored.rate }
    : { currencyPair, errors: ['No fresh exchange rate is known for this pair'], rate: null };
}
