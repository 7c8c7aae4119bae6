// Invoices as a table, which on a phone becomes a list. Called by the overview and the list of invoices.

import type { InvoiceSnapshot } from '../../../core/snapshot/invoice.ts';
import type { StoreRow } from '../../../services/accounts/stores.ts';
import { methodsUsed, methodWords } from '../../ui/methods.ts';
import { Moment } from '../../ui/parts.tsx';
import { Badge, StatusBadge } from '../parts.tsx';
import { nameOf, priceWords } from './words.ts';

export function InvoiceTable(props: { invoices: InvoiceSnapshot[]; store: StoreRow; caption: string }) {
  const { invoices, store, caption } = props;
  return (
    <table class="listing">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Invoice</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Amount
          </th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        {invoices.map((invoice) => (
          <tr>
            <th scope="row">
              <a href={`/stores/${store.id}/invoices/${invoice.id}`}>{nameOf(invoice)}</a>
              {invoice.environment === 'test' && !store.testMode && <Badge tone="warn">Test</Badge>}
            </th>
            <td>
              <StatusBadge status={invoice.status} />
              <small>
                {methodsUsed(invoice)
                  .map((method) => methodWords(method).name)
                  .join(', ')}
              </small>
            </td>
            <td class="number">
              {priceWords(invoice)[0]}
              <small>{priceWords(invoice)[1]}</small>
            </td>
            <td class="when">
              <Moment iso={invoice.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
