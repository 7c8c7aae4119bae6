// What the deployment's operator may set while it runs. The environment gives the defaults; what is set here stands over
// them. They apply to the next invoice, the next round of rates, and to limits within a minute.

import { changePlatformSettings, readPlatformSettings } from '../../adapters/db/platform-settings.ts';
import type { PlatformSettings } from '../../adapters/db/schema.ts';
import { DEFAULT_LIMITS } from '../../adapters/limits/settings.ts';
import type { Deps } from '../../deps.ts';
import type { Person } from '../access/sessions.ts';

export { EXCHANGE_NAMES } from '../../adapters/rates/exchanges.ts';
export type { PlatformSettings };

export interface SettingsView {
  /** What the operator has set. */
  set: PlatformSettings;
  /** What holds where nothing is set. */
  defaults: Required<PlatformSettings>;
}

export type SettingsChange = { [K in keyof PlatformSettings]: PlatformSettings[K] | null };

export async function platformSettingsOf(deps: Deps): Promise<SettingsView> {
  return { set: await readPlatformSettings(deps.db), defaults: defaultsOf(deps) };
}

/** `null` goes back to the default. */
export async function updatePlatformSettings(
  deps: Deps,
  person: Person,
  change: SettingsChange,
): Promise<SettingsView> {
  const set = await changePlatformSettings(deps.db, change);
  deps.log('platform.settled', { by: `user:${person.userId}`, settings: Object.keys(change).join() });
  return { set, defaults: defaultsOf(deps) };
}

function defaultsOf({ config, rateSources }: Deps): Required<PlatformSettings> {
  return {
    toleranceBp: config.PAYMENT_TOLERANCE_BP,
    feeBp: config.PLATFORM_FEE_BP,
    rateSources: rateSources.map(({ name }) => name),
    ...DEFAULT_LIMITS,
  };
}
