// A merchant's program pays from his own node: it takes an approved payout over the API, pays it and posts the preimage, with a key
// that may do this alone.

import { describe, expect, it } from 'vitest';
import { hashOfPreimage, preimageOf } from '../../../src/dev/soak/payouts/node.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { freshBolt11 } from '../../support/payouts.ts';

interface Body {
  lease: { payout_id: string; purpose: string; bolt11: string; [field: string]: unknown } | null;
  reason: string | null;
  payout: { id: string; state: string; [field: string]: unknown };
  key: { id: string };
  secret: string;
  history: { type: string; by: { kind: string; id: string | null } }[];
  error: { code: string; message: string };
}

const AGENT = 'satlane.store.canrunpayoutagent';
const LEASE = 'b'.repeat(40);
const NODE = { node_id: `02${'ab'.repeat(32)}`, lease: LEASE };
const preimage = preimageOf('the agent of the API test');

async function openShop() {
  const merchant = await openMerchant({ mode: 'live' });
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await merchant.request(method, path, body, headers);
    return { status: response.status, body: (await response.json()) as Body };
  };
  const keyWith = async (permission: string) => {
    const { body } = await ask('POST', `/v1/stores/${merchant.store.id}/keys`, { permissions: [permission] });
    return { id: body.key.id, headers: { authorization: `Bearer ${body.secret}` } };
  };
  const owe = async (paymentHash = hashOfPreimage(preimage)) => {
    const destination = freshBolt11(merchant.clock.ms, 5_000n, { paymentHash });
    return (await ask('POST', '/v1/payouts', { destination, amount_sats: '5000', approved: true })).body.payout;
  };
  return { ...merchant, ask, keyWith, owe };
}

describe('An agent with a key of its own', () => {
  it('takes a payout, pays it and posts the preimage; the history names its key', async () => {
    const { ask, keyWith, owe, clock } = await openShop();
    const { id, headers } = await keyWith(AGENT);
    const { id: payout } = await owe();
    const { status, body } = await ask('POST', '/v1/payouts/next', NODE, headers);
    expect([status, body]).toEqual([
      200,
      {
        reason: null,
        lease: {
          ...{ payout_id: payout, purpose: 'pay', attempt: 1, bolt11: expect.stringMatching(/^lnbcrt/) },
          ...{ payment_hash: hashOfPreimage(preimage), amount_sats: '5000', max_fee_msat: '50000' },
          until: new Date(clock.ms + 120_000).toISOString(),
        },
      },
    ]);
    const result = { lease: LEASE, outcome: 'paid', preimage: preimage.toUpperCase(), fee_msat: '1200' };
    for (let time = 0; time < 2; time++)
      expect(await ask('POST', `/v1/payouts/${payout}/result`, result, headers)).toEqual({
        ...{ status: 200, body: { payout: { id: payout, state: 'settled', reason: null } } },
      });
    const read = await ask('GET', `/v1/payouts/${payout}`);
    expect(read.body.payout).toMatchObject({ state: 'settled', preimage, fee_msat: '1200', attempts: 1 });
    const { history } = (await ask('GET', `/v1/payouts/${payout}/history`)).body;
    expect(history.slice(-2).map(({ type, by }) => [type, by])).toEqual([
      ['payout.in_flight', { kind: 'agent', id }],
      ['payout.settled', { kind: 'agent', id }],
    ]);
    expect((await ask('POST', '/v1/payouts/next', NODE, headers)).body).toEqual({ lease: null, reason: 'nothing_due' });
  });

  it('can read and decide nothing', async () => {
    const { ask, keyWith, owe, store } = await openShop();
    const { headers } = await keyWith(AGENT);
    const { id } = await owe();
    const others = [
      ...[
        `GET /v1/payouts`,
        `GET /v1/payouts/${id}`,
        `POST /v1/payouts/${id}/approve`,
        `POST /v1/payouts/${id}/cancel`,
      ],
      ...[`POST /v1/payouts/${id}/resolve`, `GET /v1/stores/${store.id}`, `GET /v1/invoices`, `GET /v1/events`],
      ...[`GET /api/v1/stores/${store.id}/payouts`, `POST /v1/payouts`, `POST /v1/pull-payments`],
    ];
    for (const line of others) {
      const [method = '', path = ''] = line.split(' ');
      const { status } = await ask(method, path, method === 'POST' ? {} : undefined, headers);
      expect([line, status]).toEqual([line, 403]);
    }
  });

  it.each([
    ['btcpay.store.canmanagepayouts', 200],
    ['btcpay.store.canmodifystoresettings', 200],
    ['btcpay.store.canviewpayouts', 403],
    ['btcpay.store.cancreatepullpayments', 403],
  ])('%s answers %s', async (permission, status) => {
    const { ask, keyWith } = await openShop();
    const { headers } = await keyWith(permission);
    expect((await ask('POST', '/v1/payouts/next', NODE, headers)).status).toBe(status);
  });

  it('is refused what is no proof and what it does not have', async () => {
    const { ask, owe } = await openShop();
    const { id } = await owe(hashOfPreimage(preimageOf('refused')));
    const say = async (body: object) => {
      const answer = await ask('POST', `/v1/payouts/${id}/result`, body);
      return [answer.status, answer.body.error?.message.split(':')[0]];
    };
    expect(await say({ lease: LEASE, outcome: 'failed', certain: true })).toEqual([409, 'lease']);
    await ask('POST', '/v1/payouts/next', NODE);
    expect(await say({ lease: LEASE, outcome: 'paid', preimage })).toEqual([400, 'preimage']);
    expect(await say({ lease: LEASE, outcome: 'paid' })).toEqual([400, 'preimage']);
    expect(await say({ lease: LEASE, outcome: 'failed', preimage })).toEqual([400, 'preimage']);
    expect(await say({ lease: LEASE, outcome: 'gone' })).toEqual([400, 'outcome']);
    expect(await say({ lease: 'c'.repeat(40), outcome: 'unknown' })).toEqual([409, 'lease']);
    expect(await say({ lease: 'short', outcome: 'unknown' })).toEqual([400, 'lease']);
    const unknown = await ask('POST', `/v1/payouts/${id}/result`, { lease: LEASE, outcome: 'unknown', reason: 'slow' });
    expect(unknown.body).toEqual({ payout: { id, state: 'unknown', reason: 'slow' } });
  });

  it('of a store that has stopped its payouts hears so', async () => {
    const { ask, owe, store } = await openShop();
    await owe();
    await ask('POST', `/v1/stores/${store.id}/payout-limits/pause`);
    expect((await ask('POST', '/v1/payouts/next', NODE)).body).toEqual({ lease: null, reason: 'payouts_paused' });
    const { results } = await bindings.DB.prepare('SELECT state FROM payouts WHERE store_id = ?').bind(store.id).all();
    expect(results).toEqual([{ state: 'queued' }]);
  });
});
