// The smallest output that Bitcoin's network relays, by the script that it pays. Pure. A price below it can be paid by nobody:
// wallets refuse to send it. Called by payments/limits.ts.

import type { ScriptType } from './address.ts';

/** Bitcoin Core's GetDustThreshold at its default of 3000 sats per 1000 bytes: the output and the input that spends it. */
const DUST_SATS: Record<ScriptType, bigint> = {
  p2pkh: 546n,
  'p2sh-p2wpkh': 540n,
  p2wpkh: 294n,
  p2tr: 330n,
};

/** The least that can be sent to an address of this type, in sats. */
export function dustLimitSats(scriptType: ScriptType): bigint {
  return DUST_SATS[scriptType];
}
