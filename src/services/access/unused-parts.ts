// In place of two parts of better-auth that SatLane does not use: sign-in at Google and 40 others, with all their keys and tokens, and
// telemetry. wrangler.toml puts it there when it builds the bundle.

import * as z from 'zod';

/** The names of those others; better-auth declares a field of routes that SatLane does not serve with it. */
export const SocialProviderListEnum = z.never();

export const socialProviders = {};

export async function createTelemetry(): Promise<{ publish: () => Promise<void> }> {
  return { publish: async () => {} };
}
