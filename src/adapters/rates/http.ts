// Fetches one JSON document from a price source that may hang, lie, flood us or send an HTML page.
// Called by exchanges.ts only.
import { readAtMost } from '../../core/text/bounded.ts';
import { RateSourceError } from './source.ts';

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export type HttpOptions = {
  fetch: Fetch;
  /** For the whole exchange, body included. */
  timeoutMs?: number;
};

const TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 256 * 1024;

/**
 * GETs `url` and parses its JSON.
 * Throws RateSourceError naming `source` on a network failure, timeout, redirect, status other than 200, wrong content type,
 * a body over 256 KiB, or bad JSON.
 */
export async function fetchJson(source: string, url: string, options: HttpOptions): Promise<unknown> {
  // Taken out of its object because workerd's fetch refuses to be called as the method of another object.
  const { fetch, timeoutMs = TIMEOUT_MS } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      signal,
      // Not followed: a price from another host than the configured one is not that source's price.
      redirect: 'manual',
      headers: { accept: 'application/json', 'user-agent': 'SatLane/1.0' },
    });
    await refuseUnlessJson(source, response);
    return JSON.parse(await readCapped(source, response));
  } catch (error) {
    if (error instanceof RateSourceError) throw error;
    if (signal.aborted) throw new RateSourceError(source, `no answer within ${timeoutMs} ms`, { cause: error });
    const problem = error instanceof SyntaxError ? 'the answer is not JSON' : 'the request failed';
    throw new RateSourceError(source, problem, { cause: error });
  }
}

async function refuseUnlessJson(source: string, response: Response): Promise<void> {
  const type = response.headers.get('content-type') ?? 'no content type';
  if (response.status === 200 && /\bjson\b/i.test(type)) return;
  // An unread body would keep one of the few connections a Worker has.
  await response.body?.cancel();
  if (response.status !== 200) throw new RateSourceError(source, `answered with status ${response.status}`);
  throw new RateSourceError(source, `answered with ${type.slice(0, 40)} instead of JSON`);
}

async function readCapped(source: string, response: Response): Promise<string> {
  const bytes = await readAtMost(response, MAX_BODY_BYTES);
  if (bytes === null) throw new RateSourceError(source, `answered with more than ${MAX_BODY_BYTES} bytes`);
  return new TextDecoder().decode(bytes);
}
