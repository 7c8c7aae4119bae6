// A Lightning address that tells of its payments: LUD-16 and LUD-06 mint, LUD-21 looks up. No credential; the server is a foreign one,
// and so are those that its answers name. Called by nodes.ts.

import * as z from 'zod';
import { readBolt11 } from '../../core/lightning/bolt11.ts';
import type { Credential } from '../../core/lightning/connection.ts';
import { urlOfAddress } from '../../core/lightning/lnurl.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { MISSING, oneByOne } from './lists.ts';
import { type Minted, type Node, NodeError } from './node.ts';
import { MAX_LIST_BYTES, type Outside, Road } from './request.ts';
import { amount, hash } from './values.ts';

const payRequest = z.object({
  tag: z.literal('payRequest'),
  callback: z.string(),
  /** Millisatoshis. */
  minSendable: amount,
  maxSendable: amount,
  commentAllowed: amount.catch(0n),
});
const minted = z.object({ pr: z.string(), verify: z.string().nullish() });
const verified = z.object({ settled: z.boolean(), preimage: z.string().nullish(), pr: z.string().nullish() });

export function lightningAddress(
  { address }: Extract<Credential, { kind: 'lightning_address' }>,
  outside: Outside,
): Node {
  const road = new Road(outside, urlOfAddress(address));
  const lookup = async ({ bolt11, verifyUrl }: Minted) => {
    const server = new Road(outside, verifyUrl ?? '');
    const answer = await get(server, '', verified);
    if (answer === 'not found') return MISSING;
    if (answer.pr && answer.pr.toLowerCase() !== bolt11.toLowerCase())
      throw server.unexpected('it shows another BOLT11 invoice');
    return {
      state: answer.settled ? ('settled' as const) : ('open' as const),
      // LUD-21 does not say how much arrived: a BOLT11 is paid as a whole.
      receivedMsat: answer.settled ? (readBolt11(bolt11).amountMsat ?? 0n) : 0n,
      feeMsat: 0n,
      preimage: answer.settled ? (hash.safeParse(answer.preimage).data ?? null) : null,
      settledAtMs: null,
    };
  };
  return {
    kind: 'lightning_address',
    host: road.host,
    ...{ cancels: false, hooks: false, lists: false, descriptionHashes: false, trusted: true },
    async mint({ amountMsat, description }) {
      // It may hold a picture of 100 kB.
      const request = await get(road, '', payRequest, MAX_LIST_BYTES);
      if (request === 'not found') throw new NodeError('refused', `${road.host} does not know ${address}.`);
      const { callback, minSendable, maxSendable } = request;
      if (amountMsat < minSendable || amountMsat > maxSendable) {
        const limits = `from ${(minSendable + 999n) / 1000n} to ${maxSendable / 1000n} sats`;
        throw new NodeError('refused', `${address} takes payments ${limits}.`);
      }
      const comment = shortened(typeof description === 'string' ? description : '', Number(request.commentAllowed));
      const query = new URLSearchParams({ amount: String(amountMsat), ...(comment ? { comment } : {}) });
      const [base = ''] = callback.split('#');
      const server = new Road(outside, base);
      const answer = await get(server, `${base.includes('?') ? '&' : '?'}${query}`, minted);
      if (answer === 'not found') throw server.unexpected('it does not know its own callback');
      return { ...read(server, answer.pr), verifyUrl: verifyUrlOf(answer.verify, address, outside), description: null };
    },
    lookup,
    lookupMany: (many) => oneByOne(many, lookup),
    cancel: async () => {},
    close() {},
  };
}

/** LUD-01: errors are JSON, and the status says nothing. */
async function get<T>(road: Road, path: string, shape: z.ZodType<T>, maxBytes?: number): Promise<T | 'not found'> {
  const answer = await road.ask(path, { judges: 'all', ...(maxBytes ? { maxBytes } : {}) });
  const { status, reason } = Object(answer.data) as Record<string, unknown>;
  const isError = /^error$/i.test(String(status));
  if (isError && /not found/i.test(String(reason))) return 'not found';
  if (isError) throw new NodeError('refused', `${road.host} refused.${road.words(answer)}`);
  if (answer.status >= 400) throw road.failure(answer);
  return road.read(answer, shape);
}

function read(road: Road, pr: string): { bolt11: string; paymentHash: string } {
  try {
    return { bolt11: pr.toLowerCase(), paymentHash: readBolt11(pr).paymentHash };
  } catch {
    throw road.unexpected('its BOLT11 invoice cannot be read');
  }
}

function verifyUrlOf(verify: string | null | undefined, address: string, outside: Outside): string {
  if (!verify)
    throw new NodeError(
      'unsupported',
      `The server of ${address} does not say when a payment arrives (LUD-21 verify). Use an address whose server does, such as one of BTCPay Server or Blink.`,
    );
  // Refused now where it could not be called later.
  new Road(outside, verify);
  return verify;
}
