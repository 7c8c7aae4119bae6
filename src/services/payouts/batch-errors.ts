// Why a batch cannot be made or does not change, as clients see it. Called by what makes and changes batches.

import { PsbtError } from '../../core/psbt/errors.ts';
import { ApiError } from '../../errors.ts';

/** @throws ApiError for what core/psbt refuses, in its own words */
export function advised<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PsbtError)) throw error;
    throw new ApiError(error.code === 'bad_previous' ? 'chain_syncing' : codeOf(error), error.message);
  }
}

const OF_UPLOADS: ReadonlySet<PsbtError['code']> = new Set([
  ...(['unreadable', 'too_large', 'different_transaction', 'unsigned', 'wrong_sighash', 'bad_signature'] as const),
]);

function codeOf({ code }: PsbtError): 'upload_refused' | 'batch_not_possible' {
  return OF_UPLOADS.has(code) ? 'upload_refused' : 'batch_not_possible';
}

export function batchMissing(): ApiError {
  return new ApiError('not_found', 'The store has no such batch.');
}
