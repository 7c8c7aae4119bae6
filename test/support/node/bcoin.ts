// Serves bcoin's chain as src/dev/chain/server.ts serves the simulated one: the same controls, the same explorers, no
// faults. Called by the hub.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BcoinWorld, type ReorgOptions } from './bcoin-chain.ts';
import { answerEsplora } from './bcoin-esplora.ts';
import { BcoinWallet, type Payee, script } from './bcoin-wallet.ts';

export interface BcoinServer {
  control: string;
  explorers: string[];
  close(): Promise<void>;
}

export interface BcoinServerOptions {
  /** One explorer for each; only 0, any free port, makes sense. */
  viewPorts: readonly number[];
  now: () => number;
}

export async function startBcoin({ viewPorts, now }: BcoinServerOptions): Promise<BcoinServer> {
  const world = await BcoinWorld.open(Buffer.from(script, 'hex'), now);
  const wallet = new BcoinWallet(world);
  await wallet.furnish();
  const act = controlsOf(world, wallet);
  const servers: Server[] = [];
  const serve = async (answer: (path: string, body: string) => Promise<Response>) => {
    const server = createServer((request, response) => respond(answer, request, response));
    servers.push(server);
    return listen(server);
  };
  // One after the other: a miner and a mempool in the middle of a block do not mix.
  let turn: Promise<unknown> = Promise.resolve();
  const control = await serve((path, body) => {
    const done = turn.then(() => act(path.replace('/control/', ''), JSON.parse(body || '{}')));
    turn = done.catch(() => {});
    return done.then((result) => Response.json(result));
  });
  const explorers: string[] = [];
  for (const _ of viewPorts) {
    explorers.push(`${await serve((path) => answerEsplora(world, path.replace(/^\/api/, '')))}/api`);
  }
  const close = async () => {
    await Promise.all(servers.map(shut));
    await world.close();
  };
  return { control, explorers, close };
}

// biome-ignore lint/suspicious/noExplicitAny: the tests are the only caller, and the simulated chain checks their shapes
function controlsOf(world: BcoinWorld, wallet: BcoinWallet): (name: string, body: any) => Promise<object> {
  return async (name, body) => {
    switch (name) {
      case 'pay':
        return { txid: await wallet.pay(body as Payee) };
      case 'replace':
        return { txid: await wallet.replace(body) };
      case 'broadcast':
        return { txid: (await world.send(Buffer.from(body.hex, 'hex'))).txid() };
      case 'drop':
        if (!world.evict(body.txid)) throw new Error('txid: not in the mempool');
        return { dropped: [body.txid] };
      case 'mine':
        await world.mine(body.blocks);
        return tipOf(world);
      case 'reorg':
        await world.reorg(body as ReorgOptions);
        return tipOf(world);
      case 'fault':
        if (Object.keys(body).join() !== 'view') throw new Error('bcoin has no faults');
        return {};
      default:
        throw new Error(`no such control: ${name}`);
    }
  };
}

function tipOf({ height, best }: BcoinWorld): object {
  return { tip: { height, hash: best[height] } };
}

async function respond(
  answer: (path: string, body: string) => Promise<Response>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const said = await answer(request.url ?? '/', Buffer.concat(chunks).toString('utf8'));
    response.writeHead(said.status, Object.fromEntries(said.headers)).end(Buffer.from(await said.arrayBuffer()));
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.stack : String(error));
  }
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
