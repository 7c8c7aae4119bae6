// A wallet over Nostr Wallet Connect (NIP-47), receiving only. Called by nodes.ts.

import * as z from 'zod';
import type { Credential } from '../../core/lightning/connection.ts';
import { foundIn, MISSING, oneByOne } from './lists.ts';
import { type KindNode, type LookedUp, type Minted, NodeError } from './node.ts';
import { NwcWallet } from './nostr/wallet.ts';
import type { Outside } from './request.ts';
import { amount, cutToBytes, hash, jsonNumber } from './values.ts';

/** A response has 64 KB. */
const PAGE = 20;
const CLOCK_SKEW_MS = 10 * 60_000;

const created = z.object({ invoice: z.string(), payment_hash: hash });
const transaction = z.object({
  payment_hash: hash,
  invoice: z.string().nullish(),
  state: z.string().nullish(),
  amount,
  preimage: z.string().nullish(),
  /** Seconds; wallets from before `state` say by it that it is settled. */
  settled_at: amount.nullish(),
  expires_at: amount.nullish(),
});
const list = z.object({ transactions: z.array(transaction) });

export function nwc({ uri }: Extract<Credential, { kind: 'nwc' }>, outside: Outside): KindNode {
  const wallet = new NwcWallet(uri, outside);
  const found = (one: z.infer<typeof transaction>) => incomingOf(one, outside.now());
  const lookup = async ({ paymentHash }: Minted) => {
    const result = await wallet.ask('lookup_invoice', { payment_hash: paymentHash }, transaction);
    return result === 'NOT_FOUND' ? MISSING : found(result);
  };
  async function* pages(sinceMs: number) {
    const from = Math.floor(Math.max(0, sinceMs - CLOCK_SKEW_MS) / 1000);
    for (let offset = 0; ; offset += PAGE) {
      const params = { type: 'incoming', unpaid: true, from, limit: PAGE, offset };
      const result = await wallet.ask('list_transactions', params, list);
      const page = result === 'NOT_FOUND' ? [] : result.transactions;
      yield page.map(found);
      if (page.length < PAGE) return;
    }
  }
  return {
    kind: 'nwc',
    host: wallet.host,
    ...{ cancels: false, hooks: false, lists: true, descriptionHashes: true, trusted: false },
    async mint({ amountMsat, description, expirySeconds }) {
      const sent = typeof description === 'string' ? cutToBytes(description) : description;
      const params = {
        amount: jsonNumber(amountMsat),
        ...(typeof sent === 'string' ? { description: sent } : { description_hash: sent.hash }),
        expiry: expirySeconds,
      };
      const result = await wallet.ask('make_invoice', params, created);
      if (result === 'NOT_FOUND') throw new NodeError('bad_answer', 'The wallet did not make an invoice.');
      return { bolt11: result.invoice, paymentHash: result.payment_hash, verifyUrl: null, description: sent };
    },
    lookup,
    async lookupMany(minted, sinceMs) {
      try {
        return await foundIn(minted, pages(sinceMs));
      } catch (error) {
        // A connection may have the right to look up, and not to list.
        if (error instanceof NodeError && ['unsupported', 'forbidden'].includes(error.fault))
          return oneByOne(minted, lookup);
        throw error;
      }
    },
    cancel: async () => {},
    close: () => wallet.close(),
  };
}

function incomingOf(one: z.infer<typeof transaction>, nowMs: number): LookedUp {
  const settledAtMs = Number(one.settled_at ?? 0n) * 1000;
  const isSettled = one.state ? one.state === 'settled' : settledAtMs > 0;
  const isOver = one.state === 'expired' || one.state === 'failed';
  const open = isOver || (one.expires_at && Number(one.expires_at) * 1000 <= nowMs) ? 'expired' : 'open';
  return {
    state: isSettled ? 'settled' : one.state === 'accepted' ? 'held' : open,
    receivedMsat: isSettled ? one.amount : 0n,
    feeMsat: 0n,
    preimage: isSettled ? (hash.safeParse(one.preimage).data ?? null) : null,
    settledAtMs: isSettled && settledAtMs > 0 ? settledAtMs : null,
    paymentHash: one.payment_hash,
    bolt11: one.invoice || null,
  };
}
