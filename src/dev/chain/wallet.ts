// The demo wallet of the local world: one P2WPKH key that owns matured coinbases and pays the addresses that it is given.
// Called by the control endpoints; its transactions are built and signed for real by @scure/btc-signer.
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import { p2wpkh, Transaction } from '@scure/btc-signer';
import { pubECDSA } from '@scure/btc-signer/utils.js';
import type { SimulatedChain } from './chain.ts';
import type { Coin } from './frame.ts';
import { COINBASE_MATURITY } from './policy.ts';
import { addressToScript, REGTEST } from './script.ts';
import { outpoint, type Tx } from './transaction.ts';

/** What the wallet was asked cannot be done; the message starts with the name of the field at fault. */
export class DemoWalletError extends Error {}

interface Payment {
  address: string;
  sats: number;
  /** sat/vB */
  feeRate?: number | undefined;
  /** Further outputs of the same transaction. */
  also?: readonly { address: string; sats: number }[] | undefined;
  /** Spends the change of this transaction, confirmed or not: the payment stands and falls with it. */
  from?: string | undefined;
}

interface Replacement {
  txid: string;
  /** Default: back to the wallet, so that the payee gets nothing. */
  address?: string | undefined;
  /** Default: what the original paid to others. */
  sats?: number | undefined;
}

interface Output {
  script: string;
  sats: number;
}

const DEFAULT_FEE_RATE = 2;
const DUST_SATS = 294;
const REPLACEABLE = 0xfffffffd;

/** The public part of the key, needed before there is a chain: coinbases pay to it. */
export function walletKey(seed: string): { secretKey: Uint8Array; address: string; script: string } {
  const secretKey = sha256(new TextEncoder().encode(seed));
  const payment = p2wpkh(pubECDSA(secretKey), REGTEST);
  return { secretKey, address: payment.address, script: hex.encode(payment.script) };
}

export class DemoWallet {
  readonly address: string;
  readonly script: string;
  readonly #secretKey: Uint8Array;
  readonly #chain: SimulatedChain;
  #coins = new Map<string, Coin>();
  #coinsVersion = -1;

  constructor(chain: SimulatedChain, seed: string) {
    const key = walletKey(seed);
    this.#chain = chain;
    this.#secretKey = key.secretKey;
    this.address = key.address;
    this.script = key.script;
  }

  get balanceSats(): number {
    return this.coins().reduce((sum, coin) => sum + coin.sats, 0);
  }

  /** Spendable coins: confirmed ones, unconfirmed change, no immature coinbase. */
  coins(): Coin[] {
    return [...this.#spendable().values()];
  }

  /** Pays and broadcasts. @throws WalletError, RejectedTx */
  pay({ feeRate = DEFAULT_FEE_RATE, also = [], from, ...first }: Payment): { txid: string; vout: number } {
    const payees = [first, ...also].map(({ address, sats }) => ({ script: scriptOf(address), sats }));
    const coins = from === undefined ? this.#select(total(payees), feeRate, payees) : this.#changeOf(from);
    const fee = Math.ceil(sizeOf(coins.length, payees) * feeRate);
    if (total(coins) < total(payees) + fee) throw new DemoWalletError('sats: more than that change');
    const { outputs, vout } = withChange(coins, payees, this.script, fee);
    const tx = this.#send(coins, outputs);
    return { txid: tx.txid, vout };
  }

  /** Spends the inputs of an unconfirmed transaction again, at a higher fee. @throws WalletError, RejectedTx */
  replace({ txid, address = this.address, sats }: Replacement): { txid: string } {
    const frame = this.#chain.frame();
    const original = this.#chain.known(txid);
    if (original === undefined) throw new DemoWalletError('txid: no such transaction');
    if (frame.place(txid) !== undefined) throw new DemoWalletError('txid: already confirmed');
    const coins = original.inputs.map((input) => this.#ownCoin(input.txid, input.vout));
    const script = scriptOf(address);
    const paid = total(original.outputs.filter((output) => output.script !== this.script));
    const payee = { script, sats: sats ?? (paid || (original.outputs[0]?.sats ?? 0)) };
    const fees = this.#chain.feesToReplace(original);
    const fee = () => Math.ceil(fees + sizeOf(coins.length, [payee]) * DEFAULT_FEE_RATE);
    const short = payee.sats + fee() - total(coins);
    if (short > 0) coins.push(...this.#select(short, DEFAULT_FEE_RATE, [payee]));
    const { outputs } = withChange(coins, [payee], this.script, fee());
    return { txid: this.#send(coins, outputs).txid };
  }

  /** Splits every spendable coin into `pieces` coins of `sats` and a rest. */
  fanOut(pieces: number, sats: number): void {
    for (const coin of this.coins()) {
      const parts = Array.from({ length: pieces }, () => ({ script: this.script, sats }));
      const rest = coin.sats - pieces * sats - (pieces + 4) * 31 * DEFAULT_FEE_RATE;
      this.#send([coin], [...parts, { script: this.script, sats: rest }]);
    }
  }

  /**
   * The longest confirmed coin that is enough, so that payments made one after another do not build on each other
   * (a reorg that drops one would take the next along); then several coins; then unconfirmed change.
   */
  #select(sats: number, feeRate: number, payees: readonly Output[]): Coin[] {
    const need = (inputs: number) => sats + Math.ceil(sizeOf(inputs, payees) * feeRate);
    const coins = this.coins();
    for (const tier of [coins.filter((coin) => coin.place !== undefined), coins]) {
      const single = firstToSpend(tier.filter((coin) => coin.sats >= need(1)));
      if (single !== undefined) return [single];
      const chosen: Coin[] = [];
      for (const coin of tier.toSorted((a, b) => b.sats - a.sats)) {
        chosen.push(coin);
        if (total(chosen) >= need(chosen.length)) return chosen;
      }
    }
    throw new DemoWalletError(`sats: the demo wallet holds only ${total(coins)}`);
  }

  #changeOf(txid: string): Coin[] {
    const change = this.coins().filter((coin) => coin.txid === txid);
    if (change.length === 0) throw new DemoWalletError('from: no change of that transaction is left');
    return change;
  }

  #ownCoin(txid: string, vout: number): Coin {
    const output = this.#chain.known(txid)?.outputs[vout];
    if (output?.script !== this.script) throw new DemoWalletError('txid: not a transaction of the demo wallet');
    return { txid, vout, ...output, place: undefined };
  }

  #send(coins: Coin[], outputs: Output[]): Tx {
    const tx = new Transaction({ allowUnknownOutputs: true });
    for (const { txid, vout, script, sats } of coins) {
      const witnessUtxo = { script: hex.decode(script), amount: BigInt(sats) };
      tx.addInput({ txid, index: vout, sequence: REPLACEABLE, witnessUtxo });
    }
    for (const { script, sats } of outputs) tx.addOutput({ script: hex.decode(script), amount: BigInt(sats) });
    tx.sign(this.#secretKey);
    tx.finalize();
    const isCurrent = this.#coinsVersion === this.#chain.version;
    const sent = this.#chain.broadcast(tx.extract(), { trusted: true });
    if (isCurrent && coins.every(({ txid, vout }) => this.#coins.delete(outpoint(txid, vout)))) this.#addChange(sent);
    return sent;
  }

  /** Keeps the list of coins without reading the whole history again. */
  #addChange(tx: Tx): void {
    tx.outputs.forEach(({ script, sats }, vout) => {
      if (script !== this.script) return;
      this.#coins.set(outpoint(tx.txid, vout), { txid: tx.txid, vout, script, sats, place: undefined });
    });
    this.#coinsVersion = this.#chain.version;
  }

  #spendable(): Map<string, Coin> {
    if (this.#coinsVersion === this.#chain.version) return this.#coins;
    const { height } = this.#chain.tip;
    const isMature = ({ place }: Coin) =>
      place === undefined || place.position > 0 || height + 1 - place.block.height >= COINBASE_MATURITY;
    const coins = this.#chain.frame().coins(this.script).filter(isMature);
    this.#coins = new Map(coins.map((coin) => [outpoint(coin.txid, coin.vout), coin]));
    this.#coinsVersion = this.#chain.version;
    return this.#coins;
  }
}

function scriptOf(address: string): string {
  try {
    return addressToScript(address);
  } catch {
    throw new DemoWalletError('address: not a regtest address');
  }
}

/** The payment's place alternates with the first input, so that no code relies on output 0. */
function withChange(coins: Coin[], payees: Output[], script: string, fee: number): { outputs: Output[]; vout: number } {
  const change = total(coins) - total(payees) - fee;
  if (change < DUST_SATS) return { outputs: payees, vout: 0 };
  const vout = (coins[0]?.vout ?? 0) % 2;
  const rest = { script, sats: change };
  return { outputs: vout === 0 ? [...payees, rest] : [rest, ...payees], vout };
}

/** Virtual bytes of a P2WPKH transaction with change, rounded up. */
function sizeOf(inputs: number, payees: readonly Output[]): number {
  return 11 + inputs * 68 + payees.reduce((size, payee) => size + 9 + payee.script.length / 2, 0) + 31;
}

function total(coins: readonly { sats: number }[]): number {
  return coins.reduce((sum, coin) => sum + coin.sats, 0);
}

/** Large coinbases are kept for last; among equally old coins the smallest goes first. */
function firstToSpend(coins: Coin[]): Coin | undefined {
  const rank = ({ place }: Coin) => (place?.position === 0 ? 1e9 : 0) + (place?.block.height ?? 1e9);
  const isBefore = (a: Coin, b: Coin) => rank(a) - rank(b) || a.sats - b.sats;
  return coins.reduce<Coin | undefined>(
    (first, coin) => (first && isBefore(first, coin) <= 0 ? first : coin),
    undefined,
  );
}
