// /stores/:id/wallets/:wid/addresses: which address of a wallet was given to which invoice, by its index. What a merchant
// holds against the list of their wallet.

import { Hono } from 'hono';
import type { Status } from '../../../core/invoice/invoice.ts';
import { type IndexMap, readIndexMap } from '../../../services/wallets/files.ts';
import { readWallet } from '../../../services/wallets/wallets.ts';
import type { HonoEnv } from '../../api/http.ts';
import { Address } from '../../ui/parts.tsx';
import { satsText } from '../../ui/text.ts';
import { page, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Badge, Card, Empty, PageHead, StatusBadge } from '../parts.tsx';
import { ends } from '../text.ts';
import { titleOf } from './wallet-list.tsx';

const MAX_INDEX = 2 ** 31 - 1;
const PER_PAGE = 50;

export function addressRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores/:id/wallets/:wid/addresses', async (c) => {
    const frame = await storePageContext(c);
    const id = c.req.param('wid');
    const from = fromOf(c.req.query('from'));
    const wallet = await readWallet(frame.deps, frame.store, id);
    const map = await readIndexMap(frame.deps, frame.store, id, from, PER_PAGE);
    return page(c, <AddressesPage frame={frame} id={id} name={titleOf(wallet)} from={from} {...map} />);
  });

  return app;
}

/** Anything but an index begins at the first. */
function fromOf(text: string | undefined): number {
  const index = /^\d{1,10}$/.test(text ?? '') ? Number(text) : 0;
  return index <= MAX_INDEX ? index : 0;
}

interface AddressesProps extends IndexMap {
  frame: StorePageContext;
  id: string;
  name: string;
  from: number;
}

function AddressesPage({ frame, id, name, from, addresses, nextFrom }: AddressesProps) {
  const { store } = frame;
  const to = `/stores/${store.id}/wallets/${id}/addresses`;
  return (
    <Shell title="Addresses" frame={frame} store={store} tab="/wallets">
      <PageHead
        title="Addresses"
        back={{ href: `/stores/${store.id}/wallets`, text: 'Wallets' }}
        lead={`The addresses of “${name}” and their invoices. Your wallet lists the same addresses under the same indexes, which count from 0.`}
      />
      <Card>
        {addresses.length === 0 ? (
          <Empty icon="wallet" title={from === 0 ? 'No address issued yet' : 'No address from this index on'}>
            <p>Each new invoice gets the next address of the wallet.</p>
          </Empty>
        ) : (
          <table class="listing addresses">
            <caption class="sr-only">Addresses by their index</caption>
            <thead>
              <tr>
                <th scope="col">Index</th>
                <th scope="col">Address</th>
                <th scope="col">Invoice</th>
                <th scope="col" class="number">
                  Received
                </th>
              </tr>
            </thead>
            <tbody>
              {addresses.map((row) => (
                <Row row={row} frame={frame} />
              ))}
            </tbody>
          </table>
        )}
        {(from > 0 || nextFrom !== null) && (
          <nav class="pager" aria-label="Pages">
            {from > 0 && <a href={to}>From the first</a>}
            {from > PER_PAGE && (
              <a class="button quiet" href={`${to}?from=${from - PER_PAGE}`}>
                Before
              </a>
            )}
            {nextFrom !== null && (
              <a class="button quiet" href={`${to}?from=${nextFrom}`}>
                Next
              </a>
            )}
          </nav>
        )}
      </Card>
    </Shell>
  );
}

/** Stores of an account may share a wallet: an invoice is on the page of its own store. */
function Row({ row, frame }: { row: IndexMap['addresses'][number]; frame: StorePageContext }) {
  const { store, stores } = frame;
  const name = row.orderRef || ends(row.invoiceId, 6);
  const other = row.storeId === store.id ? undefined : stores.find(({ id }) => id === row.storeId);
  const received = (JSON.parse(row.payments) as { sats: number }[]).reduce((sum, { sats }) => sum + BigInt(sats), 0n);
  return (
    <tr>
      <th scope="row">
        {row.index.toLocaleString('en-US')}
        <small class="mono">{row.path}</small>
      </th>
      <td class="mono">
        <Address address={row.address} />
      </td>
      <td>
        <a href={`/stores/${row.storeId}/invoices/${row.invoiceId}`}>{name}</a>{' '}
        <StatusBadge status={row.status as Status} /> {row.environment === 'test' && <Badge tone="warn">Test</Badge>}
        {other && <small>of {other.name}</small>}
      </td>
      <td class="number">{received === 0n ? '–' : satsText(received)}</td>
    </tr>
  );
}
