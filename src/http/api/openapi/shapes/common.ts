// What the answers of many routes share. The shapes are strict here, so that the contract test notices a field that
// is not described; the document leaves them open, because fields may be added to answers at any time.

import * as z from 'zod';
import { CATALOGUE, type ErrorCode } from '../../../../errors.ts';

export const time = z.iso.datetime().describe('ISO 8601, UTC.');
export const timeOrNull = time.nullable();
export const sats = z
  .string()
  .regex(/^\d+$/)
  .describe('Satoshis, as a string of digits: JSON numbers lose large amounts.');
export const uuid = z.uuid();
export const index = z.int().min(0);
export const height = z.int().min(0);
export const network = z.enum(['mainnet', 'testnet', 'signet', 'regtest']);
export const environment = z.enum(['test', 'live']);
export const hex = z.string().regex(/^[0-9a-f]*$/);

/** A shape with a name of its own in the document. */
export const named = <T extends z.core.$ZodLooseShape>(id: string, description: string, shape: T) =>
  z.strictObject(shape).meta({ id, description });

export const cursor = z.string().nullable().describe('Give it back as `cursor` for the next page; null at the end.');
export const nextFrom = index.nullable().describe('Give it back as `from` for the next page; null at the end.');

export const errorBody = named('Error', 'Every error has this shape.', {
  error: z.strictObject({
    code: z.enum(Object.keys(CATALOGUE) as [ErrorCode, ...ErrorCode[]]).describe('For programs.'),
    message: z.string().describe('For people. It names the field where one is wrong.'),
    request_id: uuid.describe('Quote it when you contact support. Also in the header `x-request-id`.'),
  }),
});
