// A small Nostr relay on loopback (NIP-01): hands events on to those who subscribe, keeps what wallets say of themselves, and fails as
// a test says. Called by nwc.test.ts and by the hub.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as WS from 'ws';

// Vite would take the package's build for browsers.
const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof WS;

interface RelayEvent {
  id: string;
  kind: number;
  pubkey: string;
  tags: string[][];
}

interface Filter {
  kinds?: number[];
  authors?: string[];
  '#p'?: string[];
  '#e'?: string[];
}

export interface TestRelay {
  url: string;
  events: RelayEvent[];
  /** What takes the place of an event; null keeps it back. */
  change: (event: RelayEvent) => unknown;
  /** Why events of requests are refused; null where they are taken. */
  refuses: string | null;
  connections: number;
  /** What it says to a subscription after what it keeps; null for nothing. */
  greets: ((id: string) => unknown[]) | null;
  /** To every connection, as it stands. */
  shout(text: string): void;
  publish(event: RelayEvent): void;
  /** Every connection breaks. */
  hangUp(): void;
  close(): void;
}

const INFO = 13194;
const REQUEST = 23194;

export async function startRelay(): Promise<TestRelay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const subscriptions = new Map<WS.WebSocket, Map<string, Filter[]>>();
  const relay: TestRelay = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events: [],
    change: (event) => event,
    refuses: null,
    connections: 0,
    greets: (id) => ['EOSE', id],
    shout(text) {
      for (const socket of server.clients) socket.send(text);
    },
    publish(event) {
      relay.events.push(event);
      const changed = relay.change(event);
      if (changed === null) return;
      for (const [socket, filters] of subscriptions)
        for (const [id, any] of filters)
          if (any.some((filter) => matches(event, filter))) socket.send(JSON.stringify(['EVENT', id, changed]));
    },
    close() {
      relay.hangUp();
      server.close();
    },
    hangUp() {
      for (const socket of server.clients) socket.terminate();
    },
  };
  server.on('connection', (socket) => {
    relay.connections += 1;
    const filters = new Map<string, Filter[]>();
    subscriptions.set(socket, filters);
    socket.on('close', () => subscriptions.delete(socket));
    socket.on('message', (data) => {
      const [type, first, ...rest] = JSON.parse(String(data));
      if (type === 'CLOSE') filters.delete(first);
      if (type === 'REQ') {
        filters.set(first, rest);
        const kept = relay.events.filter(
          (event) => event.kind === INFO && rest.some((one: Filter) => matches(event, one)),
        );
        for (const event of kept) socket.send(JSON.stringify(['EVENT', first, event]));
        if (relay.greets) socket.send(JSON.stringify(relay.greets(first)));
      }
      if (type !== 'EVENT') return;
      const isRefused = relay.refuses !== null && first.kind === REQUEST;
      socket.send(JSON.stringify(['OK', first.id, !isRefused, relay.refuses ?? '']));
      if (!isRefused) relay.publish(first);
    });
  });
  return relay;
}

function matches(event: RelayEvent, filter: Filter): boolean {
  const hasTag = (name: string, values?: string[]) =>
    !values || event.tags.some(([key, value]) => key === name && values.includes(value ?? ''));
  return (
    (filter.kinds?.includes(event.kind) ?? true) &&
    (filter.authors?.includes(event.pubkey) ?? true) &&
    hasTag('p', filter['#p']) &&
    hasTag('e', filter['#e'])
  );
}
