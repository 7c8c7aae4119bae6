// What a buyer is asked for: what is missing, or the smallest payment that the network carries. Pure. Every dialect and page
// takes it from here (native.ts, state.ts).

import { dustLimitOfScript } from '../wallet/dust.ts';

/**
 * The amount to ask for, so that `missingSats` are paid. A rest below the dust limit of the address cannot be sent: then it is
 * the dust limit, and the invoice may end `overpaid` by the difference.
 * @param script of the invoice's address, in hex
 */
export function askedSats(missingSats: bigint, script: string): bigint {
  const least = dustLimitOfScript(script);
  return missingSats > 0n && missingSats < least ? least : missingSats;
}
