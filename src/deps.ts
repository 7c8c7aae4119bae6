// Everything the spine and the edges need from outside, in one typed bundle, built once per request or object. Tests
// build it with another clock; what would make a layer point upward comes in through here.

import { mailSwitchedOff } from './accounts/merchant-mails.ts';
import { Budget } from './chain/budget.ts';
import { esplora } from './chain/esplora.ts';
import type { Explorer } from './chain/explorer.ts';
import { type OpenHints, openHints } from './chain/socket.ts';
import { type Database, openDatabase } from './db/database.ts';
import { readPlatformSettings } from './db/platform-settings.ts';
import { type Config, configOf, type Env } from './env.ts';
import { openAuthLimit, openCreateLimit } from './limits/client.ts';
import { openRequestLimit, type RequestLimit } from './limits/requests.ts';
import { openLimits } from './limits/settings.ts';
import { openRooms, type Rooms } from './live/rooms.ts';
import { type Log, log } from './log.ts';
import { cloudflareMailer, httpMailer, type Mailer, mailboxMailer } from './mail/mailer.ts';
import { notificationNow } from './payments/renotify.ts';
import type { RateSource } from './rates/source.ts';
import { parseSources } from './rates/sources.ts';
import { createVault, type Vault } from './vault.ts';
import { openWatcher, type WatcherClient } from './watch/client.ts';
import type { Dispatcher } from './webhooks/dispatcher.ts';
import { openSenders } from './webhooks/senders.ts';

export interface Deps {
  config: Config;
  db: Database;
  now: () => number;
  log: Log;
  /** Work that may outlive the response. */
  background: (work: Promise<unknown>) => void;
  vault: Vault;
  rooms: Rooms;
  watcher: WatcherClient;
  dispatcher: Dispatcher;
  explorers: Explorer[];
  /** Opens an explorer's socket; null where none is configured. */
  openHints: OpenHints | null;
  rateSources: RateSource[];
  /** Those that the operator has chosen instead, by name. */
  rateSourcesNamed: (names: readonly string[]) => RateSource[];
  /** Counts a create by an API key; false when the key has used up its minute. */
  allowCreate: (keyHash: string) => Promise<boolean>;
  /** Counts an attempt to log in, sign up and the like from an IP address; false when it has used up its second. */
  allowAuth: (ip: string) => Promise<boolean>;
  /** Counts what is neither of these, without asking anybody. */
  requests: RequestLimit;
  /** null where no mail is sent. */
  mailer: Mailer | null;
}

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
  const limits = openLimits({ now, background, read: () => readPlatformSettings(db) });
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
    mailer: mailerOf(env, config, outbound),
    ...overrides,
  };
  return deps;
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
