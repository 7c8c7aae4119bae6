// A small Nostr relay over WebSocket (NIP-01): it keeps replaceable events alone, and hands everything else to those who asked for
// it. Called by nwc.ts.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { WebSocket } from 'ws';
import { isAuthentic, type NostrEvent } from './nostr.ts';

// By Node's own rules: what resolves imports for workerd, as the tests' set-up does, takes the stub meant for browsers.
const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof import('ws');

interface Filter {
  kinds?: number[];
  authors?: string[];
  '#p'?: string[];
  '#e'?: string[];
  since?: number;
}

interface Relay {
  url: string;
  publish(event: NostrEvent): void;
  /** Breaks every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** @param onEvent gets what clients publish */
export async function startRelay(port: number, host: string, onEvent: (event: NostrEvent) => void): Promise<Relay> {
  const http = createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ server: http });
  const kept = new Map<number, NostrEvent>();
  const subscriptions = new Map<WebSocket, Map<string, Filter[]>>();
  const publish = (event: NostrEvent) => {
    if (event.kind >= 10_000 && event.kind < 20_000) kept.set(event.kind, event);
    for (const [socket, wanted] of subscriptions) {
      for (const [id, filters] of wanted) {
        if (filters.some((filter) => matches(filter, event))) socket.send(JSON.stringify(['EVENT', id, event]));
      }
    }
  };
  sockets.on('connection', (socket) => {
    const wanted = new Map<string, Filter[]>();
    subscriptions.set(socket, wanted);
    socket.on('error', () => {}).on('close', () => subscriptions.delete(socket));
    socket.on('message', (data) => {
      const [type, ...rest] = JSON.parse(String(data));
      if (type === 'CLOSE') wanted.delete(rest[0]);
      if (type === 'EVENT') {
        const event: NostrEvent = rest[0];
        const isGood = isAuthentic(event);
        socket.send(JSON.stringify(['OK', event.id, isGood, isGood ? '' : 'invalid: the signature is wrong']));
        if (!isGood) return;
        publish(event);
        onEvent(event);
      }
      if (type !== 'REQ') return;
      const [id, ...filters]: [string, ...Filter[]] = rest as [string, ...Filter[]];
      wanted.set(id, filters);
      for (const event of kept.values()) {
        if (filters.some((filter) => matches(filter, event))) socket.send(JSON.stringify(['EVENT', id, event]));
      }
      socket.send(JSON.stringify(['EOSE', id]));
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });
  const address = http.address();
  const cut = () => {
    for (const socket of sockets.clients) socket.terminate();
  };
  const close = () => {
    cut();
    return new Promise<void>((resolve) => void http.close(() => resolve()));
  };
  return { url: `ws://${host}:${typeof address === 'object' ? address?.port : port}`, publish, cut, close };
}

function matches({ kinds, authors, since, ...tags }: Filter, event: NostrEvent): boolean {
  const named = (name: string, values: string[] | undefined) =>
    values === undefined || event.tags.some(([tag, value = '']) => tag === name && values.includes(value));
  return (
    (kinds?.includes(event.kind) ?? true) &&
    (authors?.includes(event.pubkey) ?? true) &&
    event.created_at >= (since ?? 0) &&
    named('p', tags['#p']) &&
    named('e', tags['#e'])
  );
}
