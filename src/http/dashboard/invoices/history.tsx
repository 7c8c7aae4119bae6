// The story of an invoice: its events in order, and their deliveries. Called by page.tsx.

import type { InvoiceEvent } from '../../../services/payments/history.ts';
import { satsText } from '../../ui/text.ts';
import { Delivery } from '../deliveries.tsx';
import { may, type StorePageContext } from '../http.tsx';
import { At, Card } from '../parts.tsx';
import { EVENT, STATUS } from '../text.ts';
import type { InvoiceView } from './view.ts';

export function Timeline({ events }: { events: InvoiceEvent[] }) {
  return (
    <Card title="Timeline">
      <ol class="timeline">
        {events.map(({ type, createdAtMs, figures: { status, seenSats, reviewReason } }) => (
          <li class={STATUS[status].tone}>
            <strong>{EVENT[type]}</strong>
            <small>
              <At ms={createdAtMs} />
              {seenSats > 0 && ` · ${satsText(BigInt(seenSats))} received`}
              {type === 'invoice.requires_review' && reviewReason && ` · ${reviewReason.replaceAll('_', ' ')}`}
            </small>
          </li>
        ))}
      </ol>
    </Card>
  );
}

export function Deliveries({ frame, view }: { frame: StorePageContext; view: InvoiceView }) {
  const { store, person } = frame;
  const canSend = may(person, 'manager') && store.archivedAtMs === null;
  const again = canSend ? `/stores/${store.id}/invoices/${view.invoice.id}/redeliver` : null;
  return (
    <Card title="Webhook deliveries">
      {view.deliveries.length === 0 && (
        <p class="hint">
          No webhook was sent for this invoice. <a href={`/stores/${store.id}/webhooks`}>Endpoints</a> receive each
          event from the time they are added.
        </p>
      )}
      <ul class="deliveries">
        {view.deliveries.map((delivery) => (
          <Delivery delivery={delivery} again={again} showsUrl />
        ))}
      </ul>
    </Card>
  );
}
