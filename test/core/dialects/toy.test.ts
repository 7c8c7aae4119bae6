// A fifth dialect is one line in the table: a toy one gets the events of a step, is sent, retried and restated by code that does not know it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { judgeAttempt } from '../../../src/adapters/webhooks/retry.ts';
import { send } from '../../../src/adapters/webhooks/send.ts';
import type { Dialect } from '../../../src/core/dialects/dialect.ts';
import { redirectUrl } from '../../../src/core/dialects/redirect.ts';
import { DIALECTS, dialectOf } from '../../../src/core/dialects/table.ts';
import { current } from '../../../src/jobs/deliver/current.ts';
import { targetsOf } from '../../../src/services/events/targets.ts';
import { sampleStep } from '../../../src/services/payments/sample.ts';

const NOW_MS = Date.UTC(2026, 4, 16, 11, 25);
const STORE = { id: 'a-store', name: 'Sat & Bean', testMode: true };

const TOY: Dialect = {
  title: 'Toy',
  events: ({ after }, type) => [{ type: `toy:${type}`, body: JSON.stringify({ toy: after.invoice.id }) }],
  retry: {
    delaysMs: [7_000],
    succeeds: (status) => status === 299,
    isFinal: (status) => status === 418,
    heldMs: 0,
    isDroppedUnwanted: false,
  },
  message: ({ delivery, attempt }) => ({ body: delivery.body ?? '', headers: { 'x-toy': `attempt ${attempt}` } }),
  isSigned: false,
  endpoint: { eventTypes: null, signatureHeader: 'X-Toy', hasTwoSecrets: false },
  receiverOf: ({ metadata }) => (typeof metadata.toyUrl === 'string' ? metadata.toyUrl : null),
  restated: (state, body) => JSON.stringify({ ...JSON.parse(body), status: state.invoice.status }),
  redirectWords: ({ id }) => ({ toy: () => id }),
};

beforeAll(() => {
  DIALECTS.toy = TOY;
});
afterAll(() => {
  delete DIALECTS.toy;
});

const { transition } = sampleStep('invoice.paid', STORE, { nowMs: NOW_MS, origin: 'https://pay.test' });
const { invoice } = transition.after;
const endpoint = { id: 'an-endpoint', url: 'https://shop.example/toy', dialect: 'toy' };

it('its endpoints receive the events they want, in its shape', () => {
  const told = targetsOf('invoice.paid', [{ ...endpoint, eventTypes: null }], transition);
  const body = JSON.stringify({ toy: invoice.id });
  expect(told).toEqual([{ endpointId: 'an-endpoint', line: null, url: endpoint.url, dialect: 'toy', body }]);
  expect(targetsOf('invoice.paid', [{ ...endpoint, eventTypes: ['toy:invoice.paid'] }], transition)).toEqual(told);
  expect(targetsOf('invoice.paid', [{ ...endpoint, eventTypes: ['toy:invoice.seen'] }], transition)).toEqual([]);
});

it('a URL that an invoice names is notified in place of its endpoints, and not of those of others', () => {
  const toyUrl = 'https://other.example/toy';
  const named = { ...transition, after: { ...transition.after, invoice: { ...invoice, metadata: { toyUrl } } } };
  const endpoints = ['toy', 'native'].map((dialect) => ({ ...endpoint, dialect, eventTypes: null }));
  const told = targetsOf('invoice.paid', endpoints, named);
  expect(told.map(({ dialect, endpointId, url }) => ({ dialect, endpointId, url }))).toEqual([
    { dialect: 'native', endpointId: 'an-endpoint', url: endpoint.url },
    { dialect: 'toy', endpointId: null, url: toyUrl },
  ]);
});

it('a delivery goes out as it says, unsigned, and is tried again by its contract', async () => {
  const sent: Request[] = [];
  const dispatcher = {
    fetch: async (...request: Parameters<typeof fetch>) => {
      sent.push(new Request(...request));
      return new Response(null, { status: 299 });
    },
    policy: { targets: 'public' as const, origin: 'https://pay.test' },
    now: () => NOW_MS,
  };
  const delivery = {
    ...{ createdAtMs: NOW_MS, subject: 'invoice' as const, subjectId: invoice.id, seq: 2, target: 0, attempts: 1 },
    ...{ endpointId: 'an-endpoint', line: null, url: endpoint.url, dialect: 'toy', body: '{"toy":1}', isTest: false },
    ...{ eventType: 'invoice.paid', snapshot: '', storeId: STORE.id, logSeq: 2, resent: 0, livemode: false },
  };
  expect(await send(dispatcher, delivery, 2, [])).toMatchObject({ status: 299, isSent: true });
  expect(await sent[0]?.text()).toBe('{"toy":1}');
  expect(sent[0]?.headers.get('x-toy')).toBe('attempt 2');
  expect(judgeAttempt('toy', 1, 299, NOW_MS).state).toBe('succeeded');
  expect(judgeAttempt('toy', 1, 200, NOW_MS)).toEqual({ state: 'retrying', nextAttemptMs: NOW_MS + 7_000 });
  expect(judgeAttempt('toy', 1, 418, NOW_MS).state).toBe('failed');
  expect(judgeAttempt('toy', 2, 200, NOW_MS).state).toBe('dead_letter');

  const bodyNow = async ({ body }: { body: string | null }) => TOY.restated?.(transition.after, body ?? '', AT) ?? null;
  expect((await current({ bodyNow, now: () => NOW_MS }, delivery)).body).toBe('{"toy":1,"status":"paid"}');
});

const AT = { origin: 'https://pay.test', nowMs: NOW_MS };

it('its words in a redirect URL are filled in for its own invoices alone', () => {
  const successUrl = 'https://shop.example/done?order={Toy}&status={Status}';
  const made = (dialect: string) => ({ ...invoice, successUrl, checkout: { dialect } }) as typeof invoice;
  expect(redirectUrl(made('toy'), [])).toBe(`https://shop.example/done?order=${invoice.id}&status={Status}`);
  expect(redirectUrl({ ...invoice, successUrl }, [])).toBe(successUrl);
});

it('a dialect that stands in no row is refused', () => {
  expect(() => dialectOf('esperanto')).toThrow('esperanto');
  expect(() => dialectOf('toString')).toThrow('toString');
});
