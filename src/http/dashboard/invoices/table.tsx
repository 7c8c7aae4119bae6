// Invoices as a table, which on a phone becomes a list. Called by the overview and the list of invoices.

import type { InvoiceSnapshot } from '../../../core/snapshot/invoice.ts';
import type { StoreRow } from '../../../services/accounts/stores.ts';
import { methodsUsed, methodWords } from '../../ui/methods.ts';
import { Moment } from '../../ui/parts.tsx';
import { ListTable } from '../listing.tsx';
import { Badge, StatusBadge } from '../parts.tsx';
import { nameOf, priceWords } from './words.ts';

export function InvoiceTable(props: { invoices: InvoiceSnapshot[]; store: StoreRow; caption: string }) {
  const { invoices, store, caption } = props;
  const rows = invoices.map((invoice) => ({
    href: `/stores/${store.id}/invoices/${invoice.id}`,
    name: nameOf(invoice),
    mark: invoice.environment === 'test' && !store.testMode && <Badge tone="warn">Test</Badge>,
    status: (
      <>
        <StatusBadge status={invoice.status} />
        <small>
          {methodsUsed(invoice)
            .map((method) => methodWords(method).name)
            .join(', ')}
        </small>
      </>
    ),
    amount: priceWords(invoice),
    created: <Moment iso={invoice.created_at} />,
  }));
  return <ListTable what="Invoice" caption={caption} rows={rows} />;
}
