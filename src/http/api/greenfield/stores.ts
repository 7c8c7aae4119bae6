// A store as Greenfield's clients see it: its settings, and how it can be paid. What BTCPay Server can do and SatLane does not
// is said to be off.

import { ON_CHAIN } from '../../../core/dialects/greenfield/events.ts';
import { confirmationsFor } from '../../../core/invoice/policy.ts';
import type { Deps } from '../../../deps.ts';
import { blamed } from '../../../errors.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { currentKey } from '../../../services/accounts/api-keys.ts';
import { readStore, type StoreRow, updateStore } from '../../../services/accounts/stores.ts';
import { readWallet } from '../../../services/wallets/wallets.ts';
import { bodyFields } from './body.ts';
import { invalid, missing, renaming } from './errors.ts';
import { speedPolicyOf } from './invoice-data.ts';
import { methodId } from './method-ids.ts';
import { keyThatMay, operation } from './operation.ts';
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

  operation('GET /stores/{storeId}/payment-methods', METHODS, async ({ deps, caller }) => {
    const includeConfig = caller.isFlagged;
    const { oldShapes } = await currentKey(deps, caller.store.id, caller.keyHash);
    const methods = await methodsOf(deps, caller, includeConfig || oldShapes);
    if (!oldShapes) return methods.map((method) => newShape(method, includeConfig));
    return Object.fromEntries(
      methods.map(({ config }) => ['BTC', { enabled: true, cryptoCode: 'BTC', data: { ...SECRET, ...config } }]),
    );
  }),

  // These as BTCPay Server 1.x has them: a client of 2.x never asks for them.
  operation('GET /stores/{storeId}/payment-methods/OnChain', VIEW, ({ deps, caller }) => oldMethodsOf(deps, caller)),
  operation('GET /stores/{storeId}/payment-methods/OnChain/{code}', VIEW, async ({ deps, caller, params }) => {
    const [method] = await oldMethodsOf(deps, caller);
    if (!method || methodId(params.code) !== ON_CHAIN) throw missing('paymentmethod');
    return method;
  }),
  operation('GET /stores/{storeId}/payment-methods/LightningNetwork', VIEW, async () => []),

  operation('GET /stores/{storeId}/payment-methods/{method}', METHODS, async ({ deps, caller, params }) => {
    const wanted = methodId(params.method);
    const method = (await methodsOf(deps, caller, caller.isFlagged)).find(({ id }) => id === wanted);
    if (!method) throw missing('paymentmethod');
    return newShape(method, caller.isFlagged);
  }),
];

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
async function methodsOf(deps: Deps, { store, wallet }: Caller, withConfig: boolean): Promise<Method[]> {
  if (!wallet) return [];
  const row = withConfig ? await readWallet(deps, store, wallet.id) : undefined;
  return [{ id: ON_CHAIN, config: { label: row?.label ?? '', accountKeyPath: '' } }];
}

async function oldMethodsOf(deps: Deps, caller: Caller) {
  const methods = await methodsOf(deps, caller, true);
  return methods.map(({ config }) => ({
    enabled: true,
    cryptoCode: 'BTC',
    paymentMethod: 'BTC',
    ...SECRET,
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
