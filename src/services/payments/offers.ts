// The ways in which a store can be paid, each asked for its offer when an invoice is made. A new method is a line in OFFERED_METHODS.
// Called by draft.ts.

import type { StoredWallet } from '../../adapters/db/keys.ts';
import type { Prompt } from '../../core/invoice/invoice.ts';
import { GAP_RESERVE, isChainStale } from '../../core/invoice/policy.ts';
import { lightningPrompt, MIN_LIGHTNING_SATS } from '../../core/lightning/prompt.ts';
import { onchainPrompt } from '../../core/onchain/prompt.ts';
import { paymentUri } from '../../core/wallet/bip21.ts';
import { dustLimitSats } from '../../core/wallet/dust.ts';
import type { Config } from '../../env.ts';
import { ApiError } from '../../errors.ts';
import type { Context } from './context.ts';

/** What a method is asked for a prompt with, once the price is known. */
interface Quoted {
  invoiceId: string;
  /** null for any amount. */
  amountSats: bigint | null;
  /** Who is paid. */
  label: string;
}

/** What a method can do for an order. */
interface Offer {
  /** The smallest payment that it takes, in sats. */
  minSats: bigint;
  /** Where another method takes it, an amount below this is left to that; in sats. */
  preferredFromSats?: bigint;
  /** @throws ApiError where the prompt cannot be had after all */
  prompt(quoted: Quoted): Prompt | Promise<Prompt>;
}

/** @throws ApiError why the store cannot be paid by it now */
export type Method = (config: Config, known: Context, isNamed: boolean) => Offer;

/** By name. An order and a store name methods by it, and so does the prompt of each. */
export type Methods = Record<string, Method>;

export const OFFERED_METHODS = { onchain, lightning } satisfies Methods;
export const METHOD_NAMES = Object.keys(OFFERED_METHODS) as (keyof typeof OFFERED_METHODS)[];

/** An address of the store's wallet. Which one it is the batch says that writes the invoice: until then a text stands for it. */
function onchain(config: Config, known: Context): Offer {
  const wallet = usableWallet(config, known);
  return {
    minSats: dustLimitSats(wallet.scriptType),
    preferredFromSats: BigInt(known.terms.onchainMinSats),
    prompt: ({ invoiceId, amountSats, label }) => {
      const address = `address-of-${invoiceId}`;
      const uri = paymentUri({ address, amountSats: amountSats || undefined, label });
      return onchainPrompt({ address, script: '', walletId: wallet.id, index: -1, uri });
    },
  };
}

/** A BOLT11 of the store's node, minted when it is looked at. Test mode needs no node: it is offered wherever it is named. */
function lightning(_: Config, { caller: { store } }: Context, isNamed: boolean): Offer {
  const { connectionId } = store;
  if (connectionId === null && !(store.testMode && isNamed)) throw new ApiError('no_lightning_connection');
  return {
    minSats: MIN_LIGHTNING_SATS,
    prompt: ({ amountSats }) => {
      if (amountSats === null) throw new ApiError('invalid_amount', 'amount: is needed for a payment over Lightning.');
      return lightningPrompt(store.testMode ? null : connectionId);
    },
  };
}

/** The wallet that the store's next address is of. @throws ApiError no_active_xpub, chain_syncing */
export function usableWallet(
  { NETWORK }: Config,
  { caller: { store, wallet }, chainSeenAtMs, nowMs }: Context,
): StoredWallet {
  const isLive = !store.testMode;
  if (!wallet || (isLive && wallet.network !== NETWORK)) throw new ApiError('no_active_xpub');
  if (isLive && isChainStale(chainSeenAtMs, nowMs)) throw new ApiError('chain_syncing');
  return wallet;
}

/**
 * What the methods offer, in their order.
 * @param named those that are wanted; null for all that the store has
 * @throws ApiError where none has an offer: why the first of them has none
 */
export function offersOf(
  methods: Methods,
  named: readonly string[] | null,
  config: Config,
  known: Context,
): Promise<Offer[]> {
  const wanted = Object.entries(methods).filter(([name]) => !named || named.includes(name));
  return thoseThatCan(
    wanted.map(
      ([, method]) =>
        async () =>
          method(config, known, named !== null),
    ),
  );
}

/**
 * The prompts of those that take the amount, in their order.
 * @throws ApiError where none can be had
 */
export function promptsOf(offers: readonly Offer[], quoted: Quoted): Promise<Prompt[]> {
  const { amountSats } = quoted;
  // What costs nothing is paid by nothing.
  const fitting = offers.filter(({ minSats }) => !amountSats || amountSats >= minSats);
  const preferred = fitting.filter(({ preferredFromSats = 0n }) => !amountSats || amountSats >= preferredFromSats);
  return thoseThatCan(
    (preferred.length > 0 ? preferred : fitting).map(
      ({ prompt }) =>
        async () =>
          prompt(quoted),
    ),
  );
}

/** The smallest payment that one of them takes, in sats. */
export function leastOf(offers: readonly Offer[]): bigint {
  return offers.map(({ minSats }) => minSats).reduce((least, one) => (one < least ? one : least));
}

async function thoseThatCan<T>(asked: (() => Promise<T>)[]): Promise<T[]> {
  const answers = await Promise.allSettled(asked.map((ask) => ask()));
  const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  // Only what a method says itself is a refusal; anything else is a fault, and must not look like one.
  const fault = refusals.find((reason) => !(reason instanceof ApiError));
  const given = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (fault !== undefined || given.length === 0) throw fault ?? refusals[0];
  return given;
}

/** The first index that would not be issued: the merchant's own wallet stops looking soon after. */
export function gapEnd(wallet: { fundedIndex: number; gapLimit: number }): number {
  return wallet.fundedIndex + 1 + wallet.gapLimit - GAP_RESERVE;
}
