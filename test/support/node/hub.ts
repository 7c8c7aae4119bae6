// For tests that run in workerd, which cannot listen: makes simulated chains and webhook receivers as real local HTTP
// servers on demand. `POST /chains` answers {control, clock, explorers}; `POST /receivers` answers {url, inspect}; `POST /wallet`
// answers {uri} of a Nostr Wallet Connect service; `POST /lightning` {control, connections} of nodes over real Lightning.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChain } from '../../../src/dev/chain/server.ts';
import { ChainWorld } from '../../../src/dev/chain/world.ts';
import { startWallet } from '../../adapters/nodes/wallet.ts';
import { startBcoin } from './bcoin.ts';

/** Made up by src/dev/chain, or made by bcoin where it is installed. */
export type ChainKind = 'simulated' | 'bcoin' | 'mempool';

/**
 * What a receiver does with one delivery: an HTTP answer, a hang-up, silence, an answer that waits for `POST /release`,
 * or one that never ends, fast or a character at a time.
 */
export interface Answer {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  behaviour?: 'answer' | 'hang_up' | 'silent' | 'hold' | 'endless' | 'dribble';
}

export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

type Closer = () => Promise<void>;

export async function startHub(): Promise<{ url: string; close: Closer }> {
  const closers: Closer[] = [];
  /** What each chain takes for now; the machine's time until a test sets it. */
  const clocks: (number | undefined)[] = [];
  // Furnishing a chain takes ten times as long as reading one back.
  const folder = mkdtempSync(join(tmpdir(), 'satlane-chains-'));
  const blueprint = JSON.stringify(new ChainWorld());
  const hub = createServer(async (request, response) => {
    try {
      if (request.url === '/chains') {
        const { views, kind } = JSON.parse(await textOf(request)) as { views: number; kind?: ChainKind };
        const n = clocks.push(undefined) - 1;
        const options = { controlPort: 0, viewPorts: Array(views).fill(0), now: () => clocks[n] ?? Date.now() };
        const file = join(folder, `${n}.json`);
        if (kind !== 'bcoin') writeFileSync(file, blueprint);
        const chain =
          kind === 'bcoin'
            ? await startBcoin(options)
            : await startChain({
                ...options,
                file,
                flavours: kind === 'mempool' ? Array(views).fill('mempool') : undefined,
              });
        closers.push(() => chain.close());
        const clock = `http://${request.headers.host}/clocks/${n}`;
        sendJson(response, 200, { control: chain.control, clock, explorers: chain.explorers });
      } else if (request.url?.startsWith('/clocks/')) {
        const { ms } = JSON.parse(await textOf(request)) as { ms: number };
        clocks[Number(request.url.slice('/clocks/'.length))] = ms;
        sendJson(response, 200, {});
      } else if (request.url === '/lightning') {
        const { startLightning } = worldOfLightning();
        const lightning = await startLightning({ controlPort: 0 });
        closers.push(lightning.close);
        const connections = Object.fromEntries(lightning.servers.map(({ name, connection }) => [name, connection]));
        sendJson(response, 200, { control: lightning.control, connections });
      } else if (request.url === '/receivers') {
        const receiver = await startReceiver();
        closers.push(receiver.close);
        sendJson(response, 200, { url: `${receiver.url}/hook`, inspect: receiver.url });
      } else if (request.url === '/wallet') {
        const wallet = await startWallet();
        closers.push(wallet.close);
        sendJson(response, 200, { uri: wallet.uri });
      } else {
        sendJson(response, 404, { error: 'no such path' });
      }
    } catch (error) {
      sendJson(response, 500, { error: String(error) });
    }
  });
  const url = await listen(hub);
  return {
    url,
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      await shut(hub);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Loaded by Node itself: its library has hundreds of files, which need no transformation. */
function worldOfLightning(): typeof import('../../../src/dev/lightning/server.ts') {
  return createRequire(import.meta.url)('../../../src/dev/lightning/server.ts');
}

/** Answers deliveries as set by `POST /answers`, and hands out what it got by `GET /deliveries?count=n`. */
export async function startReceiver(): Promise<{ url: string; close: Closer }> {
  const deliveries: Delivery[] = [];
  let answers: Answer[] = [];
  const held: (() => void)[] = [];
  const waiting: { count: number; response: ServerResponse }[] = [];
  const settle = () => {
    for (const waiter of waiting.splice(0)) {
      if (deliveries.length >= waiter.count) sendJson(waiter.response, 200, deliveries);
      else waiting.push(waiter);
    }
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://receiver');
    if (url.pathname === '/deliveries') {
      waiting.push({ count: Number(url.searchParams.get('count') ?? 0), response });
      settle();
    } else if (url.pathname === '/release') {
      for (const answer of held.splice(0)) answer();
      sendJson(response, 200, {});
    } else if (url.pathname === '/answers') {
      answers = JSON.parse(await textOf(request)) as Answer[];
      sendJson(response, 200, {});
    } else {
      const body = await textOf(request);
      deliveries.push({ headers: request.headers as Record<string, string>, body });
      const answer = answers.shift() ?? {};
      const reply = () => response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? 'ok');
      if (answer.behaviour === 'hang_up') request.socket.destroy();
      else if (answer.behaviour === 'hold') held.push(reply);
      else if (answer.behaviour === 'endless') talkForever(response);
      else if (answer.behaviour === 'dribble') dribble(response, answer.status);
      else if (answer.behaviour !== 'silent') reply();
      settle();
    }
  });
  const url = await listen(server);
  return { url, close: () => shut(server) };
}

/** Its status immediately, and a character of its body now and then until the other side hangs up. */
function dribble(response: ServerResponse, status = 200): void {
  response.writeHead(status).write('.');
  const timer = setInterval(() => response.write('.'), 200);
  response.on('close', () => clearInterval(timer));
}

/** Writes until the other side hangs up. */
function talkForever(response: ServerResponse): void {
  const chunk = 'and another thing, '.repeat(4_000);
  const talk = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', talk);
  response.on('error', () => {});
  response.writeHead(200);
  talk();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
