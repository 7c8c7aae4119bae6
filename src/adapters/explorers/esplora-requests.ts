// What an Esplora explorer is asked over HTTP: one request each, its answer bounded and checked. Called by esplora.ts.

import type * as z from 'zod';
import { readAtMost } from '../../core/text/bounded.ts';
import type { Budget } from './budget.ts';
import { ExplorerError, ExplorerRefusal } from './explorer.ts';

export interface EsploraOptions {
  /** Base URL, e.g. https://mempool.space/api. A user in it is sent as a bearer token, user and password as Basic. */
  url: string;
  fetch: typeof fetch;
  timeoutMs?: number;
  budget: Budget;
}

const TIMEOUT_MS = 6_000;
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Statuses that answer the question with no, and say nothing about the explorer's health. */
const REFUSALS = new Set([400, 405, 413, 414, 422]);

/** Each is null for what is not there. @throws ExplorerError; ExplorerRefusal for what is not offered */
export class EsploraRequests {
  readonly origin: string;
  readonly #options: EsploraOptions;
  readonly #base: string;
  readonly #authorization: Record<string, string>;

  constructor(options: EsploraOptions) {
    const { base, authorization } = parseBase(options.url);
    this.#options = options;
    this.#base = base;
    this.#authorization = authorization;
    this.origin = new URL(base).origin;
  }

  async bytes(path: string, maxBytes: number, body?: string): Promise<Uint8Array | null> {
    const { response, bytes } = await this.#ask(path, maxBytes, body);
    if (response.status === 404) return null;
    if (REFUSALS.has(response.status)) throw new ExplorerRefusal(`HTTP ${response.status}`);
    if (!response.ok) throw new ExplorerError(`HTTP ${response.status}`, retryAfterMs(response));
    if (bytes === null) throw new ExplorerRefusal('answer too large');
    return bytes;
  }

  /** Gives something to the explorer: its own words, whether it took it or not. */
  async give(path: string, body: string): Promise<{ isTaken: boolean; words: string }> {
    const { response, bytes } = await this.#ask(path, MAX_BODY_BYTES, body);
    const isRefused = REFUSALS.has(response.status);
    if (!response.ok && !isRefused) throw new ExplorerError(`HTTP ${response.status}`, retryAfterMs(response));
    return { isTaken: response.ok, words: new TextDecoder().decode(bytes ?? new Uint8Array()).trim() };
  }

  async #ask(path: string, maxBytes: number, body?: string): Promise<{ response: Response; bytes: Uint8Array | null }> {
    const { fetch, budget, timeoutMs = TIMEOUT_MS } = this.#options;
    budget.spend();
    // Not AbortSignal.timeout: its timer would go on after the answer, and the runtime has only so many.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await fetch(`${this.#base}${path}`, {
        redirect: 'manual',
        signal: abort.signal,
        headers: { accept: 'application/json, text/plain, application/octet-stream', ...this.#authorization },
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      return { response, bytes: await readAtMost(response, maxBytes) };
    } catch (error) {
      throw new ExplorerError(`no answer: ${error instanceof Error ? error.name : 'unknown'}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async json<T>(path: string, shape: z.ZodType<T>, body?: string): Promise<T | null> {
    const bytes = await this.bytes(path, MAX_BODY_BYTES, body);
    if (bytes === null) return null;
    try {
      return shape.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      throw new ExplorerError(`not the expected JSON at ${shapeOf(path)}`);
    }
  }

  async text(path: string, shape: RegExp): Promise<string | null> {
    const bytes = await this.bytes(path, MAX_BODY_BYTES);
    if (bytes === null) return null;
    const text = new TextDecoder().decode(bytes).trim();
    if (!shape.test(text)) throw new ExplorerError(`not the expected text at ${shapeOf(path)}`);
    return text;
  }
}

/** A URL without the credentials in it, and the header that carries them: fetch would refuse them, and a log keep them. */
function parseBase(text: string): { base: string; authorization: Record<string, string> } {
  const url = new URL(text);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = '';
  url.password = '';
  const base = url.href.replace(/\/+$/, '');
  if (!user) return { base, authorization: {} };
  return {
    base,
    authorization: { authorization: password ? `Basic ${btoa(`${user}:${password}`)}` : `Bearer ${user}` },
  };
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** A path without ids: addresses do not belong in a log. */
function shapeOf(path: string): string {
  return path.replace(/\/[0-9a-zA-Z]{20,}/g, '/…');
}
