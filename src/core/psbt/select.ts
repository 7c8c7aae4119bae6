// Which coins of a wallet pay which outputs at which fee: the plan of one transaction. Pure and deterministic. Called by
// services/payouts for a new batch, and by replace.ts for a further version of one.

import { dustLimitOfScript } from '../wallet/dust.ts';
import type { WalletPlace } from '../wallet/own-script.ts';
import { PsbtError } from './errors.ts';
import { feeOf, frameWeight, outputWeight } from './weight.ts';

/** A confirmed output of the merchant's wallet that nothing has spent and no other batch has reserved. */
export interface WalletCoin {
  /** `txid:vout`. */
  outpoint: string;
  valueSats: bigint;
  place: WalletPlace;
}

export interface Payee {
  /** Of the payout. */
  id: string;
  /** scriptPubKey, hex. */
  script: string;
  valueSats: bigint;
}

interface PlannedOutput {
  script: string;
  valueSats: bigint;
  /** The payout; null for change. */
  payoutId: string | null;
  /** Of change: where in the wallet it goes. */
  place: WalletPlace | null;
}

/** One transaction before its signatures. */
export interface Plan {
  inputs: WalletCoin[];
  outputs: PlannedOutput[];
  feeSats: bigint;
  /** Once it is signed, at most. */
  vsize: number;
}

export interface Spending {
  /** Of one input once it is signed, as weight.ts has it. */
  inputWeight: number;
  /** Coins to choose from. */
  coins: readonly WalletCoin[];
  payees: readonly Payee[];
  /** Where change goes: an address of the wallet that nothing else was given. */
  change: { script: string; place: WalletPlace };
  /** Sats for 1000 vbytes; 1000 is the least that nodes relay. */
  satsPerKvb: bigint;
  maxFeeSats: bigint;
  /** Coins that have to be spent: those of the version that this one replaces. */
  required?: readonly WalletCoin[];
  /** The least fee, even where the rate gives less: what a replacement must exceed. */
  minFeeSats?: bigint;
}

export const MAX_OUTPUTS = 100;
/** Signers show and check each input: some devices take a second for one. It keeps the transaction far below 100 000 vbytes. */
export const MAX_INPUTS = 200;
const MIN_SATS_PER_KVB = 1000n;

/** The highest fee of a transaction that pays out so much: a tenth of it, or less where the store says so. */
export function maxFeeSats(totalSats: bigint, configuredSats: bigint): bigint {
  const tenth = totalSats / 10n;
  return tenth < configuredSats ? tenth : configuredSats;
}

/** @throws PsbtError where no plan pays all of it within the limits */
export function select(spending: Spending): Plan {
  refuseUnpayable(spending);
  const { inputWeight, coins, satsPerKvb, required = [] } = spending;
  const costSats = feeOf(inputWeight, satsPerKvb);
  const taken = new Set(required.map(({ outpoint }) => outpoint));
  // A coin that costs more than it is worth pays nothing.
  const useful = coins
    .filter(({ outpoint, valueSats }) => !taken.has(outpoint) && valueSats > costSats)
    .toSorted((a, b) => Number(b.valueSats - a.valueSats) || (a.outpoint < b.outpoint ? -1 : 1));
  const plan = smallestAlone(spending, useful) ?? largestFirst(spending, useful);
  if (plan.feeSats > spending.maxFeeSats) {
    throw new PsbtError(
      'fee_above_limit',
      `The fee would be ${plan.feeSats} sats, and the limit is ${spending.maxFeeSats} sats. Choose a lower fee rate, or pay more in one batch.`,
    );
  }
  return plan;
}

function refuseUnpayable({ payees, satsPerKvb, required }: Spending): void {
  if (payees.length === 0 && !required) throw new PsbtError('nothing_to_pay', 'Choose at least one payout.');
  if (payees.length > MAX_OUTPUTS) {
    throw new PsbtError('too_many_outputs', `One transaction pays at most ${MAX_OUTPUTS} payouts. Choose fewer.`);
  }
  const tooSmall = payees.find(({ script, valueSats }) => valueSats < dustLimitOfScript(script));
  if (tooSmall) {
    throw new PsbtError(
      'below_dust',
      `The network does not relay ${tooSmall.valueSats} sats to this kind of address; the least is ${dustLimitOfScript(tooSmall.script)} sats.`,
    );
  }
  if (satsPerKvb < MIN_SATS_PER_KVB) throw new PsbtError('fee_too_low', 'The least fee rate is 1 sat/vB.');
}

/** The smallest coin that pays all of it with those that are required. */
function smallestAlone(spending: Spending, useful: readonly WalletCoin[]): Plan | null {
  const required = spending.required ?? [];
  if (required.length > 0) {
    const enough = planWith(spending, required);
    if (enough) return enough;
  }
  // Sorted by value: the last one that suffices is the smallest.
  let low = 0;
  let high = useful.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const coin = useful[middle];
    if (coin && planWith(spending, [...required, coin])) low = middle + 1;
    else high = middle;
  }
  const smallest = useful[low - 1];
  return smallest ? planWith(spending, [...required, smallest]) : null;
}

function largestFirst(spending: Spending, useful: readonly WalletCoin[]): Plan {
  const inputs = [...(spending.required ?? [])];
  for (const coin of useful) {
    if (inputs.length >= MAX_INPUTS) {
      throw new PsbtError(
        'too_many_inputs',
        `The coins are too small: more than ${MAX_INPUTS} of them would be needed. Choose fewer payouts.`,
      );
    }
    inputs.push(coin);
    const plan = planWith(spending, inputs);
    if (plan) return plan;
  }
  const sats = useful.reduce((sum, coin) => sum + coin.valueSats, 0n);
  throw new PsbtError(
    'insufficient_coins',
    `The confirmed coins of this wallet do not cover the payouts and the fee: ${sats} sats are free.`,
  );
}

/** With change where it is worth an output; null where the coins do not suffice. */
function planWith(spending: Spending, inputs: readonly WalletCoin[]): Plan | null {
  const { inputWeight, payees, change, satsPerKvb, minFeeSats = 0n } = spending;
  const outputsWeight = payees.reduce((weight, { script }) => weight + outputWeight(script), 0);
  const bodyWeight = inputs.length * inputWeight + outputsWeight;
  const atLeast = (feeSats: bigint) => (feeSats > minFeeSats ? feeSats : minFeeSats);
  const excessSats = sumOf(inputs) - sumOf(payees);
  const payeeOutputs = payees.map(({ id, ...output }) => ({ ...output, payoutId: id, place: null }));

  const weightWithChange = bodyWeight + outputWeight(change.script) + frameWeight(inputs.length, payees.length + 1);
  const changeSats = excessSats - atLeast(feeOf(weightWithChange, satsPerKvb));
  // Change that costs more to spend than it is worth is left to the fee, as the network's dust is.
  const spendingCost = feeOf(inputWeight, satsPerKvb);
  const leastChange = dustLimitOfScript(change.script);
  if (changeSats >= leastChange && (changeSats > spendingCost || payees.length === 0)) {
    const outputs = [...payeeOutputs, { ...change, valueSats: changeSats, payoutId: null }];
    return planOf(inputs, outputs, weightWithChange);
  }
  const weight = bodyWeight + frameWeight(inputs.length, payees.length);
  if (payees.length === 0 || excessSats < atLeast(feeOf(weight, satsPerKvb))) return null;
  return planOf(inputs, payeeOutputs, weight);
}

/** In the order of BIP 69, which does not tell the change. */
function planOf(inputs: readonly WalletCoin[], outputs: PlannedOutput[], weight: number): Plan {
  const byOutpoint = (a: WalletCoin, b: WalletCoin) => {
    const [[txidA, voutA], [txidB, voutB]] = [a.outpoint.split(':'), b.outpoint.split(':')];
    if (txidA !== txidB) return (txidA ?? '') < (txidB ?? '') ? -1 : 1;
    return Number(voutA) - Number(voutB);
  };
  const byValue = (a: PlannedOutput, b: PlannedOutput) =>
    Number(a.valueSats - b.valueSats) || (a.script < b.script ? -1 : Number(a.script > b.script));
  return {
    inputs: inputs.toSorted(byOutpoint),
    outputs: outputs.toSorted(byValue),
    feeSats: sumOf(inputs) - sumOf(outputs),
    vsize: Math.ceil(weight / 4),
  };
}

function sumOf(list: readonly { valueSats: bigint }[]): bigint {
  return list.reduce((sum, { valueSats }) => sum + valueSats, 0n);
}
