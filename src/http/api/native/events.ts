// GET /v1/events: a store's log, gap-free and in order, for servers that pull events instead of receiving webhooks, and for `satlane
// listen`. Explained to integrators in src/http/docs/events.md.

import * as z from 'zod';
import { OWN_EVENT_TYPES, type OwnEventType } from '../../../core/dialects/table.ts';
import { eventId, withData } from '../../../core/invoice/event.ts';
import { type LoggedEvent, readLog } from '../../../services/events/log.ts';
import { ok, operation } from './operation.ts';
import { keyThatMay } from './who.ts';

/** Facts changed, and no webhook says so. */
const UNSENT: ReadonlySet<string> = new Set(['invoice.updated', 'payout.updated']);

const isEventType = (text: string): text is OwnEventType => OWN_EVENT_TYPES.some((type) => type === text);

const logQuery = z.strictObject({
  after: z
    .string()
    .regex(/^(\d{1,15}|end)$/, 'must be a number of the log, or end')
    .transform((text) => (text === 'end' ? text : Number(text)))
    .default(0),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  /** Several with commas between. */
  type: z
    .string()
    .transform((text) => text.split(','))
    .refine(
      (types): types is OwnEventType[] => types.every(isEventType),
      `must be one or more, with commas between, of ${OWN_EVENT_TYPES.join(', ')}`,
    )
    .optional(),
  include: z.literal('updated', 'must be updated').optional(),
  wait: z.coerce.number().int().min(0).max(25).default(0),
});

export const eventApi = [
  operation('GET /v1/events', () => ({
    id: 'listEvents',
    tag: 'Events',
    summary: 'Read the store’s log',
    description: 'Gap-free and in order. See [the event log](/docs/events).',
    who: keyThatMay('btcpay.store.canviewinvoices'),
    query: {
      schema: logQuery,
      notes: {
        after: {
          description: 'What comes after this number; `end`: what has not happened yet.',
          type: 'string',
          default: '0',
        },
        limit: 'How many entries are read; with a filter fewer are answered.',
        type: {
          description: 'Only these types, several with commas between.',
          example: 'invoice.paid,invoice.expired',
        },
        include: '`updated`: also `invoice.updated` and `payout.updated`, which no webhook tells of.',
        wait: 'Seconds to wait where there is nothing yet.',
      },
    },
    answers: [ok('eventPage', 'A page of the log.')],
    async run({ c, deps, caller: { store }, query: { after, limit, type, include, wait } }) {
      const wants = (logged: string) =>
        UNSENT.has(logged) ? include === 'updated' : type === undefined || type.some((one) => one === logged);
      const page = await readLog(deps, { storeId: store.id, after, limit, wants, waitSeconds: wait }, c.req.raw.signal);
      const head = `"next_after":"${page.next}","has_more":${page.hasMore}`;
      return c.body(`{"events":[${page.entries.map(renderEntry).join(',')}],${head}}`, 200, {
        'content-type': 'application/json',
      });
    },
  })),
];

function renderEntry(entry: LoggedEvent): string {
  const { logSeq: sequence, type, createdAtMs, livemode } = entry;
  return withData(
    { id: eventId(entry), sequence, type, created_at: new Date(createdAtMs).toISOString(), livemode },
    entry,
  );
}
