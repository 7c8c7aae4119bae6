// A store as Greenfield's clients see it: its settings, and how it can be paid. What BTCPay Server can do and SatLane does not
// is said to be off.

import { methodId, methodNamed, oldMethodId } from '../../../core/dialects/greenfield/method-ids.ts';
import { confirmationsFor } from '../../../core/invoice/policy.ts';
import { PAYMENT_METHODS } from '../../../core/payment/payment.ts';
import type { Deps } from '../../../deps.ts';
import { blamed } from '../../../errors.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { currentKey } from '../../../services/accounts/api-keys.ts';
import { readStore, type StoreRow, updateStore } from '../../../services/accounts/stores.ts';
import { readWallet } from '../../../services/wallets/wallets.ts';
import { bodyFields } from './body.ts';
import { invalid, missing, renaming } from './errors.ts';
import { speedPolicyOf } from './invoice-data.ts';
import { keyThatMay, operation } from './operation.ts';
import { flagOf } from './query.ts';
import { STORE_FIELDS, settingsIn } from './store-settings.ts';

const VIEW = 'btcpay.store.canviewstoresettings';
const MODIFY = 'btcpay.store.canmodifystoresettings';

/** The wallet is named to keys that may change settings alone. */
const METHODS = keyThatMay(VIEW, { flag: 'includeConfig', key: MODIFY });

export const storeApi = [
  operation('GET /stores', VIEW, async ({ deps, caller: { store } }) => [await storeData(deps, store.id)]),
  operation('GET /stores/{storeId}', VIEW, async ({ deps, caller: { store } }) => storeData(deps, store.id)),

  operation('PUT /stores/{storeId}', MODIFY, async ({ c, deps, caller: { store } }) => {
    const row = await readStore(deps, store.id);
    const settings = settingsIn(await bodyFields(c, STORE_FIELDS), row, speedPolicyOf(usualConfirmations(row)));
    await updateStore(deps, row, settings).catch(
      renaming('invalid_currency', ({ message }) =>
        invalid({ path: 'DefaultCurrency', message: blamed(message).words }),
      ),
    );
    return storeData(deps, store.id);
  }),

  operation('GET /stores/{storeId}/payment-methods', METHODS, async ({ c, deps, caller }) => {
    const includeConfig = caller.isFlagged;
    const onlyEnabled = flagOf(c.req.url, 'onlyEnabled', false);
    const { oldShapes } = await currentKey(deps, caller.store.id, caller.keyHash);
    const all = await methodsOf(deps, caller, includeConfig || oldShapes);
    const methods = all.filter(({ enabled }) => enabled || !onlyEnabled);
    if (!oldShapes) return methods.map((method) => newShape(method, includeConfig));
    return Object.fromEntries(
      methods.map(({ name, enabled, config }) => [
        oldMethodId(name),
        { enabled, cryptoCode: 'BTC', data: { ...SECRETS[name], ...config } },
      ]),
    );
  }),

  // These as BTCPay Server 1.x has them: a client of 2.x never asks for them.
  ...(['OnChain', 'LightningNetwork'] as const).flatMap((kind) => [
    operation(`GET /stores/{storeId}/payment-methods/${kind}`, VIEW, ({ deps, caller }) =>
      oldMethodsOf(deps, caller, kind),
    ),
    operation(`GET /stores/{storeId}/payment-methods/${kind}/{code}`, VIEW, async ({ deps, caller, params }) => {
      const [method] = await oldMethodsOf(deps, caller, kind);
      if (!method || params.code.toUpperCase() !== 'BTC') throw missing('paymentmethod');
      return method;
    }),
  ]),

  operation('GET /stores/{storeId}/payment-methods/{method}', METHODS, async ({ deps, caller, params }) => {
    const wanted = methodNamed(params.method);
    const method = (await methodsOf(deps, caller, caller.isFlagged)).find(({ name }) => name === wanted);
    if (!method) throw missing('paymentmethod');
    return newShape(method, caller.isFlagged);
  }),
];

interface Method {
  name: 'onchain' | 'lightning';
  /** Offered where an invoice names none. */
  enabled: boolean;
  config: Record<string, string>;
}

/** A wallet's public key reveals all of its payments, a connection string opens a node: no API shows either. */
const SECRETS = { onchain: { derivationScheme: '' }, lightning: { connectionString: '' } };

function newShape({ name, enabled, config }: Method, includeConfig: boolean) {
  return { paymentMethodId: methodId(name), enabled, config: includeConfig ? config : null };
}

/** Those that the store has; the first one is enabled, which Magento's plugin counts upon. */
async function methodsOf(deps: Deps, { store, wallet }: Caller, withConfig: boolean): Promise<Method[]> {
  const { connectionId, paymentMethods } = store;
  const row = withConfig && wallet ? await readWallet(deps, store, wallet.id) : undefined;
  const methods: Omit<Method, 'enabled'>[] = [
    ...(wallet ? [{ name: 'onchain', config: { label: row?.label ?? '', accountKeyPath: '' } } as const] : []),
    ...(connectionId === null ? [] : [{ name: 'lightning', config: {} } as const]),
  ];
  return methods
    .map((method) => ({ ...method, enabled: paymentMethods?.includes(method.name) ?? true }))
    .sort((a, b) => Number(b.enabled) - Number(a.enabled));
}

async function oldMethodsOf(deps: Deps, caller: Caller, kind: 'OnChain' | 'LightningNetwork') {
  const wanted = kind === 'OnChain' ? 'onchain' : 'lightning';
  const methods = await methodsOf(deps, caller, true);
  return methods
    .filter(({ name }) => name === wanted)
    .map(({ name, enabled, config }) => ({
      enabled,
      cryptoCode: 'BTC',
      paymentMethod: oldMethodId(name),
      ...SECRETS[name],
      ...config,
    }));
}

async function storeData(deps: Deps, id: string) {
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
    // The page shows sats.
    lightningAmountInSatoshi: true,
    lightningPrivateRouteHints: store.privateRouteHints,
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
    defaultPaymentMethod: defaultMethod(store),
    paymentMethodCriteria: [],
  };
}

/** What a buyer sees first. */
function defaultMethod({ walletId, connectionId, paymentMethods }: StoreRow): string | null {
  const has = { onchain: walletId !== null, lightning: connectionId !== null };
  const first = PAYMENT_METHODS.find((name) => has[name] && (paymentMethods?.includes(name) ?? true));
  return first === undefined ? null : methodId(first);
}

/** Of a small invoice: what is worth more may wait for more. */
function usualConfirmations({ confirmationSteps, zeroConfCapSats }: StoreRow): number {
  return confirmationsFor(1n, '0', { steps: confirmationSteps, zeroConfCapSats: BigInt(zeroConfCapSats) });
}
