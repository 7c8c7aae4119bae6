// What was sent of one invoice, to endpoints or to its own callback_url, with every try; and sending it again.

import { describe, expect, it } from 'vitest';
import { bindings, openMerchant, startReceiver } from '../../support/merchant.ts';
import type { ErrorBody } from '../../support/person.ts';

interface Delivery {
  id: string;
  event_id: string;
  event_type: string;
  url: string;
  state: string;
  attempts: { status: number | null; response_body: string | null }[];
}

async function open() {
  const receiver = await startReceiver();
  const merchant = await openMerchant();
  const make = async (body: Record<string, unknown> = {}) => {
    const { id } = await merchant.createInvoice({ amount_sats: '9000', callback_url: `${receiver.url}?mine`, ...body });
    await merchant.settled();
    return id;
  };
  const ask = async <T>(method: string, path: string) => {
    const response = await merchant.request(method, path);
    await merchant.settled();
    return { status: response.status, body: (await response.json()) as T };
  };
  const listed = async (id: string) =>
    (await ask<{ deliveries: Delivery[] }>('GET', `/v1/invoices/${id}/deliveries`)).body.deliveries;
  return { receiver, merchant, make, ask, listed };
}

describe('The deliveries of an invoice', () => {
  it('to its own callback_url are listed with every try, and sent again with the same event id', async () => {
    const { receiver, make, ask, listed } = await open();
    await receiver.answerWith([{ status: 500, body: 'not today' }]);
    const id = await make();
    const [failed] = await listed(id);
    expect(failed).toMatchObject({ event_type: 'invoice.created', url: `${receiver.url}?mine`, state: 'retrying' });
    expect(failed?.attempts).toMatchObject([{ status: 500, response_body: 'not today' }]);
    const path = `/v1/invoices/${id}/deliveries/${failed?.id}/redeliver`;
    const again = await ask<{ delivery: Delivery }>('POST', path);
    expect(again.status).toBe(200);
    expect(again.body.delivery).toMatchObject({ id: failed?.id, state: 'succeeded' });
    expect(again.body.delivery.attempts.map(({ status }) => status)).toEqual([500, 200]);
    const sent = await receiver.deliveries(2);
    expect(sent.map(({ body }) => (JSON.parse(body) as { event_id: string }).event_id)).toEqual([
      failed?.event_id,
      failed?.event_id,
    ]);
    expect(sent[1]?.body).toBe(sent[0]?.body);
  });

  it('of others are not there: another store’s, another invoice’s, and what never was', async () => {
    const [mine, theirs] = [await open(), await open()];
    const [id, other, foreign] = [await mine.make(), await mine.make(), await theirs.make()];
    const [delivery] = await mine.listed(id);
    const [stranger] = await theirs.listed(foreign);
    for (const path of [
      `/v1/invoices/${foreign}/deliveries/${stranger?.id}/redeliver`,
      `/v1/invoices/${id}/deliveries/${stranger?.id}/redeliver`,
      `/v1/invoices/${other}/deliveries/${delivery?.id}/redeliver`,
      `/v1/invoices/${id}/deliveries/nonsense/redeliver`,
    ]) {
      const refused = await mine.ask<ErrorBody>('POST', path);
      expect([path, refused.status, refused.body.error.code]).toEqual([path, 404, 'not_found']);
    }
    expect((await mine.ask('GET', `/v1/invoices/${foreign}/deliveries`)).status).toBe(404);
    expect((await theirs.receiver.deliveries()).length).toBe(1);
  });

  it('to an endpoint go where it is now, and to a removed one nowhere', async () => {
    const { receiver, merchant, make, ask, listed } = await open();
    const at = `/v1/stores/${merchant.store.id}/webhooks`;
    const made = await merchant.request('POST', at, { url: receiver.url });
    const { webhook } = (await made.json()) as { webhook: { id: string } };
    const id = await make({ callback_url: null });
    const delivery = (await listed(id)).find(({ url }) => url === receiver.url);
    const moved = await startReceiver();
    await merchant.request('PATCH', `${at}/${webhook.id}`, { url: moved.url });
    const path = `/v1/invoices/${id}/deliveries/${delivery?.id}/redeliver`;
    expect((await ask('POST', path)).status).toBe(200);
    expect(await moved.deliveries(1)).toHaveLength(1);
    await merchant.request('DELETE', `${at}/${webhook.id}`);
    const gone = await ask<ErrorBody>('POST', path);
    expect([gone.status, gone.body.error.code]).toEqual([410, 'gone']);
  });

  it('that are on their way for the first time are left alone', async () => {
    const { make, ask, listed } = await open();
    const id = await make();
    const [delivery] = await listed(id);
    await bindings.DB.prepare("UPDATE deliveries SET state = 'pending' WHERE url = ?").bind(delivery?.url).run();
    const refused = await ask<ErrorBody>('POST', `/v1/invoices/${id}/deliveries/${delivery?.id}/redeliver`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
  });
});
