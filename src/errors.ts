// The closed catalogue of errors: code → HTTP status and default message (integration guide §12). Thrown anywhere,
// rendered by each dialect in api/*/errors.ts.

export const CATALOGUE = {
  api_key_invalid: [
    401,
    'The API key is missing or unknown. Send "Authorization: Bearer sl_live_…" or "Bearer sl_test_…".',
  ],
  api_key_revoked: [401, 'This API key was revoked. Use another key of the store.'],
  api_key_wrong_env: [401, 'This is a test key and its store is live. Create a live key: it works in test mode, too.'],
  auth_required: [401, 'Log in first.'],
  auth_failed: [401, 'The e-mail address or the password is wrong.'],
  auth_totp_required: [401, 'Enter the code of your second factor: send it to /v1/auth/totp/verify.'],
  auth_totp_wrong: [401, 'The code is wrong or was used before. Wait for the next one, or use a recovery code.'],
  auth_email_not_verified: [403, 'Verify your e-mail address first: follow the link in the mail.'],
  auth_origin_refused: [403, 'This request comes from another site. Send the address of this server as Origin.'],
  forbidden: [403, 'Your role does not allow this.'],
  auth_account_suspended: [403, 'The account is suspended. Contact support.'],
  not_found: [404, 'No such resource.'],
  no_active_xpub: [409, 'The store has no active wallet for this environment. Connect a wallet first.'],
  no_lightning_connection: [409, 'The store has no Lightning connection. Connect a node or a wallet first.'],
  gap_limit_exceeded: [
    409,
    "The wallet's gap limit is nearly used up by unpaid invoices. Raise the gap limit in your wallet, then here, or connect another wallet.",
  ],
  idempotency_conflict: [409, 'This Idempotency-Key was used with a different request body.'],
  invoice_not_cancellable: [409, 'Only an invoice without any payment can be cancelled.'],
  invoice_already_paid: [409, 'The invoice is already paid.'],
  conflict: [409, 'This conflicts with the current state.'],
  refund_exceeds_paid: [409, 'With this refund the invoice would be given back more than it was paid.'],
  already_claimed: [409, 'This can be claimed once, and was claimed already.'],
  duplicate_destination: [409, 'The destination is used by another claim that is not paid yet.'],
  pull_payment_overdraft: [409, 'This is more than what is left to claim.'],
  pull_payment_not_started: [409, 'This cannot be claimed yet.'],
  pull_payment_expired: [410, 'The time to claim this is over.'],
  pull_payment_archived: [410, 'The store has withdrawn this.'],
  payout_not_changeable: [409, 'The state of the payout does not allow this.'],
  payout_in_flight: [409, 'The payout is on its way. What becomes of it must be known first.'],
  old_revision: [409, 'The payout has changed since it was shown. Read it again, then decide.'],
  over_payout_limit: [409, 'The amount is above a limit of the store.'],
  second_approval_needed: [409, 'Another person has to approve this payout: neither who made it nor who approved it.'],
  batch_not_possible: [409, 'No transaction can pay this. Change what it pays, or its fee.'],
  batch_not_changeable: [409, 'The state of the batch does not allow this.'],
  upload_refused: [422, 'This is not the signed transaction that was approved. Nothing was sent.'],
  payouts_paused: [409, 'The store has stopped its payouts.'],
  invoice_expired: [410, 'The late deadline of the invoice has passed: SatLane credits no further payment.'],
  gone: [410, 'This no longer exists.'],
  not_in_review: [409, 'Only an invoice that requires review can be resolved.'],
  simulation_not_possible: [409, 'The event cannot follow from the current state of the invoice.'],
  test_mode_only: [409, 'Only invoices of a store in test mode can be simulated.'],
  validation_error: [400, 'The request is not valid.'],
  invalid_currency: [400, 'This currency is not supported.'],
  invalid_amount: [400, 'This amount cannot be paid in bitcoin.'],
  amount_too_low: [400, 'The amount is below the smallest payment that the network carries.'],
  method_not_supported: [400, 'This way to be paid is not offered here.'],
  upgrade_required: [426, 'This address is a WebSocket: connect with an Upgrade request.'],
  rate_limited: [429, 'Too many requests. Wait as many seconds as Retry-After says, then try again.'],
  chain_syncing: [
    503,
    'No block explorer shows a fresh chain. Live invoices cannot be created until one does: try again.',
  ],
  lightning_unavailable: [
    503,
    'The Lightning node gave no invoice. Try again with the same Idempotency-Key, or offer the on-chain method, too.',
  ],
  rate_unavailable: [
    503,
    'There is no fresh exchange rate for this currency. Try again, or price the invoice in sats.',
  ],
  mail_not_configured: [503, 'This deployment cannot send mail: its operator has to set MAILER.'],
  disk_full: [503, 'The database is full. The operator has to make room; try again later.'],
  database_unavailable: [503, 'The database did not answer. Try again later.'],
  internal: [500, 'Something went wrong on our side. Quote the request id when you contact support.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Seconds for Retry-After, where asking again can help. */
export const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  rate_limited: 60,
  chain_syncing: 30,
  lightning_unavailable: 10,
  rate_unavailable: 30,
  disk_full: 300,
  database_unavailable: 5,
};

/** An error that a client sees. `message` replaces the catalogue's where more can be said. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly #retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message?: string, retryAfterSeconds?: number) {
    super(message ?? CATALOGUE[code][1]);
    this.code = code;
    this.#retryAfterSeconds = retryAfterSeconds ?? RETRY_AFTER_SECONDS[code];
  }

  get status(): number {
    return CATALOGUE[this.code][0];
  }

  get retryAfterSeconds(): number | undefined {
    return this.#retryAfterSeconds;
  }
}

/** A value that is refused wherever it stands: `path` leads to it, `problem` follows its name. */
export class FieldError extends ApiError {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
  /** Greenfield's clients find a query's fields under the query's own names. */
  readonly where: 'body' | 'query';

  constructor(path: readonly PropertyKey[], problem: string, where: 'body' | 'query' = 'body') {
    super('validation_error', `${path.map(String).join('.') || 'body'}: ${problem}.`);
    this.path = path;
    this.problem = problem;
    this.where = where;
  }
}

/**
 * The field that a message names first ("amount: must be…"), and what is wrong with it. Dialects show it under the name that
 * the field has with them. `field` is null where no field is to blame.
 */
export function blamed(message: string): { field: string | null; words: string } {
  const [, field = null, words = message] = /^([a-z_]+): (.*)$/s.exec(message) ?? [];
  return { field, words };
}

/** The one translation of every thrown value: unknown errors become `internal`, D1's own become retryable. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const text = messagesOf(error);
  if (/SQLITE_FULL|disk is full|Exceeded maximum DB size/i.test(text)) return new ApiError('disk_full');
  if (/D1_ERROR|D1 DB|Network connection lost|storage caused object to be reset/i.test(text)) {
    return /SQLITE_(ERROR|CONSTRAINT|MISMATCH)/.test(text)
      ? new ApiError('internal')
      : new ApiError('database_unavailable');
  }
  return new ApiError('internal');
}

/** The messages of an error and its causes, for matching and for the log. */
export function messagesOf(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return messages.join(' ← ') || String(error);
}
