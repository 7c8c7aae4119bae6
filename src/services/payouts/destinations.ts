// What a client enters as a destination, read and held to what can be paid; each refusal names the field. Called by claim.ts and create.ts.

import { amountOf, readAmount } from '../../core/money/amounts.ts';
import { amountDecimals } from '../../core/money/currencies.ts';
import { pow10 } from '../../core/money/fiat.ts';
import {
  type DestinationFault,
  destinationProblem,
  type ReadDestination,
  readDestination,
} from '../../core/payout/destination.ts';
import type { Destination } from '../../core/payout/facts.ts';
import type { Payout, PayoutMethod } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, type ErrorCode } from '../../errors.ts';

export interface Wanted {
  /** As it was entered. */
  destination: string;
  /** The way that the client names beside it; null for what the destination is. */
  method: PayoutMethod | null;
}

const CODES: Partial<Record<DestinationFault, ErrorCode>> = {
  method_not_supported: 'method_not_supported',
  amount_too_low: 'amount_too_low',
};

/** @throws ApiError validation_error, method_not_supported */
export function wantedDestination(deps: Deps, { destination, method }: Wanted): ReadDestination {
  const read = readDestination(destination, deps.config.NETWORK, method);
  if ('fault' in read) throw wrong(read.fault, read.problem);
  if (method !== null && method !== read.method)
    throw wrong('method_not_supported', `This is paid ${read.method === 'onchain' ? 'on chain' : 'over Lightning'}.`);
  return read;
}

/** @throws ApiError validation_error, method_not_supported, amount_too_low */
export function payableTo(
  read: ReadDestination,
  { amountSats }: Pick<Payout, 'amountSats'>,
  terms: { methods: readonly PayoutMethod[]; minBolt11Seconds: number; isOwn: boolean; nowMs: number },
): Destination {
  const problem = destinationProblem(read, { ...terms, amountSats });
  if (problem) throw wrong(problem.fault, problem.problem);
  const { method, destination, bolt11 } = read;
  return { method, destination, bolt11 };
}

/** With all decimals of the currency, as it will be read. @throws ApiError validation_error, invalid_amount, invalid_currency */
export function amountIn(currency: string, given: number | string): string {
  const read = readAmount(given, currency);
  if ('problem' in read) throw new ApiError('validation_error', `amount: ${read.problem}.`);
  const decimals = amountDecimals(currency);
  if (decimals === null) throw new ApiError('invalid_currency', 'currency: this currency is not supported.');
  if (read.amount.units === 0n) throw new ApiError('invalid_amount', 'amount: must be more than zero.');
  const { units, scale } = read.amount;
  return amountOf(units * pow10(decimals - scale), currency);
}

const wrong = (fault: DestinationFault, problem: string) =>
  new ApiError(CODES[fault] ?? 'validation_error', `destination: ${problem}`);
