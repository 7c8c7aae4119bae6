// The ways a node's server can be switched to fail or to lie. Parsed from POST /control/fault; applied by serve.ts to
// requests, by wallet.ts to what is minted and taken, by hooks.ts to hooks.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { DroppedConnection } from '../shop/http.ts';

/** What a request asks for. */
const ACTIONS = ['mint', 'lookup', 'list', 'cancel', 'pay', 'info'] as const;
export type NodeTask = (typeof ACTIONS)[number];

export const serverFaultSchema = z.strictObject({
  // What goes wrong with requests.
  /** Only requests that ask for this. */
  only: z.array(z.enum(ACTIONS)).optional(),
  /** Only so many requests; after them the fault is over. */
  times: z.int().min(1).optional(),
  /** First does what it was asked for, and then fails. */
  after: z.boolean().optional(),
  /** The connection breaks without an answer. */
  drop: z.boolean().optional(),
  /** No answer until the fault is switched off. */
  hang: z.boolean().optional(),
  /** This status with an HTML body, as a tunnel answers: 502, or 526 for a certificate that Cloudflare refuses. */
  status: z.int().min(400).max(599).optional(),
  /** 200 with an HTML page. */
  html: z.boolean().optional(),
  /** The answer comes twice, where answers are messages (NWC). */
  twice: z.boolean().optional(),
  /** The true answer, cut off in the middle. */
  cut: z.boolean().optional(),
  delayMs: z.int().min(0).max(600_000).optional(),

  // What it says that is not so.
  /** Mints over this many millisatoshis more than it was asked for. */
  alterMsat: z.int().optional(),
  /** Mints for this many seconds longer than it was asked for. */
  alterExpirySeconds: z.int().optional(),
  /** Names another payment hash than that of the BOLT11 that it minted. */
  alterHash: z.boolean().optional(),
  /** Shows another preimage. */
  alterPreimage: z.boolean().optional(),
  /** Shows a BOLT11 without a payment as settled. */
  settleUnpaid: z.boolean().optional(),
  /** Knows none of its BOLT11s, and none of the payments that it made. */
  forget: z.boolean().optional(),

  /** Shows a payment that it made as failed. */
  sayFailed: z.boolean().optional(),

  // What it does with payments.
  /** Each route costs this many millisatoshis. */
  routeFeeMsat: z.int().min(0).optional(),
  /** It may pay no more than this. */
  budgetSats: z.int().min(0).optional(),
  /** Does not take payments: they are held until POST /control/release. */
  hold: z.boolean().optional(),
  /** Takes payments of BOLT11s that ran out. */
  takeLate: z.boolean().optional(),
  /** Keeps this many sats of each payment, as phoenixd does for liquidity. */
  feeSats: z.int().min(0).optional(),

  // What goes wrong with hooks.
  hooks: z.enum(['none', 'twice', 'forged']).optional(),
  hookDelayMs: z.int().min(0).max(600_000).optional(),
});

export type ServerFault = z.infer<typeof serverFaultSchema>;

/** The fault of one server, and how often it was asked for what. */
export class FaultyServer {
  readonly requests: Partial<Record<NodeTask, number>> = {};
  #fault: ServerFault = {};
  #changed = Promise.withResolvers<void>();

  get fault(): ServerFault {
    return this.#fault;
  }

  set(fault: ServerFault): void {
    this.#fault = fault;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Answers a request, or fails as it was switched to. */
  async apply(action: NodeTask, answer: () => Promise<Response>): Promise<Response> {
    this.requests[action] = (this.requests[action] ?? 0) + 1;
    const fault = this.#take(action);
    if (fault.delayMs) await pause(fault.delayMs);
    if (!fault.after) await this.#fail(fault);
    const failure = fault.after ? undefined : failureOf(fault);
    if (failure) return failure;
    const response = await answer();
    if (fault.after) await this.#fail(fault);
    return (fault.after && failureOf(fault)) || (fault.cut ? await cutOff(response) : response);
  }

  #take(action: NodeTask): ServerFault {
    const { only, times, ...fault } = this.#fault;
    if (only && !only.includes(action)) return {};
    if (times !== undefined) this.#fault = times > 1 ? { ...this.#fault, times: times - 1 } : {};
    return fault;
  }

  async #fail({ drop, hang }: ServerFault): Promise<void> {
    if (hang) await this.#changed.promise;
    if (drop || hang) throw new DroppedConnection();
  }
}

const PAGE = '<!doctype html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>';

function failureOf({ status, html }: ServerFault): Response | undefined {
  if (status === undefined && !html) return undefined;
  return new Response(PAGE, { status: status ?? 200, headers: { 'content-type': 'text/html; charset=UTF-8' } });
}

async function cutOff(response: Response): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let isSent = false;
  const source = {
    pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      if (isSent) return controller.error(new DroppedConnection());
      isSent = true;
      controller.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2)));
    },
  };
  const half = new ReadableStream(source, { highWaterMark: 0 });
  const headers = new Headers(response.headers);
  headers.set('content-length', String(bytes.length));
  return new Response(half, { status: response.status, headers });
}
