// POST /webhooks/satlane: verify, write down, answer (integration guide §6). The one way an order learns of money.
import type { Context } from 'hono';
import * as z from 'zod';
import { verifySignature } from '../../adapters/webhooks/signature.ts';
import type { OrderStore } from './order-store.ts';
import { invoiceSchema } from './satlane.ts';

const bodySchema = z.object({
  event_id: z.string().min(1),
  event_type: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  livemode: z.boolean(),
  data: z.object({ invoice: z.unknown() }),
});

export async function receiveWebhook(c: Context, orderStore: OrderStore, secret: string): Promise<Response> {
  // The raw bytes: JSON that was parsed and written again is not what was signed.
  const raw = new Uint8Array(await c.req.arrayBuffer());
  try {
    verifySignature(raw, c.req.header('X-SatLane-Signature'), { secrets: [secret] });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    orderStore.refuse(reason);
    return c.text(reason, 400);
  }
  const body = parseBody(raw);
  if (!body) return c.text('not an event', 400);
  const { success, data: invoice } = invoiceSchema.safeParse(body.data.invoice);
  await orderStore.receive({
    id: body.event_id,
    type: body.event_type,
    createdAt: body.created_at,
    livemode: body.livemode,
    invoice: success ? invoice : null,
  });
  // Only now, when the event is on disk: a crash before this line makes SatLane deliver it again.
  return c.body(null, 200);
}

function parseBody(raw: Uint8Array): z.infer<typeof bodySchema> | null {
  try {
    return bodySchema.parse(JSON.parse(new TextDecoder().decode(raw)));
  } catch {
    return null;
  }
}
