// /stores/:id: a store's sales, what needs attention, and, until it is live, what is left to do.

import { Hono } from 'hono';
import { MAX_COUNTED, type StoreSetup, storeSetup } from '../../../adapters/db/read/overview.ts';
import type { InvoiceSnapshot } from '../../../core/snapshot/invoice.ts';
import { ApiError } from '../../../errors.ts';
import { goLive, returnToTestMode } from '../../../services/accounts/stores.ts';
import { readPage } from '../../../services/payments/read.ts';
import { salesOf } from '../../../services/platform/log-counts.ts';
import type { HonoEnv } from '../../api/http.ts';
import { formFields } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { InvoiceTable } from '../invoices/table.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, Empty, PageHead } from '../parts.tsx';
import { count } from '../text.ts';
import { type Day, everyDay, SalesCharts } from './chart.tsx';
import { Checklist } from './checklist.tsx';
import { RefusedKeys } from './keys.tsx';
import { ModeBadge } from './list.tsx';

const DAYS = 30;
const DAY_MS = 86_400_000;
const RECENT = 6;

interface Overview {
  days: Day[];
  isAll: boolean;
  unpriced: number;
  setup: StoreSetup;
  recent: InvoiceSnapshot[];
}

export function overviewRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id', async (c) => {
    const frame = await storePageContext(c);
    return page(c, <OverviewPage frame={frame} overview={await readOverview(frame)} problem={null} />);
  });

  for (const [path, turn, code] of [
    ['go-live', goLive, 'store_live'],
    ['test-mode', returnToTestMode, 'store_test'],
  ] as const) {
    app.post(`/stores/:id/${path}`, async (c) => {
      await formFields(c);
      const frame = await storePageContext(c, 'owner');
      try {
        await turn(frame.deps, frame.store);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409) throw error;
        const overview = await readOverview(frame);
        return page(c, <OverviewPage frame={frame} overview={overview} problem={error.message} />, 409);
      }
      return redirectAfter(c, `/stores/${frame.store.id}`, code);
    });
  }

  return app;
}

async function readOverview({ deps, store }: StorePageContext): Promise<Overview> {
  const nowMs = deps.now();
  const from = new Date(nowMs - (DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
  const environment = store.testMode ? 'test' : 'live';
  const [sales, setup, recent] = await Promise.all([
    salesOf(deps, { storeId: store.id, environment, currency: store.currency, from }),
    storeSetup(deps.db, store.id),
    readPage(deps, { storeId: store.id, limit: RECENT }),
  ]);
  return {
    days: everyDay(sales.days, nowMs, DAYS),
    isAll: sales.isAll,
    unpriced: sales.days.reduce((total, day) => total + day.unpriced, 0),
    setup,
    recent: recent.invoices,
  };
}

function OverviewPage(props: { frame: StorePageContext; overview: Overview; problem: string | null }) {
  const { frame, overview, problem } = props;
  const { store, person } = frame;
  const { setup, recent, days } = overview;
  const to = `/stores/${store.id}`;
  const canInvoice = may(person, 'manager') && store.walletId !== null && store.archivedAtMs === null;
  return (
    <Shell title="Overview" frame={frame} store={store} tab="">
      <PageHead title={store.name} badge={<ModeBadge store={store} />}>
        {canInvoice && (
          <a class="button" href={`${to}/invoices/new`}>
            New invoice
          </a>
        )}
      </PageHead>
      {problem !== null && <Callout tone="stop">{problem}</Callout>}
      <RefusedKeys frame={frame} keys={keysOf(setup)} />
      <Waiting setup={setup} to={to} />
      {store.testMode && store.archivedAtMs === null && <Checklist frame={frame} setup={setup} />}
      {(setup.settled > 0 || !store.testMode) && (
        <Card
          title={`The last ${DAYS} days`}
          aside={<a href={`${to}/invoices/export`}>Export</a>}
          lead={store.testMode ? 'Simulated payments of test mode. They do not count once you are live.' : undefined}
        >
          {days.every(({ invoices }) => invoices === 0) ? (
            <Empty icon="clock" title="No sales in these days">
              <p>This chart shows your sales, day by day, in bitcoin and in {store.currency}.</p>
            </Empty>
          ) : (
            <>
              <SalesCharts days={days} currency={store.currency} />
              <p class="hint">
                Paid invoices by the day of their creation, in UTC, at the rate that each of them locked.
                {overview.unpriced > 0 &&
                  ` ${count(overview.unpriced, 'invoice')} without a rate in ${store.currency} left out of the value.`}
                {!overview.isAll && ' The newest sales are still being counted. Reload this page in a minute.'}
              </p>
            </>
          )}
        </Card>
      )}
      {(recent.length > 0 || !store.testMode) && (
        <Card title="Latest invoices" aside={recent.length > 0 && <a href={`${to}/invoices`}>All invoices</a>}>
          {recent.length === 0 ? (
            <Empty icon="clock" title="No invoice yet">
              <p>Invoices that you or your shop create appear in this list.</p>
            </Empty>
          ) : (
            <InvoiceTable invoices={recent} store={store} caption="Latest invoices" />
          )}
        </Card>
      )}
    </Shell>
  );
}

/** As far as the overview has counted: a live one where there is one. */
function keysOf({ keys, liveKeys }: StoreSetup) {
  if (keys === 0) return [];
  return [{ environment: liveKeys > 0 ? ('live' as const) : ('test' as const) }];
}

/** What a person has to look at. Nothing where nothing waits. */
function Waiting({ setup, to }: { setup: StoreSetup; to: string }) {
  const lines = [
    [setup.reviews, 'requires_review', 'needs your review', 'need your review'],
    [setup.reverted, 'reverted', 'had its payment reversed', 'had their payments reversed'],
    [setup.underpaid, 'underpaid', 'is underpaid', 'are underpaid'],
  ] as const;
  const payoutLines = [
    [setup.payoutsToApprove, 'awaiting_approval', 'needs your approval', 'need your approval'],
    [setup.payoutsUnknown, 'unknown', 'has an unknown outcome', 'have an unknown outcome'],
  ] as const;
  const { failingEndpoints } = setup;
  const waiting = lines.filter(([number]) => number > 0);
  const payouts = payoutLines.filter(([number]) => number > 0);
  if (waiting.length + payouts.length + failingEndpoints === 0) return null;
  return (
    <Callout tone="warn" icon="look">
      <ul class="waiting">
        {waiting.map(([number, status, one, many]) => (
          <li>
            <a href={`${to}/invoices?status=${status}`}>{upTo(number, 'invoice')}</a> {number === 1 ? one : many}
          </li>
        ))}
        {payouts.map(([number, state, one, many]) => (
          <li>
            <a href={`${to}/payouts?state=${state}`}>{upTo(number, 'payout')}</a> {number === 1 ? one : many}
          </li>
        ))}
        {failingEndpoints > 0 && (
          <li>
            <a href={`${to}/webhooks`}>{count(failingEndpoints, 'endpoint')}</a>{' '}
            {failingEndpoints === 1 ? 'does not accept our events' : 'do not accept our events'}
          </li>
        )}
      </ul>
    </Callout>
  );
}

function upTo(number: number, noun: string): string {
  return number >= MAX_COUNTED ? `${MAX_COUNTED} ${noun}s and more` : count(number, noun);
}
