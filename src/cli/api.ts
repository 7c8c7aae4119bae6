// Talks to SatLane with a store's key. Tells what may be tried again (Unreachable) from what may not (Fatal).

/** Ends the program: asking again would be answered the same. */
export class Fatal extends Error {
  /** SatLane's own; null where it did not answer with one. */
  readonly code: string | null;

  constructor(message: string, code: string | null = null) {
    super(message);
    this.code = code;
  }
}

/** The network, or a SatLane that is not well: worth another try. */
export class Unreachable extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Api {
  /** Where it is, for people. */
  url: string;
  /**
   * Asks and answers with the parsed JSON.
   * @throws Fatal, Unreachable; the reason of an aborted `signal`
   */
  ask(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: unknown; timeoutMs: number; signal?: AbortSignal },
  ): Promise<unknown>;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** @throws Fatal when either is missing or makes no sense */
export function apiAt(url: string | undefined, apiKey: string | undefined): Api {
  if (!url) throw new Fatal('which SatLane? --api URL or SATLANE_API');
  if (!URL.canParse(url)) throw new Fatal('--api is not a URL');
  const base = new URL(url);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && LOOPBACK.test(base.hostname))) {
    throw new Fatal(
      '--api must start with https://, or the key could be read on the way; http:// is for this machine alone',
    );
  }
  if (!apiKey) throw new Fatal('which API key? SATLANE_API_KEY or --api-key');
  // Checked here because an HTTP client that refuses a header prints it.
  if (!/^sl_(live|test)_[A-Za-z0-9_-]{16,128}$/.test(apiKey)) throw new Fatal('that is not an API key of SatLane');
  const origin = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;

  return {
    url: origin,
    async ask(method, path, { body, timeoutMs, signal }) {
      const headers: Record<string, string> = { authorization: `Bearer ${apiKey}`, 'user-agent': 'satlane-cli' };
      if (body !== undefined) headers['content-type'] = 'application/json';
      // A redirect is not followed: the key goes to the place that was named and to no other.
      const init: RequestInit = { method, headers, body: JSON.stringify(body), redirect: 'manual' };
      const { response, text } = await within(timeoutMs, signal, async (inner) => {
        const answer = await fetch(`${origin}${path}`, { ...init, signal: inner });
        return { response: answer, text: await answer.text() };
      });
      const parsed = parseJson(text);
      if (response.ok && parsed !== undefined) return parsed;
      throw refusal(response, parsed);
    },
  };
}

/** Runs `work` with a signal that ends it after a time or with `outer`. @throws Unreachable, and outer's reason */
export async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const end = () => inner.abort();
  const timer = setTimeout(end, ms);
  outer?.addEventListener('abort', end, { once: true });
  try {
    outer?.throwIfAborted();
    return await work(inner.signal);
  } catch (error) {
    outer?.throwIfAborted();
    throw new Unreachable(inner.signal.aborted ? `no answer within ${ms / 1000} s` : reasonOf(error));
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}

/** `fetch failed` hides why in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string; message?: string } | undefined) : undefined;
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
}

function refusal(response: Response, parsed: unknown): Error {
  const { error } = (parsed ?? {}) as { error?: { code?: unknown; message?: unknown; request_id?: unknown } };
  const said = error ? `${error.code}: ${error.message} (request ${error.request_id})` : `HTTP ${response.status}`;
  if (response.status === 429 || response.status >= 500 || response.ok) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new Unreachable(response.ok ? 'the answer is not JSON' : said, seconds > 0 ? seconds * 1_000 : null);
  }
  return new Fatal(said, typeof error?.code === 'string' ? error.code : null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
