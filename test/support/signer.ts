// A live shop whose wallet pays out, and the device that signs for it.

import { expect } from 'vitest';
import { walletById } from '../../src/adapters/db/wallet-history.ts';
import { acceptUpload } from '../../src/core/psbt/accept.ts';
import { buildPsbt } from '../../src/core/psbt/build.ts';
import { select } from '../../src/core/psbt/select.ts';
import { inputWeight } from '../../src/core/psbt/weight.ts';
import type { ScriptType } from '../../src/core/wallet/address.ts';
import { changeFor, coinsOf, previousTransactions, scriptsOf } from '../../src/services/wallets/coins.ts';
import { DESTINATIONS, psbtOf, signed, walletOf } from '../core/psbt/support.ts';
import { openShop } from './shop.ts';

let seed = 100;

/** A live shop, and the device that signs for its wallet. */
export async function openSigner(scriptType: ScriptType = 'p2wpkh') {
  const device = walletOf(scriptType, seed++);
  const shop = await openShop({ walletKey: device.descriptor });
  const { deps, store } = shop.merchant;
  const walletId = `wallet-${store.id}`;
  const { watcher } = shop;
  deps.watcher = {
    ...deps.watcher,
    followWallet: watcher.followWallet,
    broadcast: watcher.broadcast,
    feeRate: watcher.feeRate,
    rawTransactions: (txids) => watcher.rawTransactions([...txids]),
  };
  const wallet = async () => {
    const found = await walletById(deps.db, walletId);
    if (!found) throw new Error('no wallet');
    return found;
  };
  const self = {
    ...shop,
    deps,
    walletId,
    wallet,
    device,
    spendable: async () => {
      const coins = await coinsOf(deps, walletId, Number.MAX_SAFE_INTEGER);
      return coins.toSorted((a, b) => a.valueSats - b.valueSats);
    },
    values: async () => (await self.spendable()).map(({ valueSats }) => valueSats),
    /** An invoice that is paid and mined. */
    async earn(sats: number) {
      const { id, address } = await shop.invoiceOf(sats);
      const { txid, vout } = await shop.pay(address, sats);
      await shop.mine();
      await shop.follow();
      return { id, address, outpoint: `${txid}:${vout}` };
    },
    /** What the merchant's device signs of a plan over its coins. */
    async sign(sats: number) {
      const coins = await self.spendable();
      const change = await changeFor(deps, await wallet(), new Set());
      if (!change) throw new Error('no change address');
      const scriptAt = await scriptsOf(deps, await wallet());
      const plan = select({
        inputWeight: inputWeight(scriptAt(change.place)),
        coins: coins.map(({ outpoint, valueSats, chain, index }) => ({
          outpoint,
          valueSats: BigInt(valueSats),
          place: { chain, index },
        })),
        payees: [{ id: 'payout_1', script: DESTINATIONS[0] ?? '', valueSats: BigInt(sats) }],
        change,
        satsPerKvb: 2000n,
        maxFeeSats: 10_000n,
      });
      const used = coins.filter(({ outpoint }) => plan.inputs.some((input) => input.outpoint === outpoint));
      const psbt = buildPsbt(plan, scriptAt, await previousTransactions(deps, walletId, used));
      const { complete } = acceptUpload(psbtOf(signed(device, psbt)), plan, scriptAt);
      if (!complete) throw new Error('not signed');
      return { ...complete, plan };
    },
    /** The same, accepted by the network. */
    async payOut(sats: number) {
      const { hex, txid, plan } = await self.sign(sats);
      const sent = await fetch(`${shop.chain.explorers[0]}/tx`, { method: 'POST', body: hex });
      expect(await sent.text()).toBe(txid);
      return { txid, plan };
    },
    /** A signed transaction, not sent yet. */
    async transaction(sats: number) {
      await watcher.followWallet(walletId);
      await self.earn(60_000);
      return (await self.sign(sats)).hex;
    },
  };
  return self;
}
