// What a buyer is asked for: what is missing, or the smallest payment that a prompt takes. Pure. Every dialect and page takes it
// from here (native.ts, state.ts).

import type { Prompt } from './invoice.ts';

/**
 * The amount to ask for, so that `missingSats` are paid. A rest below the smallest payment cannot be sent: then it is the
 * smallest, and the invoice may end `overpaid` by the difference.
 */
export function askedSats(missingSats: bigint, prompts: readonly Pick<Prompt, 'minSats'>[]): bigint {
  const least = prompts.reduce<bigint | null>(
    (lowest, { minSats }) => (lowest === null || minSats < lowest ? minSats : lowest),
    null,
  );
  return least !== null && missingSats > 0n && missingSats < least ? least : missingSats;
}
