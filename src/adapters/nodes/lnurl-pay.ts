// LUD-06 as a wallet speaks it: asks a foreign server for the BOLT11 of an amount. Called by lightning-address.ts, which is paid there, and
// by resolve-pay.ts, which pays there.

import * as z from 'zod';
import { readBolt11 } from '../../core/lightning/bolt11.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { NodeError } from './node.ts';
import { MAX_LIST_BYTES, type Outside, Road } from './request.ts';
import { amount } from './values.ts';

const payRequest = z.object({
  tag: z.literal('payRequest'),
  callback: z.string(),
  /** Millisatoshis. */
  minSendable: amount,
  maxSendable: amount,
  /** As it was sent: its bytes are hashed. */
  metadata: z.string().catch(''),
  commentAllowed: amount.catch(0n),
});
const invoiced = z.object({ pr: z.string(), verify: z.string().nullish() });

/**
 * @param url of an LNURL or a Lightning address; it and the callback are held to the rules for foreign servers
 * @param shownAs for people
 * @throws NodeError
 */
export async function askForBolt11(
  { url, shownAs, amountMsat, comment }: { url: string; shownAs: string; amountMsat: bigint; comment: string },
  outside: Outside,
): Promise<{ bolt11: string; paymentHash: string; metadata: string; verify: string | null }> {
  const road = new Road(outside, url);
  // It may hold a picture of 100 kB.
  const request = await getLnurl(road, '', payRequest, MAX_LIST_BYTES);
  if (request === 'not found') throw new NodeError('refused', `${road.host} does not know ${shownAs}.`);
  const { callback, minSendable, maxSendable, metadata, commentAllowed } = request;
  if (amountMsat < minSendable || amountMsat > maxSendable) {
    const limits = `from ${(minSendable + 999n) / 1000n} to ${maxSendable / 1000n} sats`;
    throw new NodeError('refused', `${shownAs} takes payments ${limits}.`);
  }
  const said = shortened(comment, Number(commentAllowed));
  const query = new URLSearchParams({ amount: String(amountMsat), ...(said ? { comment: said } : {}) });
  const [base = ''] = callback.split('#');
  const server = new Road(outside, base);
  const answer = await getLnurl(server, `${base.includes('?') ? '&' : '?'}${query}`, invoiced);
  if (answer === 'not found') throw server.unexpected('it does not know its own callback');
  return { ...read(server, answer.pr), metadata, verify: answer.verify ?? null };
}

/** LUD-01: errors are JSON, and the status says nothing. @throws NodeError */
export async function getLnurl<T>(
  road: Road,
  path: string,
  shape: z.ZodType<T>,
  maxBytes?: number,
): Promise<T | 'not found'> {
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
