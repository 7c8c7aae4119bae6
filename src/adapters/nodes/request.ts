// The one road to a merchant's node over HTTP: https alone, no redirects, a limit of time and size, exact numbers. What fails on the
// way becomes a NodeError whose text holds no credential. Called by the file of each kind.

import type * as z from 'zod';
import { readAtMost } from '../../core/text/bounded.ts';
import { parseWritten } from '../../core/text/json.ts';
import { serverProblem, type TargetPolicy } from '../../core/text/webhook-url.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { NodeError } from './node.ts';
import { answerLine } from './stream-line.ts';

export interface Outside {
  fetch: typeof fetch;
  now: () => number;
  /** As for webhooks: loopback and http in the local world alone. */
  policy: TargetPolicy;
  /** For one request, body included. */
  timeoutMs?: number;
  /** A wallet said over its socket that this was paid: look it up. */
  onHint?: (paymentHash: string) => void;
}

interface Question {
  /** POST where there is a body. */
  json?: unknown;
  form?: Record<string, string>;
  maxBytes?: number;
  /** Statuses whose answer the caller judges itself, beside 2xx; `all` from 400 on. */
  judges?: readonly number[] | 'all';
  /** The answer is a stream of lines: the first of which this is true is the answer. */
  endsAt?: (line: string) => boolean;
  /** In place of ten seconds. */
  timeoutMs?: number;
}

export interface NodeAnswer {
  status: number;
  text: string;
  /** Of the JSON; undefined where it is none. */
  data: unknown;
}

export const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 64 * 1024;
/** A page of a list: a hundred invoices of LND with their features and hints. */
export const MAX_LIST_BYTES = 1024 * 1024;
const MAX_WORDS = 200;
const NEEDS_CERTIFICATE =
  'Cloudflare accepts no self-signed certificate: put Caddy with Let’s Encrypt, a Cloudflare Tunnel or Tailscale Funnel before the node, or use a hosted node such as Voltage';

export class Road {
  readonly host: string;
  readonly #outside: Outside;
  readonly #base: string;
  readonly #headers: Record<string, string>;
  /** Nothing shorter: a header may be a digit. */
  readonly #secrets: string[];

  /**
   * @param base without a slash at its end
   * @param headers with the credentials in them
   * @param secrets other texts that must not appear in an error
   * @throws NodeError where this server may not be called
   */
  constructor(outside: Outside, base: string, headers: Record<string, string> = {}, secrets: string[] = []) {
    const problem = serverProblem(base, outside.policy);
    if (problem) throw new NodeError('unsupported', `The address ${URL.parse(base)?.host ?? ''} ${problem}.`);
    this.host = new URL(base).host;
    this.#outside = outside;
    this.#base = base;
    this.#headers = headers;
    // The longest first: one may be a part of another.
    const hidden = [...Object.values(headers), ...secrets].filter((secret) => secret.length > 3);
    this.#secrets = hidden.sort((a, b) => b.length - a.length);
  }

  /**
   * The answer where its status is 2xx or one of `judges`.
   * @throws NodeError otherwise
   */
  async ask(path: string, question: Question = {}): Promise<NodeAnswer> {
    const { fetch } = this.#outside;
    const { maxBytes = MAX_BODY_BYTES, endsAt } = question;
    const timeoutMs = this.#outside.timeoutMs ?? question.timeoutMs ?? TIMEOUT_MS;
    const init = this.#init(question);
    // Not AbortSignal.timeout: its timer would go on after the answer, and the runtime has only so many.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    let response: Response;
    let text: string | null;
    try {
      response = await fetch(`${this.#base}${path}`, { ...init, signal: abort.signal });
      text = await (endsAt ? answerLine(response, endsAt, maxBytes) : textOf(response, maxBytes));
    } catch (error) {
      if (abort.signal.aborted)
        throw new NodeError('timeout', `${this.host} did not answer within ${timeoutMs / 1000} seconds.`);
      if (isOfCertificate(error)) throw this.#certificate();
      throw new NodeError('unreachable', `${this.host} cannot be reached: check its address and that it runs.`);
    } finally {
      clearTimeout(timer);
    }
    if (text === null) {
      abort.abort();
      throw this.unexpected('its answer is too large');
    }
    const answer = { status: response.status, text, data: dataOf(text) };
    const { ok, status } = response;
    const { judges = [] } = question;
    if (ok || (judges === 'all' ? status >= 400 : judges.includes(status))) return answer;
    throw this.failure(answer, response.headers.get('location'));
  }

  /** The answer's data in the shape that the protocol gives it. @throws NodeError `bad_answer` */
  read<T>(answer: NodeAnswer, shape: z.ZodType<T>): T {
    const parsed = shape.safeParse(answer.data);
    if (parsed.success) return parsed.data;
    const at = parsed.error.issues[0]?.path.join('.');
    throw this.unexpected(
      answer.data === undefined ? 'its answer is not JSON' : `its answer has a wrong ${at || 'shape'}`,
    );
  }

  unexpected(what: string): NodeError {
    return new NodeError('bad_answer', `${this.host} does not answer as this kind of node does: ${what}.`);
  }

  /** What a status that is none of the protocol's own means. */
  failure(answer: NodeAnswer, location: string | null = null): NodeError {
    const { status, text } = answer;
    const words = this.words(answer);
    if (status >= 300 && status < 400) return this.#redirect(location);
    if (status === 401) return new NodeError('credential', `${this.host} does not accept this credential.${words}`);
    if (status === 403 && /error code: 1003/.test(text))
      return new NodeError('unsupported', 'The address must name a host: Cloudflare does not call an IP address.');
    if (status === 403)
      return new NodeError('forbidden', `The credential lacks the right to this at ${this.host}.${words}`);
    if (status === 404) return this.unexpected('it does not know this path');
    if (status === 525 || status === 526) return this.#certificate();
    if (status === 429 || status >= 500)
      return new NodeError('unreachable', `${this.host} answered with HTTP ${status}.${words}`);
    return new NodeError('refused', `${this.host} refused.${words || ` HTTP ${status}.`}`);
  }

  /** The node's own words, with a space before them; empty where it has none for people. */
  words({ data, text }: NodeAnswer): string {
    const words = this.said({ data, text });
    return words && ` It says: ${words}`;
  }

  /** The node's own words, at most 200 characters, without a secret of ours; empty where it has none for people. */
  said({ data, text }: Pick<NodeAnswer, 'data' | 'text'>): string {
    let words = wordsIn(data) ?? (data === undefined && !/^\s*</.test(text) ? text : '');
    for (const secret of this.#secrets) words = words.replaceAll(secret, '…');
    return shortened(words.replaceAll(/[\p{C}\s]+/gu, ' ').trim(), MAX_WORDS);
  }

  #init({ json, form }: Question): RequestInit {
    const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    try {
      const headers = new Headers({ accept: 'application/json' });
      // The last of a name counts, in any case.
      for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
      if (body === undefined) return { redirect: 'manual', headers };
      headers.set('content-type', type);
      return { method: 'POST', body, redirect: 'manual', headers };
    } catch {
      // Its message would show the header.
      throw new NodeError('credential', 'The credential or a header holds characters that no header may hold.');
    }
  }

  #redirect(location: string | null): NodeError {
    const to = URL.parse(location ?? '', this.#base)?.hostname ?? '';
    if (to.endsWith('.cloudflareaccess.com'))
      return new NodeError(
        'credential',
        `Cloudflare Access stands before ${this.host}: add the headers CF-Access-Client-Id and CF-Access-Client-Secret of a service token.`,
      );
    return this.unexpected('it redirects, and redirects are not followed. Enter the address that it redirects to');
  }

  #certificate(): NodeError {
    return new NodeError('certificate', `The certificate of ${this.host} cannot be verified. ${NEEDS_CERTIFICATE}.`);
  }
}

async function textOf(response: Response, maxBytes: number): Promise<string | null> {
  const bytes = await readAtMost(response, maxBytes);
  return bytes && new TextDecoder().decode(bytes);
}

function dataOf(text: string): unknown {
  try {
    return parseWritten(text);
  } catch {
    return undefined;
  }
}

/** Where LND, Core Lightning, LNbits and LNURL put what they have to say: an answer may be as deep as it is long. */
function wordsIn(data: unknown): string | null {
  const { error } = Object(data) as Record<string, unknown>;
  const places = [data, error].flatMap((one) => {
    const { message, detail, reason } = Object(one) as Record<string, unknown>;
    return [one, message, detail, reason];
  });
  return places.find((words) => typeof words === 'string') ?? null;
}

/** In the local world; on Cloudflare it is a 526. */
function isOfCertificate(error: unknown): boolean {
  const { message = '', cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return /certificate|CERT|SELF_SIGNED|UNABLE_TO_VERIFY/i.test(
    `${message} ${cause?.code ?? ''} ${cause?.message ?? ''}`,
  );
}
