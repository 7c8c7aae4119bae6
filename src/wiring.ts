// Builds the Deps, once per request or Durable Object. Tests build them with another clock. Called by app.ts and worker.ts.

import { openDatabase } from './adapters/db/database.ts';
import { readPlatformSettings } from './adapters/db/platform-settings.ts';
import { Budget } from './adapters/explorers/budget.ts';
import { esplora } from './adapters/explorers/esplora.ts';
import { type OpenHints, openHints } from './adapters/explorers/socket.ts';
import { openAuthLimit, openCreateLimit } from './adapters/limits/client.ts';
import { openRequestLimit } from './adapters/limits/requests.ts';
import { openLimits } from './adapters/limits/settings.ts';
import { cloudflareMailer, httpMailer, type Mailer, mailboxMailer } from './adapters/mail/mailer.ts';
import { openNode, openPayer } from './adapters/nodes/nodes.ts';
import { parseSources } from './adapters/rates/sources.ts';
import { openRooms } from './adapters/rooms/rooms.ts';
import { createVault, type Vault } from './adapters/vault.ts';
import type { Deps } from './deps.ts';
import { type Config, configOf, type Env } from './env.ts';
import { deliverBy } from './jobs/deliver/dispatch.ts';
import { openSenders } from './jobs/deliver/senders.ts';
import { openPayouts } from './jobs/pay/client.ts';
import { openLightning } from './jobs/poll/client.ts';
import { openWatcher } from './jobs/watch/client.ts';
import { log } from './log.ts';
import { mailSwitchedOff } from './services/mails/merchant-mails.ts';
import { notificationNow } from './services/payments/renotify.ts';

/** @throws Error naming what is wrong with the configuration */
export function depsFor(
  env: Env,
  ctx: { waitUntil(work: Promise<unknown>): void },
  overrides: Partial<Deps> = {},
): Deps {
  const config = configOf(env);
  const db = openDatabase(env.DB);
  const vault = vaultOf(config);
  const outbound: typeof fetch = (input, init) => fetch(input, init);
  const now = overrides.now ?? Date.now;
  const background = (work: Promise<unknown>) => deps.background(work);
  const outside = () => ({ fetch: outbound, now, policy: deps.dispatcher.policy });
  const deps: Deps = {
    config,
    db,
    now,
    log,
    vault,
    background: (work) =>
      ctx.waitUntil(
        work.catch((error) => log('background.failed', { error: error instanceof Error ? error.message : 'unknown' })),
      ),
    rooms: openRooms(env.ROOM),
    watcher: openWatcher(env.WATCHER, config.NETWORK),
    lightning: openLightning(env.LIGHTNING),
    payouts: openPayouts(env.PAYOUTS),
    openNode: (credential, onHint) => openNode(credential, { ...outside(), ...(onHint && { onHint }) }),
    openPayer: (credential) => openPayer(credential, outside()),
    resolvePay: async (to) => (await import('./adapters/nodes/resolve-pay.ts')).resolvePay(to, outside()),
    dispatcher: {
      db,
      vault,
      fetch: outbound,
      now,
      log,
      policy: { targets: config.WEBHOOK_TARGETS, origin: config.ORIGIN },
      bodyNow: (delivery) => notificationNow(deps, delivery),
      onSwitchedOff: (endpoint) => deps.background(mailSwitchedOff(deps, endpoint)),
      senders: openSenders(env.SENDER),
    },
    deliver: deliverBy(() => deps.dispatcher),
    // Made when asked for: most requests never do.
    get explorers() {
      return config.EXPLORERS.map(({ url, perMinute }) =>
        esplora({ url, fetch: outbound, budget: new Budget(perMinute, now) }),
      );
    },
    openHints: hintsOf(config.EXPLORER_SOCKET, outbound, now),
    get rateSources() {
      return parseSources(config.RATES, { fetch: outbound });
    },
    rateSourcesNamed: (names) => parseSources(names.join(), { fetch: outbound }),
    ...limitersOf(env, { db, now, background }),
    mailer: mailerOf(env, config, outbound),
    ...overrides,
  };
  return deps;
}

function limitersOf(
  env: Env,
  { db, now, background }: Pick<Deps, 'db' | 'now' | 'background'>,
): Pick<Deps, 'allowCreate' | 'allowAuth' | 'requests'> {
  const limits = openLimits({ now, background, read: () => readPlatformSettings(db) });
  return {
    allowCreate: openCreateLimit({
      shared: async (key) => (await env.CREATE_LIMITER.limit({ key })).success,
      namespace: env.LIMITER,
      now,
      perMinute: () => limits().createsPerMinute,
    }),
    allowAuth: openAuthLimit(env.LIMITER, now, () => limits().authPerSecond),
    requests: openRequestLimit({
      now,
      background,
      shared: async (caller) => (await env.REQUEST_LIMITER.limit({ key: caller })).success,
      perSecond: () => limits().requestsPerSecond,
    }),
  };
}

function hintsOf(url: string | undefined, fetch: typeof globalThis.fetch, now: () => number): OpenHints | null {
  return url === undefined ? null : (events) => openHints({ url, fetch, now }, events);
}

const RESEND = 'https://api.resend.com/emails';

function mailerOf(env: Env, config: Config, fetch: typeof globalThis.fetch): Mailer | null {
  const { MAILER, MAIL_FROM: from = '', MAIL_TOKEN: token = '', MAIL_URL: url } = config;
  switch (MAILER) {
    case 'none':
      return null;
    case 'cloudflare':
      if (!env.MAIL) throw new Error('configuration: MAILER=cloudflare needs the send_email binding MAIL');
      return cloudflareMailer(env.MAIL, from);
    case 'resend':
      return httpMailer({ url: url ?? RESEND, token, from, fetch });
    case 'local':
      return mailboxMailer(url ?? '', fetch);
  }
}

const vaults = new WeakMap<Config, Vault>();

/** One vault per isolate: importing the key is work. */
function vaultOf(config: Config): Vault {
  const known = vaults.get(config);
  if (known) return known;
  const vault = createVault(config.ENCRYPTION_KEY);
  vaults.set(config, vault);
  return vault;
}
