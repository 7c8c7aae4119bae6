// What the minute cron does. Each part stands alone: one that fails delays nothing but itself until the next minute.

import { storesWithBolt11s } from './adapters/db/bolt11-invoices.ts';
import { forgetRemoved } from './adapters/db/connections.ts';
import { moveCursor, readCursor } from './adapters/db/cursors.ts';
import { forgetStaleKeys, type KeyPlace } from './adapters/db/idempotency.ts';
import { storesWithTurns } from './adapters/db/payouts.ts';
import { readPlatformSettings } from './adapters/db/platform-settings.ts';
import { allRates, saveRates } from './adapters/db/rates.ts';
import type { StoredRate } from './adapters/db/schema.ts';
import { refreshRates } from './adapters/rates/refresh.ts';
import { IDEMPOTENCY_MS } from './core/invoice/policy.ts';
import { formatDecimal, parseDecimal } from './core/money/fiat.ts';
import type { Deps } from './deps.ts';
import { sweepDeliveries } from './jobs/deliver/dispatch.ts';
import { forgetThrottles } from './services/access/throttle.ts';
import { forgetForms } from './services/accounts/once.ts';
import { forgetUnconfirmed } from './services/accounts/unconfirmed.ts';
import { mailMerchants } from './services/mails/merchant-mails.ts';
import { expireOffChain } from './services/payments/expire.ts';
import { refillPools } from './services/payments/pool.ts';
import { expireLinks } from './services/payouts/expire.ts';
import { followBatches } from './services/payouts/follow-batches.ts';
import { countLogs } from './services/platform/log-counts.ts';

const KEYS_AT_ONCE = 10_000;
/** One in so many is stale where the last turn through the keys was an hour ago. */
const STALE_PART = 25;
const KEY_PARTS_PER_MINUTE = 20;
/** Of more stores, others each minute. */
const POLLERS_PER_MINUTE = 200;
const PAYERS_PER_MINUTE = 200;

export async function runCron(deps: Deps): Promise<void> {
  const parts: Record<string, () => Promise<unknown>> = {
    watch: () => deps.watcher.sweep(),
    expire: () => expireOffChain(deps),
    links: () => expireLinks(deps),
    batches: () => followBatches(deps),
    lightning: () => wakePollers(deps),
    payouts: () => wakePayers(deps),
    connections: () => forgetRemoved(deps.db).run(),
    webhooks: () => sweepDeliveries(deps.dispatcher),
    rates: () => keepRates(deps),
    pools: () => refillPools(deps),
    keys: () => forgetKeys(deps),
    logs: () => countLogs(deps),
    forms: () => forgetForms(deps),
    mails: () => mailMerchants(deps),
    people: () => forgetUnconfirmed(deps),
    throttles: () => forgetThrottles(deps),
  };
  await Promise.all(
    Object.entries(parts).map(([part, run]) =>
      run().catch((error) => deps.log('cron.part_failed', { part, error: String(error).slice(0, 300) })),
    ),
  );
}

/** Asks the rate sources and keeps what they agree on. */
export async function keepRates(deps: Deps): Promise<void> {
  const [stored, { rateSources: chosen }] = await Promise.all([allRates(deps.db), readPlatformSettings(deps.db)]);
  const sources = chosen ? deps.rateSourcesNamed(chosen) : deps.rateSources;
  const previous = new Map(
    Object.entries(stored).flatMap(([currency, { rate, asOfMs }]) => {
      const parsed = parseDecimal(rate);
      return parsed ? [[currency, { rate: parsed, asOfMs }] as const] : [];
    }),
  );
  const { rates, rejected, failures } = await refreshRates({ sources, previous, nowMs: deps.now() });
  const fresh: Record<string, StoredRate> = {};
  for (const [currency, { rate, sources, asOfMs }] of rates)
    fresh[currency] = { rate: formatDecimal(rate), sources, asOfMs };
  if (rates.size > 0) await saveRates(deps.db, fresh);
  for (const { source, problem } of failures) deps.log('rates.source_failed', { source, problem });
  if (rejected.length > 0) deps.log('rates.rejected', { currencies: rejected.length, first: rejected[0]?.reason });
}

/** Each keeps its own alarm; this is what wakes one that lost it, or never heard of its first BOLT11. */
async function wakePollers(deps: Deps): Promise<void> {
  const ids = await storesWithBolt11s(deps.db, POLLERS_PER_MINUTE);
  await Promise.all(ids.map((id) => deps.lightning.wake(id)));
}

/** The same for those that pay. */
async function wakePayers(deps: Deps): Promise<void> {
  const ids = await storesWithTurns(deps.db, deps.now(), PAYERS_PER_MINUTE);
  await Promise.all(ids.map((id) => deps.payouts.check(id)));
}

/** Goes on as long as many are stale, so that a turn through all keys takes about an hour at any rate of requests. */
export async function forgetKeys(deps: Deps): Promise<void> {
  const first: KeyPlace = { storeId: '', key: '' };
  const saved = await readCursor(deps.db, 'idempotency_keys');
  let after = saved ? (JSON.parse(saved) as KeyPlace) : first;
  for (let part = 0; part < KEY_PARTS_PER_MINUTE; part++) {
    const { forgotten, next } = await forgetStaleKeys(deps.db, after, KEYS_AT_ONCE, deps.now() - IDEMPOTENCY_MS);
    after = next ?? first;
    if (!next || forgotten < KEYS_AT_ONCE / STALE_PART) break;
  }
  if (JSON.stringify(after) !== saved) await moveCursor(deps.db, 'idempotency_keys', JSON.stringify(after));
}
