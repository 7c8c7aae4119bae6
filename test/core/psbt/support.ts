// A merchant's wallet with coins, and the device that signs for it: made of a fixed seed, so that every run is the same.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { RawTx } from '@scure/btc-signer/script.js';
import { type Signer, Transaction } from '@scure/btc-signer/transaction.js';
import { readTransactionHex } from '../../../src/core/proof/transaction.ts';
import { buildPsbt } from '../../../src/core/psbt/build.ts';
import { type Payee, type Plan, select, type WalletCoin } from '../../../src/core/psbt/select.ts';
import { inputWeight } from '../../../src/core/psbt/weight.ts';
import { isMultisig, type ScriptType } from '../../../src/core/wallet/address.ts';
import { type OwnScript, openScripts, type WalletPlace } from '../../../src/core/wallet/own-script.ts';
import { parseWallet } from '../../../src/core/wallet/wallet.ts';

const VERSIONS = { public: 0x043587cf, private: 0x04358394 };
const PATHS: Record<ScriptType, string> = {
  p2pkh: '44h/1h/0h',
  'p2sh-p2wpkh': '49h/1h/0h',
  p2wpkh: '84h/1h/0h',
  p2tr: '86h/1h/0h',
  p2wsh: '48h/1h/0h/2h',
  'p2sh-p2wsh': '48h/1h/0h/1h',
};

type Master = HDKey & Exclude<Signer, Uint8Array>;

export interface TestWallet {
  scriptType: ScriptType;
  /** Of the first signer. */
  master: Master;
  /** Of all signers: of a multisig there are three, and two of them sign. */
  masters: Master[];
  account: HDKey;
  descriptor: string;
  scriptAt: (place: WalletPlace) => OwnScript;
}

/** On regtest. @param seed one byte: another one is another merchant */
export function walletOf(scriptType: ScriptType, seed = 7): TestWallet {
  const signers = (isMultisig(scriptType) ? [seed, seed + 40, seed + 80] : [seed]).map((one) =>
    signerOf(one, PATHS[scriptType]),
  );
  const keys = signers.map(({ key }) => key);
  const several = `wsh(sortedmulti(2,${keys.map((key) => `${key}/<0;1>/*`).join(',')}))`;
  const text = scriptType === 'p2wsh' ? several : scriptType === 'p2sh-p2wsh' ? `sh(${several})` : keys.join();
  const { descriptor } = parseWallet(text, { network: 'regtest', scriptType });
  const [first] = signers;
  if (!first) throw new Error('A wallet has a signer');
  const masters = signers.map(({ master }) => master);
  return { ...first, masters, scriptType, descriptor, scriptAt: openScripts(descriptor, 'regtest') };
}

function signerOf(seed: number, path: string): { master: Master; account: HDKey; key: string } {
  const master = HDKey.fromMasterSeed(new Uint8Array(32).fill(seed), VERSIONS) as Master;
  const account = master.derive(`m/${path.replaceAll('h', "'")}`);
  const fingerprint = master.fingerprint.toString(16).padStart(8, '0');
  return { master, account, key: `[${fingerprint}/${path}]${account.publicExtendedKey}` };
}

export interface Funds {
  coins: WalletCoin[];
  previous: Map<string, string>;
}

/** Coins with the transactions that they are in. A third of them are change, some beyond any gap limit. */
export function fund(
  { scriptAt }: TestWallet,
  values: readonly (bigint | number)[],
  at = (n: number) => (n % 5 === 4 ? 150 + n : n),
): Funds {
  const previous = new Map<string, string>();
  const coins = values.map((value, n): WalletCoin => {
    const place: WalletPlace = { chain: n % 3 === 2 ? 1 : 0, index: at(n) };
    const raw = bytesToHex(
      RawTx.encode({
        version: 2,
        segwitFlag: false,
        inputs: [
          {
            txid: new Uint8Array(32).fill(1 + (n % 250)),
            index: n,
            finalScriptSig: new Uint8Array([0x51]),
            sequence: 0xffffffff,
          },
        ],
        outputs: [
          { amount: 1000n + BigInt(n), script: hexToBytes('6a') },
          { amount: BigInt(value), script: hexToBytes(scriptAt(place).script) },
        ],
        witnesses: undefined,
        lockTime: 0,
      }),
    );
    const { txid } = readTransactionHex(raw);
    previous.set(txid, raw);
    return { outpoint: `${txid}:1`, valueSats: BigInt(value), place };
  });
  return { coins, previous };
}

/** Scripts of strangers, one of each kind. */
export const DESTINATIONS = [
  `0014${'11'.repeat(20)}`,
  `5120${'79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'}`,
  `a914${'22'.repeat(20)}87`,
  `76a914${'33'.repeat(20)}88ac`,
  `0020${'44'.repeat(32)}`,
];

export function payeesOf(values: readonly (bigint | number)[]): Payee[] {
  return values.map((value, n) => ({
    id: `payout_${n}`,
    script: DESTINATIONS[n % DESTINATIONS.length] ?? '',
    valueSats: BigInt(value),
  }));
}

export const CHANGE: WalletPlace = { chain: 1, index: 77 };

export interface Batch extends Funds {
  plan: Plan;
  psbt: string;
}

export function batchOf(
  wallet: TestWallet,
  values: readonly number[],
  payouts: readonly number[],
  satsPerKvb = 7000n,
): Batch {
  const funds = fund(wallet, values);
  const plan = select({
    inputWeight: inputWeight(wallet.scriptAt(CHANGE)),
    coins: funds.coins,
    payees: payeesOf(payouts),
    change: { script: wallet.scriptAt(CHANGE).script, place: CHANGE },
    satsPerKvb,
    maxFeeSats: 1_000_000n,
  });
  return { ...funds, plan, psbt: buildPsbt(plan, wallet.scriptAt, funds.previous) };
}

/** As devices sign: with their master keys, by the paths in the PSBT. As many of the signers as have to. */
export function signed({ masters }: TestWallet, psbt: string, sighash?: number[]): Transaction {
  const transaction = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
  for (const master of masters.slice(0, 2)) transaction.sign(master, sighash, new Uint8Array(32));
  return transaction;
}

export const psbtOf = (transaction: Transaction) => base64.encode(transaction.toPSBT(0));
