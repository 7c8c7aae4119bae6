// /stores/:id/payouts: what is unknown on top, then all payouts, newest first in pages, by state.

import { Hono } from 'hono';
import { PAYOUT_STATES, type Payout, type PayoutState } from '../../../core/payout/payout.ts';
import { readLimits } from '../../../services/payouts/limits.ts';
import { readPayouts } from '../../../services/payouts/payouts.ts';
import { readWaiting } from '../../../services/payouts/read-batches.ts';
import type { HonoEnv } from '../../api/http.ts';
import { page, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { StatusFilter } from '../listing.tsx';
import { Callout, Card, Empty, PageHead, Pager } from '../parts.tsx';
import { PayoutTable } from './table.tsx';
import { PAYOUT } from './words.ts';

const PER_PAGE = 25;
const MAX_UNKNOWN = 20;

interface Listing {
  state: PayoutState | undefined;
  payouts: Payout[];
  next: string | null;
  isFirst: boolean;
  unknown: Payout[];
  /** Approved payouts wait for a batch. */
  hasWaiting: boolean;
  isPaused: boolean;
}

export function payoutListRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/payouts', async (c) => {
    const frame = await storePageContext(c);
    const { deps, store } = frame;
    const state = PAYOUT_STATES.find((one) => one === c.req.query('state'));
    const after = pageAfter(c.req.query('after'));
    const query = { storeId: store.id, states: state && [state], after, limit: PER_PAGE };
    const [found, unknown, waiting, limits] = await Promise.all([
      readPayouts(deps, query),
      readPayouts(deps, { storeId: store.id, states: ['unknown'], limit: MAX_UNKNOWN }),
      store.testMode ? [] : readWaiting(deps, store.id, 1),
      readLimits(deps, store.id),
    ]);
    const { isPaused } = limits;
    const listing = {
      state,
      ...found,
      isFirst: !after,
      unknown: unknown.payouts,
      hasWaiting: waiting.length > 0,
      isPaused,
    };
    return page(c, <ListPage frame={frame} listing={listing} />);
  });

  return app;
}

/** Anything that is no id of a page of ours is the beginning. */
export function pageAfter(text: string | undefined): string | undefined {
  return /^[0-9a-f-]{36}$/.test(text ?? '') ? text : undefined;
}

function ListPage({ frame, listing }: { frame: StorePageContext; listing: Listing }) {
  const { store } = frame;
  const { payouts, next, isFirst, state, unknown, hasWaiting, isPaused } = listing;
  const to = `/stores/${store.id}/payouts`;
  return (
    <Shell title="Payouts" frame={frame} store={store} tab="/payouts">
      <PageHead title="Payouts" lead="Refunds and other money that this store sends.">
        <a class="button quiet" href={`${to}/export`}>
          Export
        </a>
        <a class="button quiet" href={`/stores/${store.id}/payout-batches`}>
          Batches
        </a>
        <a class="button quiet" href={`${to}/limits`}>
          Limits
        </a>
        <a class="button" href={`/stores/${store.id}/pull-payments`}>
          Pull payments
        </a>
      </PageHead>
      {isPaused && (
        <Callout tone="warn">
          Payouts are paused: nothing new is sent. <a href={`${to}/limits`}>Resume payouts</a>
        </Callout>
      )}
      {hasWaiting && (
        <Callout tone="calm" icon="clock">
          Approved payouts to Bitcoin addresses wait for a transaction that you sign.{' '}
          <a href={`/stores/${store.id}/payout-batches`}>Put them into a batch</a>
        </Callout>
      )}
      {unknown.length > 0 && state !== 'unknown' && (
        <Card
          title="Look at these first"
          tone="stop"
          lead="Nothing says yet whether their money moved. Open each one to see what to check."
        >
          <PayoutTable payouts={unknown} caption="Payouts whose outcome is unknown" />
        </Card>
      )}
      <div class="filters">
        <StatusFilter to={to} name="state" words={PAYOUT} values={PAYOUT_STATES} chosen={state} />
      </div>
      <Card>
        {payouts.length === 0 ? (
          <Empty icon="look" title={state === undefined ? 'No payout yet' : 'No payout has this status'}>
            <p>Refund an invoice on its page, or create a pull payment and send its link to the person who is paid.</p>
          </Empty>
        ) : (
          <PayoutTable payouts={payouts} caption="Payouts, newest first" />
        )}
        <Pager to={state === undefined ? to : `${to}?state=${state}`} isFirst={isFirst} next={next} />
      </Card>
    </Shell>
  );
}
