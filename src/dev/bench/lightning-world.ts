// The product's own Worker beside real Lightning nodes: merchants connect the servers in front of them as people do, and a customer's
// node pays and is paid. Called by lightning-creation.ts, lightning-payments.ts, lightning-payouts.ts and lightning-requests.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { startLightning } from '../lightning/server.ts';
import type { NodeServer } from '../lightning/world.ts';
import { type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { newSessionCookie, seedPerson } from './person.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { createUpkeep } from './upkeep.ts';

/** A shop whose payments over Lightning go to one server. */
export interface LightningShop extends Merchant {
  node: NodeServer;
}

export interface LightningBench {
  place: BenchWorld;
  receiver: Receiver;
  shops: LightningShop[];
  /** Rates and tip are of now, and each wallet has at least so many free addresses. */
  refresh(freePerWallet: number): Promise<void>;
  /** An invoice of the shop that Lightning alone can pay, and its BOLT11. */
  create(shop: LightningShop): Promise<{ id: string; bolt11: string }>;
  /** The customer's node pays. Returns when it is done. */
  pay(bolt11: string): Promise<void>;
  /** The customer's node asks for money. @returns its BOLT11 */
  mint(sats: number): Promise<string>;
  close(): Promise<void>;
}

/** @param pick the servers that get a shop each, of all nodes and by name */
export async function openLightningBench(
  file: string,
  nodes: number,
  pick: (name: string) => boolean = () => true,
): Promise<LightningBench> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const lightning = await Promise.all(
    Array.from({ length: nodes }, (_, n) => startLightning({ controlPort: 0, seed: `bench ${n}` })),
  );
  const receiver = await startReceiver();
  const place = await openBenchWorld(file, { ORIGIN: origin, RATES: 'fixed:EUR=60000' }, port);
  const close = async () => {
    await place.close();
    await Promise.all([...lightning, receiver].map((server) => server.close()));
  };
  try {
    await Promise.all(lightning.map(({ open }) => open()));
    const servers = lightning.flatMap((world) => world.servers.filter(({ name }) => pick(name)));
    const shops = await openShops(place, origin, servers, receiver.url);
    const { refresh } = createUpkeep(place);
    await refresh(1);
    const control = lightning[0]?.control ?? '';
    const customer = {
      pay: async (bolt11: string) => void (await asksCustomer(control, 'pay', { bolt11 })),
      mint: async (sats: number) => (await asksCustomer(control, 'invoice', { sats })).bolt11,
    };
    return { place, receiver, shops, refresh, create: creator(place), ...customer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Hooks come to the origin that the Worker is given before it listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function openShops(place: BenchWorld, origin: string, servers: NodeServer[], endpointUrl: string) {
  const merchants = await seedMerchants(place, servers.length, 1, endpointUrl, 'live');
  // The wallets are new: no explorer is asked for the history of their addresses.
  await place.sql([{ sql: 'UPDATE wallets SET checked_below = 1000000', params: [] }]);
  await seedPerson(place, merchants);
  const cookie = await newSessionCookie(place);
  const shops: LightningShop[] = [];
  for (const [index, node] of servers.entries()) {
    const merchant = merchants[index] as Merchant;
    const body = JSON.stringify({ connection_string: node.connection, pay_connection_string: node.payConnection });
    const headers = { cookie, origin, 'content-type': 'application/json' };
    const path = `/v1/stores/${merchant.id}/connections`;
    const response = await fetch(new URL(path, place.url), { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${node.name} was not connected: ${await response.text()}`);
    shops.push({ ...merchant, node });
  }
  return shops;
}

function creator(place: BenchWorld): LightningBench['create'] {
  return async ({ apiKey }) => {
    const response = await fetch(new URL('/v1/invoices', place.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ amount_sats: '2100', payment_methods: ['lightning'] }),
    });
    if (response.status !== 201) throw new Error(`no invoice was created: ${await response.text()}`);
    const { invoice } = (await response.json()) as { invoice: { id: string; lightning: { bolt11: string } } };
    return { id: invoice.id, bolt11: invoice.lightning.bolt11 };
  };
}

async function asksCustomer(control: string, lever: 'pay' | 'invoice', order: object): Promise<{ bolt11: string }> {
  const response = await fetch(`${control}/control/${lever}`, { method: 'POST', body: JSON.stringify(order) });
  if (!response.ok) throw new Error(`the customer's node refused to ${lever}: ${await response.text()}`);
  return (await response.json()) as { bolt11: string };
}
