// /stores and /stores/new: the stores of an account, and a new one.

import { Hono } from 'hono';
import { createStore, type StoreRow } from '../../../services/accounts/stores.ts';
import { type Fees, readFees } from '../../../services/platform/fees.ts';
import type { HonoEnv } from '../../api/http.ts';
import { newStore } from '../../api/native/store-body.ts';
import { Icon } from '../../ui/icons.tsx';
import { satsText } from '../../ui/text.ts';
import { Form, SelectField, TextField } from '../fields.tsx';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { may, type PageContext, page, pageContext, redirectAfter } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { At, Badge, Card, Empty, FactList, PageHead } from '../parts.tsx';
import { currencyOptions } from './currencies.ts';

export function storeListRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/stores', async (c) => {
    const frame = await pageContext(c);
    const fees = await readFees(frame.deps, frame.person.account.id);
    return page(c, <StoresPage frame={frame} fees={fees} />);
  });

  app.get('/stores/new', async (c) => {
    const frame = await pageContext(c, 'manager');
    return page(c, await newStorePage(frame, draftOf({ currency: 'USD' })));
  });

  const form = formsOn(app, (c) => pageContext(c, 'manager'), newStorePage);
  form('/stores/new', newStore, async ({ deps, person }, settings, c) => {
    const { store } = await createStore(deps, person.account.id, settings);
    return redirectAfter(c, `/stores/${store.id}`, 'store_created');
  });

  return app;
}

function StoresPage({ frame, fees }: { frame: PageContext; fees: Fees }) {
  const inUse = frame.stores.filter(({ archivedAtMs }) => archivedAtMs === null);
  const archived = frame.stores.filter(({ archivedAtMs }) => archivedAtMs !== null);
  const mayMake = may(frame.person, 'manager');
  const create = mayMake && (
    <a class="button" href="/stores/new">
      New store
    </a>
  );
  return (
    <Shell title="Stores" frame={frame}>
      <PageHead title="Stores" lead={`The stores of ${frame.person.account.name}.`}>
        {inUse.length > 0 && create}
      </PageHead>
      {inUse.length === 0 ? (
        <Card>
          <Empty icon="wallet" title={mayMake ? 'Create your first store' : 'No stores yet'}>
            <p>A store has a name, a wallet and invoices. It starts in test mode, so you can try everything safely.</p>
            {create}
          </Empty>
        </Card>
      ) : (
        <ul class="store-grid">
          {inUse.map((store) => (
            <StoreTile store={store} />
          ))}
        </ul>
      )}
      {archived.length > 0 && (
        <details class="more">
          <summary>Archived stores ({archived.length})</summary>
          <ul class="store-grid">
            {archived.map((store) => (
              <StoreTile store={store} />
            ))}
          </ul>
        </details>
      )}
      {(fees.accruedSats !== 0n || fees.billedSats !== 0n) && <FeesCard fees={fees} />}
    </Shell>
  );
}

function FeesCard({ fees: { accruedSats, billedSats, unbilledSats } }: { fees: Fees }) {
  return (
    <Card
      title="Fees"
      lead="The fees of this service’s operator: due when an invoice is settled, credited when its payment is reversed. Counted once an hour."
    >
      <FactList
        rows={[
          [unbilledSats < 0n ? 'Credit' : 'Unbilled', satsText(unbilledSats < 0n ? -unbilledSats : unbilledSats)],
          ['Billed', satsText(billedSats)],
          ['Altogether', satsText(accruedSats)],
        ]}
      />
    </Card>
  );
}

function StoreTile({ store }: { store: StoreRow }) {
  return (
    <li class="store-tile">
      <a href={`/stores/${store.id}`}>
        <strong>{store.name}</strong>
      </a>
      <p>
        <ModeBadge store={store} />
        <small>
          since <At ms={store.createdAtMs} />
        </small>
      </p>
    </li>
  );
}

export function ModeBadge({ store }: { store: StoreRow }) {
  if (store.archivedAtMs !== null) return <Badge tone="calm">Archived</Badge>;
  return store.testMode ? (
    <Badge tone="warn">
      <Icon name="flask" /> Test mode
    </Badge>
  ) : (
    <Badge tone="good">Live</Badge>
  );
}

async function newStorePage(frame: PageContext, draft: FormDraft) {
  return (
    <Shell title="New store" frame={frame}>
      <div class="narrow">
        <PageHead title="New store" back={{ href: '/stores', text: 'Stores' }} />
        <Card>
          <Form to="/stores/new" draft={draft} submit="Create store">
            <TextField
              draft={draft}
              name="name"
              label="Name"
              hint="Your buyers see it on the checkout page."
              maxlength={100}
            />
            <SelectField
              draft={draft}
              name="currency"
              label="Currency"
              hint="The currency of your prices and sales totals. You can change it at any time."
              options={await currencyOptions(frame.deps, draft.values.currency)}
            />
          </Form>
        </Card>
      </div>
    </Shell>
  );
}
