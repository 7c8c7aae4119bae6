// A store as Greenfield's clients see it: its settings, and how it can be paid. What BTCPay Server can do and SatLane does not
// is said to be off.

import { Hono } from 'hono';
import { ON_CHAIN } from '../../../core/dialects/greenfield/events.ts';
import { confirmationsFor } from '../../../core/invoice/policy.ts';
import { ApiError, blamed } from '../../../errors.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { currentKey } from '../../../services/accounts/api-keys.ts';
import { readStore, type StoreRow, updateStore } from '../../../services/accounts/stores.ts';
import { readWallet } from '../../../services/wallets/wallets.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { keyHolder } from './auth.ts';
import { bodyFields } from './body.ts';
import { invalid, missing } from './errors.ts';
import { speedPolicyOf } from './invoice-data.ts';
import { methodId } from './method-ids.ts';
import { flagOf } from './query.ts';
import { rateRoutes } from './rates.ts';
import { STORE_FIELDS, settingsIn } from './store-settings.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';

export function storeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/', async (c) => {
    const { store } = await keyHolder(c, undefined, VIEW);
    return c.json([await storeData(c, store.id)]);
  });

  app.get('/:storeId', async (c) => {
    const { store } = await keyHolder(c, c.req.param('storeId'), VIEW);
    return c.json(await storeData(c, store.id));
  });

  app.put('/:storeId', async (c) => {
    const deps = c.get('deps');
    const { store } = await keyHolder(c, c.req.param('storeId'), MODIFY);
    const row = await readStore(deps, store.id);
    const settings = settingsIn(await bodyFields(c, STORE_FIELDS), row, speedPolicyOf(usualConfirmations(row)));
    await updateStore(deps, row, settings).catch((error: unknown) => {
      throw error instanceof ApiError && error.code === 'invalid_currency'
        ? invalid({ path: 'DefaultCurrency', message: blamed(error.message).words })
        : error;
    });
    return c.json(await storeData(c, store.id));
  });

  app.get('/:storeId/payment-methods', async (c) => {
    const deps = c.get('deps');
    const includeConfig = flagOf(c.req.url, 'includeConfig', false);
    const caller = await keyHolder(c, c.req.param('storeId'), includeConfig ? MODIFY : VIEW);
    const { oldShapes } = await currentKey(deps, caller.store.id, caller.keyHash);
    const methods = await methodsOf(c, caller, includeConfig || oldShapes);
    if (!oldShapes) return c.json(methods.map((method) => newShape(method, includeConfig)));
    return c.json(
      Object.fromEntries(
        methods.map(({ config }) => ['BTC', { enabled: true, cryptoCode: 'BTC', data: { ...SECRET, ...config } }]),
      ),
    );
  });

  // Both as BTCPay Server 1.x has them: a client of 2.x never asks for these.
  app.get('/:storeId/payment-methods/OnChain', async (c) => c.json(await oldMethodsOf(c)));
  app.get('/:storeId/payment-methods/OnChain/:code', async (c) => {
    const [method] = await oldMethodsOf(c);
    if (!method || methodId(c.req.param('code')) !== ON_CHAIN) throw missing('paymentmethod');
    return c.json(method);
  });
  app.get('/:storeId/payment-methods/LightningNetwork', async (c) => {
    await keyHolder(c, c.req.param('storeId'), VIEW);
    return c.json([]);
  });

  app.get('/:storeId/payment-methods/:method', async (c) => {
    const includeConfig = flagOf(c.req.url, 'includeConfig', false);
    const caller = await keyHolder(c, c.req.param('storeId'), includeConfig ? MODIFY : VIEW);
    const wanted = methodId(c.req.param('method'));
    const method = (await methodsOf(c, caller, includeConfig)).find(({ id }) => id === wanted);
    if (!method) throw missing('paymentmethod');
    return c.json(newShape(method, includeConfig));
  });

  return app.route('/:storeId/rates', rateRoutes());
}

interface Method {
  id: string;
  config: { label: string; accountKeyPath: string };
}

/** A wallet's public key reveals all of its payments: no API shows it. */
const SECRET = { derivationScheme: '' };

function newShape({ id, config }: Method, includeConfig: boolean) {
  return { paymentMethodId: id, enabled: true, config: includeConfig ? config : null };
}

/** Those that can be paid with: none before the store has a wallet. */
async function methodsOf(c: Ctx, { store, wallet }: Caller, withConfig: boolean): Promise<Method[]> {
  if (!wallet) return [];
  const row = withConfig ? await readWallet(c.get('deps'), store, wallet.id) : undefined;
  return [{ id: ON_CHAIN, config: { label: row?.label ?? '', accountKeyPath: '' } }];
}

async function oldMethodsOf(c: Ctx) {
  const caller = await keyHolder(c, c.req.param('storeId'), VIEW);
  const methods = await methodsOf(c, caller, true);
  return methods.map(({ config }) => ({
    enabled: true,
    cryptoCode: 'BTC',
    paymentMethod: 'BTC',
    ...SECRET,
    ...config,
  }));
}

async function storeData(c: Ctx, id: string) {
  const deps = c.get('deps');
  const store = await readStore(deps, id);
  return {
    id: store.id,
    name: store.name,
    website: null,
    supportUrl: store.supportUrl,
    logoUrl: store.logoUrl,
    cssUrl: null,
    paymentSoundUrl: null,
    brandColor: store.color,
    applyBrandColorToBackend: false,
    defaultCurrency: store.currency,
    additionalTrackedRates: [],
    invoiceExpiration: store.defaultExpiryMinutes * 60,
    refundBOLT11Expiration: 30,
    displayExpirationTimer: 300,
    monitoringExpiration: store.lateGraceMinutes * 60,
    speedPolicy: speedPolicyOf(usualConfirmations(store)),
    lightningDescriptionTemplate: '',
    paymentTolerance: (store.toleranceBp ?? deps.config.PAYMENT_TOLERANCE_BP) / 100,
    archived: store.archivedAtMs !== null,
    anyoneCanCreateInvoice: false,
    receipt: { enabled: null, showQR: null, showPayments: null },
    lightningAmountInSatoshi: false,
    lightningPrivateRouteHints: false,
    onChainWithLnInvoiceFallback: false,
    redirectAutomatically: false,
    showRecommendedFee: false,
    recommendedFeeBlockTarget: 1,
    defaultLang: 'en',
    htmlTitle: null,
    networkFeeMode: 'Never',
    payJoinEnabled: false,
    autoDetectLanguage: false,
    showPayInWalletButton: true,
    showStoreHeader: true,
    celebratePayment: false,
    playSoundOnPayment: false,
    lazyPaymentMethods: false,
    defaultPaymentMethod: store.walletId === null ? null : ON_CHAIN,
    paymentMethodCriteria: [],
  };
}

/** Of a small invoice: what is worth more may wait for more. */
function usualConfirmations({ confirmationSteps, zeroConfCapSats }: StoreRow): number {
  return confirmationsFor(1n, '0', { steps: confirmationSteps, zeroConfCapSats: BigInt(zeroConfCapSats) });
}
