// Serves the simulated chain over HTTP: one port for the controls, one for each explorer with its WebSocket; saves it
// to a file.
// Called by the local world and by tests. The only file of this folder that needs Node.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { controlHandler } from './control.ts';
import type { ExplorerView } from './esplora.ts';
import type { Flavour } from './shapes.ts';
import { ChainWorld, type SavedWorld } from './world.ts';

// By Node's own rules: what resolves imports for workerd, as the tests' set-up does, takes the stub meant for browsers.
const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof import('ws');

export interface ChainServerOptions {
  /** 0 takes any free port, here and below. */
  controlPort: number;
  viewPorts: readonly number[];
  /** What each explorer runs; Blockstream's electrs where nothing is said. */
  flavours?: readonly Flavour[] | undefined;
  /** Where the world is kept between runs; in memory only if left out. */
  file?: string | undefined;
  host?: string | undefined;
  /** Of the merchant's wallet, hex; without it the desk signs nothing. */
  merchantSeed?: string | undefined;
  now?: (() => number) | undefined;
}

export interface ChainServer {
  /** Origin of the controls; append `/control/pay` and the like. */
  control: string;
  /** Base URLs, ending in `/api`. */
  explorers: string[];
  /** The explorers' WebSockets: `ws://…/api/v1/ws`. */
  sockets: string[];
  world: ChainWorld;
  chain: ChainWorld['chain'];
  close(): Promise<void>;
}

type Handler = (request: Request) => Promise<Response>;

const SAVE_DELAY_MS = 25;
// Longer than a client keeps an idle connection, so that a reset is always a fault and never a race.
const KEEP_ALIVE_MS = 120_000;
/** mempool's backend closes a connection that sends more in one message. */
const MAX_SOCKET_MESSAGE_BYTES = 50_000;

export async function startChain(options: ChainServerOptions): Promise<ChainServer> {
  const { file, host = '127.0.0.1', merchantSeed, now } = options;
  const flavours = options.viewPorts.map((_, i) => options.flavours?.[i] ?? 'esplora');
  const saved = file === undefined ? undefined : await load(file);
  const world = new ChainWorld({ now, flavours, merchantSeed, saved });
  const keeper = file === undefined ? undefined : keepSaved(world, file);
  const servers: Server[] = [];
  const hangUps: (() => void)[] = [];
  // A response is on disk before it is sent: a world that is killed the moment after has lost nothing.
  const kept =
    (handler: Handler): Handler =>
    async (request) => {
      const response = await handler(request);
      if (request.method === 'POST') await keeper?.flush();
      return response;
    };
  const serve = async (handler: Handler, port: number, view?: ExplorerView) => {
    const server = createServer((incoming, outgoing) => answer(kept(handler), incoming, outgoing));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    servers.push(server);
    if (view) hangUps.push(serveSocket(server, view));
    return await listen(server, port, host);
  };
  const control = await serve(controlHandler(world), options.controlPort);
  const explorers: string[] = [];
  for (const [i, view] of world.views.entries()) {
    explorers.push(`${await serve(view.fetch, options.viewPorts[i] ?? 0, view)}/api`);
  }
  const sockets = explorers.map((url) => `${url.replace(/^http/, 'ws')}/v1/ws`);
  const close = async () => {
    for (const hangUp of hangUps) hangUp();
    await Promise.all(servers.map(shut));
    await keeper?.flush();
  };
  return { control, explorers, sockets, world, chain: world.chain, close };
}

/** A handler that rejects breaks the connection, which is how a fetch sees a machine that is down. */
async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const response = await handler(await toRequest(incoming));
    const body = Buffer.from(await response.arrayBuffer());
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
  } catch (error) {
    if (!(error instanceof TypeError && error.message === 'fetch failed')) console.error(error);
    incoming.socket.destroy();
  }
}

/** Connects WebSockets to a view. Returns what breaks them all off: an HTTP server no longer knows of them. */
function serveSocket(server: Server, view: ExplorerView): () => void {
  const upgrader = new WebSocketServer({ noServer: true, maxPayload: MAX_SOCKET_MESSAGE_BYTES });
  const open = new Set<Duplex>();
  server.on('upgrade', async (incoming, socket, head) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    const { pathname } = new URL(incoming.url ?? '/', 'http://explorer');
    if (!/^(\/api)?\/v1\/ws$/.test(pathname)) return socket.end(statusLine(404));
    const refused = await view.admit().catch(() => undefined);
    if (refused === undefined) return socket.destroy();
    if (refused) return socket.end(`${statusLine(refused.status)}${await refused.text()}`);
    upgrader.handleUpgrade(incoming, socket, head, (peer) => {
      const session = view.socket.connect({ send: (message) => peer.send(message), cut: () => peer.terminate() });
      peer.on('error', () => {});
      peer.on('message', (data) => session.receive(String(data)));
      peer.on('close', session.gone);
    });
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`;
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const { method = 'GET', url = '/', headers } = incoming;
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), { method, body });
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(`http://${host}:${typeof address === 'object' ? address?.port : port}`);
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function load(file: string): Promise<SavedWorld | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  const saved = JSON.parse(text);
  if (saved?.format !== 1) throw new Error(`${file} was written by another version; delete it to start afresh`);
  return saved;
}

/** Saves soon after each change, one write at a time, by an atomic rename. */
function keepSaved(world: ChainWorld, file: string): { flush(): Promise<void> } {
  let savedVersion = -1;
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      if (savedVersion === world.chain.version) return;
      savedVersion = world.chain.version;
      await writeFile(`${file}.new`, JSON.stringify(world));
      await rename(`${file}.new`, file);
    });
    return writing;
  };
  const soon = () => {
    timer ??= setTimeout(flush, SAVE_DELAY_MS);
  };
  world.chain.onChange(soon);
  soon();
  return { flush };
}
