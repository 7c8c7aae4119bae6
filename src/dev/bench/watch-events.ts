// From the broadcast of a payment to its event, in real time: the product's own Worker, the simulated chain of the local
// world, and a buyer's page or a merchant's webhook at the end. Called by watch.ts.

import { setTimeout as pause } from 'node:timers/promises';
import { type ChainServer, startChain } from '../chain/server.ts';
import { type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { inTime, openPage } from './page.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export interface Told {
  /** Who looks, and how the watcher learns of it. */
  how: string;
  /** One for each payment, in ms. */
  tookMs: number[];
}

const HOT_POLL_SECONDS = 5;
/** Pages that are open together: as many as the socket follows. */
const PAGES = 10;
/** Payments fall anywhere in so long a time, and so into any phase of the watcher's. */
const SPREAD_MS = 2 * HOT_POLL_SECONDS * 1_000;
const EVENT = 'invoice.payment_seen';
/** Payments without an open page, in one interval of the cron: no more than its looks in the shorter one. */
const PER_INTERVAL = 3;
const AMOUNT_SATS = 50_000;

interface World {
  place: BenchWorld;
  chain: ChainServer;
  receiver: Receiver;
  merchant: Merchant;
  close(): Promise<void>;
}

/** All run concurrently: they mostly wait. */
export function timesToEvent(file: string, { quick }: { quick: boolean }): Promise<Told[]> {
  const waves = quick ? 1 : 3;
  const everySeconds = quick ? 10 : 60;
  return Promise.all([
    told(`a page is open: a look every ${HOT_POLL_SECONDS} s`, file, false, (world) => withPages(world, waves)),
    told('a page is open: the same and the socket', file, true, (world) => withPages(world, waves)),
    told(`no page is open: a sweep every ${everySeconds} s`, file, false, (world) =>
      withNobody(world, everySeconds * 1_000, quick ? 1 : 4),
    ),
  ]);
}

async function told(
  how: string,
  file: string,
  hasSocket: boolean,
  measure: (world: World) => Promise<number[]>,
): Promise<Told> {
  const world = await openWorld(file, hasSocket);
  try {
    return { how, tookMs: await measure(world) };
  } finally {
    await world.close();
  }
}

/** A page for each invoice, waiting on its stream for the event. */
async function withPages(world: World, waves: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let wave = 0; wave < waves; wave++) {
    const invoices = await Promise.all(Array.from({ length: PAGES }, () => create(world)));
    const pages = await Promise.all(
      invoices.map(async (invoice) => ({ invoice, ...(await openPage(world.place, invoice.id, EVENT)) })),
    );
    const times = pages.map(async ({ event, invoice, close }) => {
      await pause(Math.random() * SPREAD_MS);
      const startMs = performance.now();
      await pay(world.chain, invoice);
      const tookMs = (await inTime(event)) - startMs;
      close();
      return tookMs;
    });
    tookMs.push(...(await Promise.all(times)));
  }
  return tookMs;
}

/** The merchant's webhook tells, while the cron runs in its interval and payments fall anywhere in it. */
async function withNobody(world: World, everyMs: number, intervals: number): Promise<number[]> {
  const invoices = await Promise.all(Array.from({ length: PER_INTERVAL * intervals }, () => create(world)));
  const beginMs = performance.now();
  const times = Promise.all(
    invoices.map(async (invoice) => {
      const event = world.receiver.received(({ type, invoiceId }) => type === EVENT && invoiceId === invoice.id);
      await pause(Math.random() * everyMs * intervals);
      const startMs = performance.now();
      await pay(world.chain, invoice);
      return (await inTime(event)) - startMs;
    }),
  );
  for (let i = 0; i <= intervals; i++) {
    await pause(Math.max(0, beginMs + i * everyMs - performance.now()));
    await world.place.cron();
  }
  return times;
}

interface Invoice {
  id: string;
  address: string;
}

async function create({ place, merchant }: World): Promise<Invoice> {
  const response = await fetch(new URL('/v1/invoices', place.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${merchant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ amount_sats: String(AMOUNT_SATS) }),
  });
  if (response.status !== 201) throw new Error(`no invoice was made: ${await response.text()}`);
  const { invoice } = (await response.json()) as { invoice: Invoice };
  return invoice;
}

async function pay({ control }: ChainServer, { address }: Invoice): Promise<void> {
  const body = JSON.stringify({ address, sats: String(AMOUNT_SATS) });
  const response = await fetch(`${control}/control/pay`, { method: 'POST', body });
  if (!response.ok) throw new Error(`nothing was broadcast: ${await response.text()}`);
}

async function openWorld(file: string, hasSocket: boolean): Promise<World> {
  const chain = await startChain({ controlPort: 0, viewPorts: [0], flavours: [hasSocket ? 'mempool' : 'esplora'] });
  const receiver = await startReceiver();
  const place = await openBenchWorld(file, {
    EXPLORERS: chain.explorers.join(),
    RATES: 'fixed:USD=65000',
    HOT_POLL_SECONDS: String(HOT_POLL_SECONDS),
    ...(hasSocket ? { EXPLORER_SOCKET: chain.sockets.join() } : {}),
  });
  const close = async () => {
    await place.close();
    await Promise.all([receiver.close(), chain.close()]);
  };
  try {
    const [merchant] = await seedMerchants(place, 1, 60, receiver.url, 'live');
    if (!merchant) throw new Error('no merchant to pay');
    // Without a fresh tip no invoice is made.
    await place.cron();
    return { place, chain, receiver, merchant, close };
  } catch (error) {
    await close();
    throw error;
  }
}
