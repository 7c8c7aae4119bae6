// The shop's client of SatLane's API: POST /v1/invoices (integration guide §4, §12), called by buy.ts, and GET /v1/invoices/:id, called by
// desk.ts.
import * as z from 'zod';

const digits = z.string().regex(/^\d+$/);
const time = z.iso.datetime({ offset: true });

/** What the shop keeps of an invoice, as the API and every webhook show it. */
export const invoiceSchema = z.object({
  id: z.string(),
  status: z.string(),
  environment: z.string(),
  address: z.string(),
  amount_sats: digits,
  amount_paid_sats: digits,
  amount_tolerance_sats: digits,
  amount_fiat: z.number().nullish(),
  fiat_currency: z.string().nullish(),
  btc_usd_rate: z.number().nullish(),
  conf_threshold: z.number(),
  expires_at: time,
  late_payment_deadline_at: time,
  // The visitor is sent there, so that a javascript: URL must not pass.
  hosted_checkout_url: z.string().regex(/^https?:\/\//),
  order_ref: z.string().nullish(),
});

export type PlacedInvoice = z.infer<typeof invoiceSchema>;

export interface InvoiceRequest {
  amount?: number;
  currency?: string;
  amount_sats?: string;
  order_ref: string;
  callback_url: string;
  success_url: string;
  metadata: Record<string, string>;
}

export const problemSchema = z.object({
  /** SatLane's error code, or `unreachable` or `unreadable`. */
  code: z.string(),
  message: z.string(),
  requestId: z.string().nullable(),
  retryAfterSeconds: z.number().nullable(),
});

/** Why there is no invoice. */
export type Problem = z.infer<typeof problemSchema>;

export type CreationResult = { invoice: PlacedInvoice } | { problem: Problem };

export interface SatLane {
  /** Asking again with the same key and request gives the same invoice, never a second one. */
  createInvoice(request: InvoiceRequest, idempotencyKey: string): Promise<CreationResult>;
  /** The BOLT11 invoice that pays what is due; null where SatLane has none to give. */
  bolt11Of(invoiceId: string): Promise<string | null>;
}

const TIMEOUT_MS = 15_000;
const answerSchema = z.object({ invoice: invoiceSchema });
const lightningSchema = z.object({ invoice: z.object({ lightning: z.object({ bolt11: z.string() }).nullish() }) });
const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), request_id: z.string().nullish() }),
});

export function satlaneClient({ api, apiKey }: { api: string; apiKey: string }): SatLane {
  return {
    async createInvoice(request, idempotencyKey) {
      try {
        const response = await fetch(new URL('/v1/invoices', api), {
          method: 'POST',
          headers: {
            authorization: `Bearer ${apiKey}`,
            'content-type': 'application/json',
            'idempotency-key': idempotencyKey,
          },
          body: JSON.stringify(request),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        return await readAnswer(response);
      } catch (error) {
        // The invoice may have been made all the same: the key makes it safe to ask again.
        return { problem: ownProblem('unreachable', String(error)) };
      }
    },
    async bolt11Of(invoiceId) {
      const response = await fetch(new URL(`/v1/invoices/${invoiceId}`, api), {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch(() => null);
      const answer = lightningSchema.safeParse(response?.ok ? await response.json() : null);
      return answer.data?.invoice.lightning?.bolt11 ?? null;
    },
  };
}

async function readAnswer(response: Response): Promise<CreationResult> {
  const text = await response.text();
  const body = tryJson(text);
  if (response.ok) {
    const answer = answerSchema.safeParse(body);
    if (answer.success) return { invoice: answer.data.invoice };
    return { problem: ownProblem('unreadable', z.prettifyError(answer.error)) };
  }
  const failure = errorSchema.safeParse(body);
  if (!failure.success) return { problem: ownProblem('unreadable', `HTTP ${response.status}: ${text.slice(0, 200)}`) };
  const { code, message, request_id } = failure.data.error;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    problem: {
      code,
      message,
      requestId: request_id ?? null,
      retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
    },
  };
}

function ownProblem(code: 'unreachable' | 'unreadable', message: string): Problem {
  return { code, message, requestId: null, retryAfterSeconds: null };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
