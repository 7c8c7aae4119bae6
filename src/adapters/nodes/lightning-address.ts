// A Lightning address that tells of its payments: LUD-16 and LUD-06 mint, LUD-21 looks up. No credential; the server is a foreign one,
// and so are those that its answers name. Called by nodes.ts.

import * as z from 'zod';
import { readBolt11 } from '../../core/lightning/bolt11.ts';
import type { Credential } from '../../core/lightning/connection.ts';
import { urlOfAddress } from '../../core/lightning/lnurl.ts';
import { MISSING, oneByOne } from './lists.ts';
import { askForBolt11, getLnurl } from './lnurl-pay.ts';
import { type KindNode, type Minted, NodeError } from './node.ts';
import { type Outside, Road } from './request.ts';
import { hash } from './values.ts';

const verified = z.object({ settled: z.boolean(), preimage: z.string().nullish(), pr: z.string().nullish() });

export function lightningAddress(
  { address }: Extract<Credential, { kind: 'lightning_address' }>,
  outside: Outside,
): KindNode {
  const road = new Road(outside, urlOfAddress(address));
  const lookup = async ({ bolt11, verifyUrl }: Minted) => {
    const server = new Road(outside, verifyUrl ?? '');
    const answer = await getLnurl(server, '', verified);
    if (answer === 'not found') return MISSING;
    return {
      state: answer.settled ? ('settled' as const) : ('open' as const),
      // LUD-21 does not say how much arrived: a BOLT11 is paid as a whole.
      receivedMsat: answer.settled ? (readBolt11(bolt11).amountMsat ?? 0n) : 0n,
      feeMsat: 0n,
      preimage: answer.settled ? (hash.safeParse(answer.preimage).data ?? null) : null,
      settledAtMs: null,
      paymentHash: null,
      bolt11: answer.pr || null,
    };
  };
  return {
    kind: 'lightning_address',
    host: road.host,
    ...{ cancels: false, hooks: false, lists: false, descriptionHashes: false, trusted: true },
    async mint({ amountMsat, description }) {
      const comment = typeof description === 'string' ? description : '';
      const asked = { url: urlOfAddress(address), shownAs: address, amountMsat, comment };
      const { bolt11, paymentHash, verify } = await askForBolt11(asked, outside);
      return { bolt11, paymentHash, verifyUrl: verifyUrlOf(verify, address, outside), description: null };
    },
    lookup,
    lookupMany: (many) => oneByOne(many, lookup),
    cancel: async () => {},
    close() {},
  };
}

function verifyUrlOf(verify: string | null, address: string, outside: Outside): string {
  if (!verify)
    throw new NodeError(
      'unsupported',
      `The server of ${address} does not say when a payment arrives (LUD-21 verify). Use an address whose server does, such as one of BTCPay Server or Blink.`,
    );
  // Refused now where it could not be called later.
  new Road(outside, verify);
  return verify;
}
