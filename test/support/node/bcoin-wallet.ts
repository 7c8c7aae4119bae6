// The buyer on bcoin's chain: one P2WPKH key that owns the coinbases, signs with @scure/btc-signer and is checked by bcoin.

import { hex } from '@scure/base';
import { Transaction } from '@scure/btc-signer';
import { addressToScript } from '../../../src/dev/chain/script.ts';
import { walletKey } from '../../../src/dev/chain/wallet.ts';
import type { BcoinWorld } from './bcoin-chain.ts';
import type { BcoinTx } from './bcoin-library.ts';

interface Coin {
  txid: string;
  vout: number;
  sats: number;
}

interface Output {
  script: string;
  sats: number;
}

export interface Payee {
  address: string;
  sats: number;
}

export const { secretKey, script } = walletKey('demo wallet of the tests over bcoin');

const START_BLOCKS = 120;
const COINS = 40;
const COIN_SATS = 100_000_000;
const FEE_SATS = 1_000;
const FAN_OUT_FEE_SATS = 5_000;
const REPLACEABLE = 0xfffffffd;

export class BcoinWallet {
  readonly #world: BcoinWorld;
  readonly #coins: Coin[] = [];

  constructor(world: BcoinWorld) {
    this.#world = world;
  }

  /** Blocks until coinbases are mature; one of them becomes coins for independent payments, which no reorg reaches. */
  async furnish(): Promise<void> {
    await this.#world.mine(START_BLOCKS);
    const first = await this.#world.block(this.#world.best[1] ?? '');
    const coinbase = first?.txs[0];
    if (!coinbase) throw new Error('no first block');
    const outputs = Array.from({ length: COINS }, () => ({ script, sats: COIN_SATS }));
    const tx = await this.#send([this.#coin(coinbase.txid(), 0)], outputs, FAN_OUT_FEE_SATS);
    await this.#world.mine(10);
    for (let vout = 0; vout < COINS; vout++) this.#coins.push(this.#coin(tx.txid(), vout));
  }

  async pay({ address, sats, also = [], from }: Payee & { also?: Payee[]; from?: string }): Promise<string> {
    const outputs = [{ address, sats }, ...also].map(toOutput);
    const coin = from === undefined ? this.#coins.shift() : this.#changeOf(from);
    if (!coin) throw new Error('the wallet has no coin left');
    return (await this.#send([coin], outputs, FEE_SATS)).txid();
  }

  /** Spends the coins of a transaction again, by default back to the wallet. */
  async replace({ txid, address, sats }: { txid: string; address?: string; sats?: number }): Promise<string> {
    const original = this.#world.transaction(txid);
    if (!original) throw new Error('txid: no such transaction');
    const coins = original.inputs.map(({ prevout }) => this.#coin(prevout.txid(), prevout.index));
    const payee = { script: address ? addressToScript(address) : script, sats: sats ?? COIN_SATS / 2 };
    this.#world.evict(txid);
    return (await this.#send(coins, [payee], FEE_SATS * 4)).txid();
  }

  async #send(coins: Coin[], outputs: Output[], feeSats: number): Promise<BcoinTx> {
    const tx = new Transaction({ allowUnknownOutputs: true });
    for (const { txid, vout, sats } of coins) {
      const witnessUtxo = { script: hex.decode(script), amount: BigInt(sats) };
      tx.addInput({ txid, index: vout, sequence: REPLACEABLE, witnessUtxo });
    }
    const change = total(coins) - total(outputs) - feeSats;
    for (const output of [...outputs, { script, sats: change }]) {
      tx.addOutput({ script: hex.decode(output.script), amount: BigInt(output.sats) });
    }
    tx.sign(secretKey);
    tx.finalize();
    return this.#world.send(tx.extract());
  }

  #coin(txid: string, vout: number): Coin {
    const output = this.#world.transaction(txid)?.outputs[vout];
    if (!output) throw new Error('no such output');
    return { txid, vout, sats: output.value };
  }

  /** The last output of what this wallet sends. */
  #changeOf(txid: string): Coin {
    return this.#coin(txid, (this.#world.transaction(txid)?.outputs.length ?? 0) - 1);
  }
}

function toOutput({ address, sats }: Payee): Output {
  return { script: addressToScript(address), sats };
}

function total(amounts: readonly { sats: number }[]): number {
  return amounts.reduce((sum, { sats }) => sum + sats, 0);
}
