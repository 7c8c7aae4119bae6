// A plan as a PSBT that a merchant's wallet can sign: version 0 (BIP 174), which Electrum asks for, with all that hot wallets
// and signing devices look for. Called by services/payouts.

import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { RawPSBTV0, type TransactionInputUpdate, type TransactionOutputUpdate } from '@scure/btc-signer/psbt.js';
import { Transaction } from '@scure/btc-signer/transaction.js';
import { ProofError } from '../proof/errors.ts';
import { readTransactionHex } from '../proof/transaction.ts';
import type { ScriptType } from '../wallet/address.ts';
import type { OwnScript, WalletPlace } from '../wallet/own-script.ts';
import { PsbtError } from './errors.ts';
import type { Plan, WalletCoin } from './select.ts';
import { splitOutpoint, unsignedTransaction } from './skeleton.ts';

/**
 * Do signers want the whole transactions that are spent? A signature of segwit v0 or before it does not say what the other
 * inputs are worth, so that devices check it there. One of taproot does (BIP 341).
 */
export function needsPrevious(scriptType: ScriptType): boolean {
  return scriptType !== 'p2tr';
}

/**
 * @param scriptAt what the wallet has at a place
 * @param previous the transactions that are spent, raw in hex, by txid; none are read where `needsPrevious` is false
 * @returns base64
 * @throws PsbtError `bad_previous` where one of them is missing, or is not what the plan spends
 */
export function buildPsbt(
  plan: Plan,
  scriptAt: (place: WalletPlace) => OwnScript,
  previous: ReadonlyMap<string, string>,
): string {
  const [first] = plan.inputs;
  const transaction = withAccounts(unsignedTransaction(plan), first ? scriptAt(first.place) : null);
  for (const [index, coin] of plan.inputs.entries()) {
    const own = scriptAt(coin.place);
    transaction.updateInput(index, { ...utxoOf(coin, own, previous), ...keysOf(own) });
  }
  for (const [index, { place }] of plan.outputs.entries()) {
    // With it a device shows the output as the wallet's own change, and not as a payment.
    if (place) transaction.updateOutput(index, keysOf(scriptAt(place)));
  }
  return base64.encode(transaction.toPSBT(0));
}

/**
 * Of several keys the accounts, by which a device that was not set up for this wallet can tell its change (BIP 174). All of
 * them or none: a Coldcard refuses a list that has fewer than the script has keys.
 */
function withAccounts(transaction: Transaction, own: OwnScript | null): Transaction {
  const xpub = own?.keys.flatMap(globalXpub) ?? [];
  if (xpub.length < 2 || xpub.length !== own?.keys.length) return transaction;
  const { global, ...rest } = RawPSBTV0.decode(transaction.toPSBT(0));
  const psbt = RawPSBTV0.encode({ ...rest, global: { ...global, xpub } });
  return Transaction.fromPSBT(psbt, { allowUnknownOutputs: true });
}

function globalXpub({ account, fingerprint, path }: OwnScript['keys'][number]) {
  if (!account?.chainCode || !account.publicKey) return [];
  const { versions, depth, parentFingerprint, index: childNumber } = account;
  const bytes = { chainCode: Uint8Array.from(account.chainCode), publicKey: Uint8Array.from(account.publicKey) };
  const xpub = { version: versions.public, depth, parentFingerprint, childNumber, ...bytes };
  return [[xpub, { fingerprint, path: path.slice(0, depth) }] satisfies [unknown, unknown]];
}

function utxoOf(coin: WalletCoin, own: OwnScript, previous: ReadonlyMap<string, string>): TransactionInputUpdate {
  const witnessUtxo = { amount: coin.valueSats, script: hexToBytes(own.script) };
  if (!needsPrevious(own.scriptType)) return { witnessUtxo };
  const nonWitnessUtxo = checkedPrevious(coin, own, previous.get(splitOutpoint(coin.outpoint).txid));
  return own.scriptType === 'p2pkh' ? { nonWitnessUtxo } : { nonWitnessUtxo, witnessUtxo };
}

/** The bytes say their own txid, so it does not matter who gave them. */
function checkedPrevious(
  { outpoint, valueSats }: WalletCoin,
  { script }: OwnScript,
  raw: string | undefined,
): Uint8Array {
  const { txid, vout } = splitOutpoint(outpoint);
  if (raw === undefined) throw new PsbtError('bad_previous', `The transaction ${txid} is not at hand. Try again.`);
  const read = readOrNull(raw);
  const spent = read?.txid === txid ? read.outputs[vout] : undefined;
  if (spent?.script !== script || spent.valueSats !== valueSats) {
    throw new PsbtError('bad_previous', `The transaction ${txid} is not the one that the coin is in. Try again.`);
  }
  return hexToBytes(raw);
}

function readOrNull(raw: string) {
  try {
    return readTransactionHex(raw);
  } catch (error) {
    if (error instanceof ProofError) return null;
    throw error;
  }
}

/** Whose keys they are, and the scripts where the output holds a hash alone; for inputs and change alike (BIP 174, BIP 371). */
function keysOf({
  scriptType,
  keys,
  redeemScript,
  witnessScript,
}: OwnScript): TransactionInputUpdate & TransactionOutputUpdate {
  const [only] = keys;
  if (scriptType === 'p2tr' && only) {
    const { publicKey, fingerprint, path } = only;
    const der = { fingerprint, path };
    const tapInternalKey = publicKey.subarray(1);
    return { tapInternalKey, tapBip32Derivation: [[tapInternalKey, { hashes: [], der }]] };
  }
  return {
    bip32Derivation: keys.map(({ publicKey, fingerprint, path }) => [publicKey, { fingerprint, path }]),
    ...(redeemScript && { redeemScript }),
    ...(witnessScript && { witnessScript }),
  };
}
