// /stores/:id/invoices: newest first in pages, by status, and found by what people hold in their hands.

import { Hono } from 'hono';
import { MAX_SEARCHED } from '../../../adapters/db/read/search.ts';
import { STATUSES, type Status } from '../../../core/invoice/invoice.ts';
import type { InvoiceSnapshot } from '../../../core/snapshot/invoice.ts';
import { shortened } from '../../../core/text/well-formed.ts';
import { type PageOfInvoices, readPage } from '../../../services/payments/read.ts';
import { type SearchResult, search } from '../../../services/payments/search.ts';
import type { HonoEnv } from '../../api/http.ts';
import { may, page, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { StatusFilter } from '../listing.tsx';
import { Card, Empty, PageHead, Pager } from '../parts.tsx';
import { count, STATUS } from '../text.ts';
import { InvoiceTable } from './table.tsx';
import { canBePaid } from './words.ts';

const PER_PAGE = 25;
/** A BOLT11 invoice with hints of private channels is this long. */
const MAX_SEARCH = 2_000;

interface Listing {
  q: string;
  status: Status | undefined;
  invoices: InvoiceSnapshot[];
  next: string | null;
  isFirst: boolean;
  found: SearchResult | null;
}

export function invoiceListRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/invoices', async (c) => {
    const frame = await storePageContext(c);
    const q = shortened((c.req.query('q') ?? '').trim(), MAX_SEARCH);
    const status = STATUSES.find((one) => one === c.req.query('status'));
    const after = cursorOf(c.req.query('after'));
    if (q !== '') {
      const found = await search(frame.deps, frame.store, q);
      return page(
        c,
        <ListPage frame={frame} listing={{ q, status, invoices: found.invoices, next: null, isFirst: true, found }} />,
      );
    }
    const found = await readPage(frame.deps, {
      storeId: frame.store.id,
      limit: PER_PAGE,
      ...(status && { status }),
      ...(after && { after }),
    });
    const next = found.next && `${found.next.createdAtMs}_${found.next.id}`;
    const listing = { q, status, invoices: found.invoices, next, isFirst: !after, found: null };
    return page(c, <ListPage frame={frame} listing={listing} />);
  });

  return app;
}

/** Anything that is not a place that a page of ours named is the beginning. */
function cursorOf(text: string | undefined): PageOfInvoices['next'] | undefined {
  const [, at, id] = /^(\d{1,15})_([0-9a-f-]{36})$/.exec(text ?? '') ?? [];
  return id === undefined ? undefined : { createdAtMs: Number(at), id };
}

function ListPage({ frame, listing }: { frame: StorePageContext; listing: Listing }) {
  const { store, person } = frame;
  const { invoices, next, isFirst, status, found } = listing;
  const to = `/stores/${store.id}/invoices`;
  return (
    <Shell title="Invoices" frame={frame} store={store} tab="/invoices">
      <PageHead title="Invoices">
        <a class="button quiet" href={`${to}/export`}>
          Export
        </a>
        {may(person, 'manager') && canBePaid(store) && (
          <a class="button" href={`${to}/new`}>
            New invoice
          </a>
        )}
      </PageHead>
      <Filters to={to} listing={listing} />
      <Card>
        {found !== null && (
          <p class="card-lead" role="status">
            {count(invoices.length, 'invoice')} found by {found.kind}. <a href={to}>Show all</a>
          </p>
        )}
        {invoices.length === 0 ? (
          <Empty icon="look" title={emptyTitle(listing)}>
            <EmptyAdvice frame={frame} listing={listing} />
          </Empty>
        ) : (
          <InvoiceTable invoices={invoices} store={store} caption="Invoices, newest first" />
        )}
        <Pager to={status === undefined ? to : `${to}?status=${status}`} isFirst={isFirst} next={next} />
      </Card>
    </Shell>
  );
}

function Filters({ to, listing: { q, status } }: { to: string; listing: Listing }) {
  return (
    <div class="filters">
      <search>
        <form method="get" action={to} class="search">
          <label class="sr-only" for="q">
            Search invoices by order, address, transaction, payment hash or invoice id
          </label>
          <input
            type="search"
            id="q"
            name="q"
            value={q}
            maxlength={MAX_SEARCH}
            placeholder="Order, address, hash, id"
          />
          <button type="submit" class="button quiet">
            Search
          </button>
        </form>
      </search>
      <StatusFilter to={to} name="status" words={STATUS} values={STATUSES} chosen={status} />
    </div>
  );
}

function emptyTitle({ q, status, isFirst }: Listing): string {
  if (q !== '') return 'No invoices found';
  if (!isFirst) return 'No more invoices';
  return status === undefined ? 'No invoice yet' : 'No invoice has this status';
}

function EmptyAdvice({ frame, listing }: { frame: StorePageContext; listing: Listing }) {
  const { store, person } = frame;
  const { found, q, status } = listing;
  if (found?.kind === 'transaction') {
    return (
      <p>
        Search covers the transactions of the newest {MAX_SEARCHED.toLocaleString('en-US')} invoices of each status.
        Find older ones by their address.
      </p>
    );
  }
  if (q !== '') return <p>Enter order references and ids in full.</p>;
  if (status !== undefined) return <p>{STATUS[status].meaning}</p>;
  if (!may(person, 'manager')) return <p>Invoices of this store appear here.</p>;
  const [href, text, why] = !canBePaid(store)
    ? [`/stores/${store.id}/wallets`, 'Connect wallet', 'Invoices are paid to your wallet. Connect it first.']
    : [
        `/stores/${store.id}/invoices/new`,
        'New invoice',
        'Create one here, or let your shop create them with an API key.',
      ];
  return (
    <>
      <p>{why}</p>
      <a class="button" href={href}>
        {text}
      </a>
    </>
  );
}
