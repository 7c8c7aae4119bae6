// The OpenAPI document by itself: valid by the standard, with every field explained, and every error known by a test.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type ErrorCode } from '../../../src/errors.ts';
import { openApi } from '../../../src/http/api/openapi/document.ts';
import { errorsOf, type JsonSchema } from '../../../src/http/api/openapi/operation.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import { requestSchema } from '../../../src/http/api/openapi/schema.ts';

const document = openApi(OPERATIONS);

describe('The document', () => {
  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('refers to nothing that is not there', () => {
    for (const [, path = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(found, path).toBeDefined();
    }
  });

  it('explains every field that may be sent', () => {
    for (const { id, body, query } of OPERATIONS) {
      for (const asked of [body, query]) {
        if (!asked) continue;
        const { properties = {}, additionalProperties } = requestSchema(asked.schema, asked.notes);
        for (const [field, property] of Object.entries(properties as Record<string, JsonSchema>)) {
          expect(property.description, `${id} ${field}`).toBeTruthy();
        }
        if (id !== 'socketPayment') expect([id, additionalProperties]).toEqual([id, false]);
      }
    }
  });

  it('says of each operation only what the catalogue knows', () => {
    for (const operation of OPERATIONS) for (const code of errorsOf(operation)) expect(CATALOGUE[code]).toBeDefined();
  });
});

const CLAIMS = '../services/payouts/claims.test.ts';
const DECISIONS = '../services/payouts/decisions.test.ts';

const BATCHES = '../services/payouts/batches.test.ts';

/** Where each error is produced by a real request. */
const PRODUCED_IN: Record<ErrorCode, string> = {
  api_key_invalid: 'api/must-refuse.test.ts',
  api_key_revoked: 'api/must-refuse.test.ts',
  api_key_wrong_env: 'api/must-refuse.test.ts',
  auth_required: 'api/must-refuse.test.ts',
  auth_failed: 'api/auth.test.ts',
  auth_totp_required: 'api/totp.test.ts',
  auth_totp_wrong: 'api/totp.test.ts',
  auth_email_not_verified: 'api/auth.test.ts',
  auth_origin_refused: 'api/must-refuse.test.ts',
  forbidden: 'api/must-refuse.test.ts',
  auth_account_suspended: 'api/must-refuse.test.ts',
  not_found: 'api/must-refuse.test.ts',
  no_active_xpub: 'api/invoices.test.ts',
  no_lightning_connection: '../jobs/poll/minting.test.ts',
  lightning_unavailable: '../jobs/poll/minting.test.ts',
  gap_limit_exceeded: 'api/invoices.test.ts',
  idempotency_conflict: 'api/invoices.test.ts',
  invoice_not_cancellable: 'api/invoices.test.ts',
  invoice_already_paid: 'api/simulate.test.ts',
  invoice_expired: 'api/simulate.test.ts',
  conflict: 'api/stores.test.ts',
  gone: 'api/stores-keys.test.ts',
  not_in_review: 'api/resolve.test.ts',
  simulation_not_possible: 'api/simulate.test.ts',
  test_mode_only: 'api/simulate.test.ts',
  validation_error: 'api/invoices.test.ts',
  invalid_currency: 'api/invoices.test.ts',
  invalid_amount: 'api/invoices.test.ts',
  upgrade_required: 'api/pay.test.ts',
  ...{ already_claimed: CLAIMS, duplicate_destination: CLAIMS, amount_too_low: CLAIMS, method_not_supported: CLAIMS },
  ...{ pull_payment_overdraft: CLAIMS, pull_payment_not_started: CLAIMS, pull_payment_expired: CLAIMS },
  ...{ pull_payment_archived: CLAIMS, payout_not_changeable: DECISIONS, payout_in_flight: DECISIONS },
  ...{ old_revision: DECISIONS, over_payout_limit: DECISIONS, second_approval_needed: DECISIONS },
  ...{ batch_not_possible: BATCHES, batch_not_changeable: BATCHES, upload_refused: BATCHES },
  ...{ payouts_paused: DECISIONS, refund_exceeds_paid: 'api/payouts.test.ts' },
  rate_limited: 'api/invoices.test.ts',
  chain_syncing: 'api/invoices.test.ts',
  rate_unavailable: 'api/invoices.test.ts',
  mail_not_configured: 'api/auth.test.ts',
  disk_full: 'api/openapi.test.ts',
  database_unavailable: 'api/openapi.test.ts',
  internal: 'api/openapi.test.ts',
};

describe('Every error of the catalogue', () => {
  it.each(Object.keys(CATALOGUE) as ErrorCode[])('%s is produced by a test', (code) => {
    expect(readFileSync(join(import.meta.dirname, '..', PRODUCED_IN[code]), 'utf8')).toContain(`'${code}'`);
  });
});
