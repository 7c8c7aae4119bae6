// What the pages of a store with a million invoices cost: its list, its overview, and the log-in before that.
// Called by main.ts.

import type { BenchWorld, Merchant } from './bench-world.ts';
import { meteredAnswer } from './counts.ts';
import { cursorAfter, idOf, seedLargeStore } from './large-store-seed.ts';
import { type Call, median } from './load.ts';
import { logInCall, newSessionCookie, seedPerson } from './person.ts';
import { race, type Side, type Timed } from './rounds.ts';

export interface Many {
  invoices: number;
  /** Of the store that is compared. */
  fewInvoices: number;
  roundMs: number;
  /** The first two are what the others are compared with. */
  lists: Timed[];
  pages: MeasuredPage[];
}

/** A page of the dashboard, or the log-in: how long it takes, and what it asks D1. */
export interface MeasuredPage {
  name: string;
  timed: Timed;
  /** Until the answer. */
  costs: { roundTrips: number; d1Ms: number; statements: number; rowsRead: number; rowsWritten: number };
}

interface ManyOptions {
  /** A power of ten. */
  invoices: number;
  rounds: number;
  roundMs: number;
  /** How often a page is metered. */
  readings: number;
}

/** @param many gets the invoices, @param few has some: both stores belong to one account from now on */
export async function measureMany(
  place: BenchWorld,
  [many, few]: [Merchant, Merchant],
  { invoices, rounds, roundMs, readings }: ManyOptions,
): Promise<Many> {
  const nowMs = Date.now();
  await seedLargeStore(place, many, invoices, nowMs);
  await seedPerson(place, [many, few]);
  const cookie = await newSessionCookie(place);
  const [counted] = await place.sql([
    { sql: 'SELECT count(*) AS n FROM invoices WHERE store_id = ?', params: [few.id] },
  ]);
  const options = { url: place.url, connections: 1, pauseMs: 0, rounds, roundMs, prepare: async () => {} };
  const lists = await race(listsOf(many, few, invoices, nowMs), options);
  const asked = pagesOf(many, few, cookie, invoices);
  const timed = await race(asked, options);
  const pages: MeasuredPage[] = [];
  for (const [index, side] of asked.entries()) {
    const result = timed[index];
    if (result) pages.push({ name: side.name, timed: result, costs: await costsOf(place, side.next, readings) });
  }
  return { invoices, fewInvoices: Number(counted?.n), roundMs, lists, pages };
}

function listsOf(many: Merchant, few: Merchant, count: number, nowMs: number): Side[] {
  const some = () => Math.floor(Math.random() * count);
  const reading = (path: () => string, { apiKey } = many) => {
    const headers = { authorization: `Bearer ${apiKey}` };
    return () => get(`/v1/invoices${path()}`, headers);
  };
  return [
    { name: 'one bare read by primary key', next: () => get(`/bench/invoice?id=${idOf(some(), count)}`) },
    { name: '`GET /v1/invoices/:id`', next: reading(() => `/${idOf(some(), count)}`) },
    { name: '`GET /v1/invoices`, the newest 25', next: reading(() => '') },
    { name: 'the newest 100', next: reading(() => '?limit=100') },
    {
      name: 'the 1 000th page of 25',
      next: reading(() => `?cursor=${cursorAfter(Math.max(0, count - 25_000), count, nowMs)}`),
    },
    {
      name: '25 anywhere, by `cursor`',
      next: reading(() => `?cursor=${cursorAfter(some(), count, nowMs)}`),
    },
    { name: 'the newest 25 that are `paid`', next: reading(() => '?status=paid') },
    {
      name: '25 `expired` ones anywhere, by `cursor`',
      next: reading(() => `?status=expired&cursor=${cursorAfter(some(), count, nowMs)}`),
    },
    { name: 'one by `order_ref`', next: reading(() => `?order_ref=order-${some()}`) },
    { name: 'the newest 25 of the store with few', next: reading(() => '', few) },
  ];
}

function pagesOf(many: Merchant, few: Merchant, cookie: string, count: number): Side[] {
  const page = (path: string) => get(`/stores/${many.id}/${path}`, { cookie });
  const overview = ({ id }: Merchant) => get(`/stores/${id}`, { cookie });
  return [
    { name: 'overview of the store with many', next: () => overview(many) },
    { name: 'overview of the store with few', next: () => overview(few) },
    { name: 'list of the store with many', next: () => page('invoices') },
    { name: 'one of its invoices', next: () => page(`invoices/${idOf(Math.floor(Math.random() * count), count)}`) },
    { name: 'its webhooks', next: () => page('webhooks') },
    { name: 'log-in', next: logInCall },
  ];
}

/** Of several readings the rows of the last, and the median of the times. */
async function costsOf(place: BenchWorld, next: () => Call, readings: number): Promise<MeasuredPage['costs']> {
  const waits: number[] = [];
  for (let i = 1; ; i++) {
    const { path, ...init } = next();
    const { untilAnswer } = await meteredAnswer(place, path, init);
    waits.push(untilAnswer.d1Ms);
    if (i >= readings) return { ...untilAnswer, d1Ms: median(waits) };
  }
}

function get(path: string, headers: Record<string, string> = {}): Call {
  return { method: 'GET', path, status: 200, headers };
}
