// Serves the Lightning world over HTTP: one port for the controls, one for each server in front of the merchant's node.
// Called by the local world and by tests.
import { serve } from '../shop/http.ts';
import { deskOf } from './control.ts';
import { FaultyServer } from './faults.ts';
import { sendHooks } from './hooks.ts';
import { NodeHost } from './host.ts';
import { keepWallets } from './kept.ts';
import { KINDS } from './kinds.ts';
import { startNwc } from './nwc.ts';
import { type NodeInfo, serveShape } from './serve.ts';
import { NodeWallet } from './wallet.ts';
import { type LightningWorld, type NodeServer, openNodes, secretOf } from './world.ts';

interface LightningOptions {
  /** 0 takes any free port. */
  controlPort: number;
  /** In the order of KINDS. */
  serverPorts?: readonly number[] | undefined;
  host?: string | undefined;
  /** Keys and credentials are made of it: the same text makes the same nodes. */
  seed?: string | undefined;
  /** Where the wallets are kept between runs; in memory only if left out. */
  file?: string | undefined;
  now?: (() => number) | undefined;
}

export interface Lightning {
  /** Origin of the controls; append `/control/pay` and the like. */
  control: string;
  servers: readonly NodeServer[];
  /** Opens the nodes and their channel, where no request did. */
  open(): Promise<LightningWorld>;
  close(): Promise<void>;
}

/** Returns as soon as the servers listen; the first request starts the nodes, in about half a second. */
export async function startLightning(options: LightningOptions): Promise<Lightning> {
  const { controlPort, serverPorts = [], host = '127.0.0.1', seed = 'lightning of the local world', file } = options;
  const now = options.now ?? Date.now;
  const merchant = new NodeHost();
  const customerHost = new NodeHost();
  const customerFaults = new FaultyServer();
  const customer = new NodeWallet(customerHost, () => customerFaults.fault, now, true);
  const servers: NodeServer[] = [];
  let opening: Promise<LightningWorld> | undefined;
  const open = () => {
    opening ??= openNodes({ merchant, customerHost, seed, now }).then((restart) => {
      return { merchant, customerHost, customer, customerFaults, servers, restart };
    });
    return opening;
  };
  const plans = [...Object.keys(KINDS), NWC].map((name, i) => {
    const faults = new FaultyServer();
    const wallet = new NodeWallet(merchant, () => faults.fault, now);
    return { name, port: serverPorts[i] ?? 0, host, seed, faults, wallet, node: () => merchant.info() };
  });
  const wallets = Object.fromEntries(plans.map(({ name, wallet }) => [name, wallet]));
  const keep = await keepWallets(file, { customer, ...wallets });
  // What changed is kept before the answer is sent.
  const around = async <Answer>(answer: () => Promise<Answer>) => {
    await open();
    return answer().finally(keep);
  };
  const closers: (() => Promise<void>)[] = [];
  for (const plan of plans) {
    const { server, close } = await (plan.name === NWC ? connectWallet : listen)({ ...plan, around });
    servers.push(server);
    closers.push(close);
  }
  const desk = deskOf(open);
  const control = await serve(controlPort, host, () => (request) => around(() => desk(request)));
  closers.push(control.close);
  const close = async () => void (await Promise.all(closers.map((shut) => shut())));
  return { control: control.url, servers, open, close };
}

const NWC = 'nwc';

interface Plan {
  name: string;
  port: number;
  host: string;
  seed: string;
  wallet: NodeWallet;
  faults: FaultyServer;
  node: () => NodeInfo;
  around: <Answer>(answer: () => Promise<Answer>) => Promise<Answer>;
}

interface Listening {
  server: NodeServer;
  close(): Promise<void>;
}

async function listen({ name, port, host, seed, wallet, faults, node, around }: Plan): Promise<Listening> {
  const kind = KINDS[name]?.((what) => secretOf(seed, `${name} ${what}`));
  if (!kind) throw new Error(`no such server: ${name}`);
  const { shape, webhookSecret } = kind;
  sendHooks(wallet, shape, faults);
  const { url, close } = await serve(port, host, (origin) => {
    const answer = serveShape(shape, { wallet, faults, origin, node });
    return (request) => around(() => answer(request));
  });
  const connections = { connection: kind.connection(url), payConnection: kind.payConnection?.(url) ?? null };
  return { server: { name, url, wallet, faults, shape, webhookSecret, ...connections }, close };
}

/** Speaks through a relay, and sends no hooks over HTTP. */
async function connectWallet({ seed, ...plan }: Plan): Promise<Listening> {
  const [wallet = '', receive = '', pay = ''] = ['wallet', 'receive', 'pay'].map((of) =>
    secretOf(seed, `${NWC} ${of}`),
  );
  const { close, ...connected } = await startNwc({ ...plan, keys: { wallet, receive, pay } });
  const { name, faults } = plan;
  return { server: { name, faults, wallet: plan.wallet, shape: null, webhookSecret: null, ...connected }, close };
}
