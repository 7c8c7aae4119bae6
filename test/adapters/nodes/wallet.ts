// A Nostr Wallet Connect service of Alby's SDK with a relay of its own. It holds one BOLT11, which is paid. Called by the hub.

import { randomBytes } from 'node:crypto';
import { NWCWalletService, NWCWalletServiceKeyPair } from '@getalby/sdk/nwc';
import { publicKeyOf } from '../../../src/adapters/nodes/nostr/event.ts';
import { startRelay } from './relay.ts';

const TRANSACTION = {
  type: 'incoming' as const,
  state: 'settled' as const,
  invoice: 'lnbcrt1',
  description: '',
  description_hash: '',
  preimage: 'b'.repeat(64),
  payment_hash: 'a'.repeat(64),
  amount: 1_234_000,
  fees_paid: 0,
  settled_at: 1_800_000_060,
  created_at: 1_800_000_000,
  expires_at: 4_000_000_000,
};

export async function startWallet(): Promise<{ uri: string; close: () => Promise<void> }> {
  const relay = await startRelay();
  const [wallet, key] = [randomBytes(32), randomBytes(32)];
  const service = new NWCWalletService({ relayUrls: [relay.url] });
  await service.publishWalletServiceInfoEvent(wallet.toString('hex'), ['make_invoice', 'lookup_invoice'], []);
  const answer = async () => ({ result: TRANSACTION, error: undefined });
  const stop = await service.subscribe(new NWCWalletServiceKeyPair(wallet.toString('hex'), publicKeyOf(key)), {
    makeInvoice: answer,
    lookupInvoice: answer,
  });
  const query = new URLSearchParams({ relay: relay.url, secret: key.toString('hex') });
  return {
    uri: `nostr+walletconnect://${publicKeyOf(wallet)}?${query}`,
    async close() {
      stop();
      service.close();
      relay.close();
    },
  };
}
