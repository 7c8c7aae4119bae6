// How much a transaction may cost, in plain words: the fields of every form that makes one. Called by the pages of batches.

import * as z from 'zod';
import { readTyped } from '../../../core/money/typed.ts';
import { MAX_SATS_PER_KVB, MIN_SATS_PER_KVB } from '../../../services/payouts/batches.ts';
import { RadioField, TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';

const perByte = (satsPerKvb: bigint) => String(satsPerKvb / 1000n);
const PROBLEM = `Enter a number from ${perByte(MIN_SATS_PER_KVB)} to ${perByte(MAX_SATS_PER_KVB)}, such as 5 or 2.5.`;

export const feeFields = {
  fee: z.enum(['estimated', 'own'], 'Choose one.'),
  fee_rate: z.string().default(''),
};

/** Sats for 1000 virtual bytes; null for what explorers estimate. */
export function readFee({ fee, fee_rate: text }: { fee: 'estimated' | 'own'; fee_rate: string }, ctx: z.RefinementCtx) {
  if (fee === 'estimated') return null;
  const read = readTyped(text, 'USD');
  if ('amount' in read) {
    const satsPerKvb = read.amount.units * 10n ** BigInt(3 - read.amount.scale);
    if (satsPerKvb >= MIN_SATS_PER_KVB && satsPerKvb <= MAX_SATS_PER_KVB) return satsPerKvb;
  }
  ctx.addIssue({ code: 'custom', path: ['fee_rate'], message: PROBLEM });
  return z.NEVER;
}

export function FeeFields({ draft }: { draft: FormDraft }) {
  return (
    <>
      <RadioField
        draft={draft}
        name="fee"
        label="Fee for the network"
        options={[
          { value: 'estimated', text: 'For a block within an hour', hint: 'As block explorers estimate it now.' },
          { value: 'own', text: 'My own fee rate', hint: 'A higher one is faster. A lower one can wait for days.' },
        ]}
      />
      <TextField
        draft={draft}
        name="fee_rate"
        label="My own fee rate"
        hint="In sats per virtual byte, as your wallet shows it."
        inputmode="decimal"
        autocomplete="off"
        maxlength={8}
        optional
      />
    </>
  );
}
