// The bodies of events in the guide have the fields of real ones, in their order: no more, and no fewer.

import { expect, it } from 'vitest';
import guides from '../../../src/http/docs/guides.json';
import { move } from '../../../src/services/payouts/move.ts';
import { freshBolt11, openPayer } from '../../support/payouts.ts';

interface Logged {
  type: string;
  data: Record<string, object>;
}

const PREIMAGE = '11'.repeat(32);
const PAYMENT_HASH = '02d449a31fbb267c8f352e9968a79e3e5fc95c1bbeaa502fd6454ebde5a4bedc';

function exampleOf(type: string): Logged {
  const snippets = guides.events.html.matchAll(/data-language="json"><pre[^>]*><code>(.*?)<\/code>/gs);
  const texts = [...snippets].map(([, text = '']) => text.replaceAll('&quot;', '"'));
  return JSON.parse(texts.find((text) => text.includes(`"type": "${type}"`)) ?? '{}');
}

/** Each field's name, with the kind of its value; null stands for any. */
function shapeOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  return Object.entries(value).map(([name, inner]) => [name, inner === null ? 'null' : shapeOf(inner)]);
}

it('of a payout and of a refund', async () => {
  const payer = await openPayer();
  const { id: invoiceId } = await payer.createInvoice({ amount_sats: '100000', order_ref: 'ORD-12345' });
  await payer.request('POST', `/v1/invoices/${invoiceId}/simulate`, { event_type: 'invoice.paid' });
  const refunded = await payer.request('POST', `/v1/invoices/${invoiceId}/refunds`, {
    ...{ variant: 'custom', amount_sats: '50000', name: 'Refund ORD-12345', metadata: { orderId: 'ORD-12345' } },
  });
  const { pull_payment } = (await refunded.json()) as { pull_payment: { id: string } };
  const bolt11 = freshBolt11(payer.clock.ms, 50_000n, { paymentHash: PAYMENT_HASH });
  const payout = await payer.claim(pull_payment.id, bolt11);
  await payer.approve(payout);
  const by = { by: { kind: 'satlane', id: null } } as const;
  await move(payer.deps, payout, () => ({ kind: 'attempt_started', nodeId: 'node' }), by);
  const answer = { state: 'settled', preimage: PREIMAGE, feeMsat: 2_000n } as const;
  await move(payer.deps, payout, () => ({ kind: 'attempt_ended', number: 1, answer }), by);
  const { events } = (await (await payer.request('GET', '/v1/events?limit=100')).json()) as { events: Logged[] };
  for (const type of ['payout.settled', 'refund.created']) {
    const real = events.find((event) => event.type === type);
    const example = exampleOf(type);
    expect([type, namesOf(shapeOf(example))]).toEqual([type, namesOf(shapeOf(real))]);
  }
});

/** Without what a client writes. */
function namesOf(shape: unknown): unknown {
  return JSON.parse(JSON.stringify(shape), (_, value) =>
    Array.isArray(value) && value[0] === 'metadata' ? ['metadata'] : value,
  );
}
