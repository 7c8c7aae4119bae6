// From node:http to Request and Response and back, streams included. Called by server.ts, and by other servers of the local
// world: the mailbox, the Lightning nodes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Handler = (request: Request) => Response | Promise<Response>;

const MAX_BODY_BYTES = 1024 * 1024;

/** Thrown by a handler, or by a body half-way: the connection breaks as if the machine had gone down. */
export class DroppedConnection extends Error {}

/** @param makeHandler gets the server's own URL, which is known only once it listens */
export async function serve(port: number, host: string, makeHandler: (url: string) => Handler) {
  let handler: Handler = () => new Response('starting', { status: 503 });
  const server = createServer((incoming, outgoing) => answer(handler, incoming, outgoing));
  const url = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(`http://${host}:${typeof address === 'object' ? address?.port : port}`);
    });
  });
  handler = makeHandler(url);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      // Open pages hold a stream that would never end by itself.
      server.closeAllConnections();
    });
  return { url, close };
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const request = await toRequest(incoming);
    await send(request ? await handler(request) : new Response('body too large', { status: 413 }), outgoing);
  } catch (error) {
    if (error instanceof DroppedConnection) return void incoming.socket.destroy();
    console.error(error);
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end();
  }
}

async function toRequest(incoming: IncomingMessage): Promise<Request | null> {
  const { method = 'GET', url = '/' } = incoming;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return null;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(new URL(url, `http://${headers.get('host') ?? 'localhost'}`), { method, headers, body });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const reader = response.body?.getReader();
  if (reader) {
    outgoing.on('close', () => void reader.cancel().catch(() => {}));
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const { value } = part;
      // Each part is on its way before the next is asked for, which may break the connection.
      await new Promise((resolve) => outgoing.write(value, resolve));
    }
  }
  outgoing.end();
}
