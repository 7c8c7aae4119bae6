// `satlane`: the command line for those who build against the API. Which commands there are, and what they share: options,
// the key, how they end. Published as one file of plain JavaScript (src/dev/package.ts); Node ≥ 20.

import { parseArgs } from 'node:util';
import { type Api, apiAt, Fatal } from './api.ts';
import { type ListenOptions, listen, parseSince } from './listen.ts';
import { readSecret } from './own-node.ts';
import { type PayoutOptions, payPayouts } from './payouts.ts';
import { complain, say } from './say.ts';
import { trigger } from './trigger.ts';

const USAGE = `satlane listen --forward-to URL [options]   sends a store's events to a server on this machine, signed
  --since WHERE       now (default), start, or a number of the log: what came after it
  --events A,B        only these types, e.g. invoice.paid,invoice.expired
  --secret SECRET     signs with this one; by default a new one is made and shown
satlane trigger EVENT --invoice ID          simulates an event of a test-mode invoice, e.g. invoice.paid
  --amount-sats N     of the simulated payment
satlane payouts --node KIND [options]       pays approved Lightning payouts from your own node
  --node KIND         phoenixd, lnd, clnrest, lnbits or nwc; its secret is in SATLANE_NODE_SECRET
  --node-url URL      where it listens, if not at its usual port of this machine
  --node-secret-file PATH   its secret, in place of SATLANE_NODE_SECRET; of LND the macaroon file
  --api-key-file PATH       the API key, in place of SATLANE_API_KEY
  --max-sats N        pays no payout above it
  --once              ends when there is nothing to pay
All:
  --api URL           the SatLane to talk to; or SATLANE_API
  --api-key KEY       of the store; better SATLANE_API_KEY: others on this machine can read what is on a command line`;

type Values = { [name: string]: string | boolean | undefined };

/** What was typed makes no sense: said with the usage behind it. */
class Usage extends Error {}

process.stdout.on('error', () => process.exit(0)); // The reader of our lines has closed the pipe: `satlane … | head`.
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        'forward-to': { type: 'string' },
        since: { type: 'string' },
        events: { type: 'string' },
        secret: { type: 'string' },
        invoice: { type: 'string' },
        'amount-sats': { type: 'string' },
        api: { type: 'string' },
        'api-key': { type: 'string' },
        node: { type: 'string' },
        'node-url': { type: 'string' },
        'node-secret-file': { type: 'string' },
        'api-key-file': { type: 'string' },
        'max-sats': { type: 'string' },
        once: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [command, ...rest] = positionals;
    if (values.help) {
      say(USAGE);
      return 0;
    }
    const used = new Set(Object.keys(values));
    const connect = () =>
      apiAt(values.api ?? process.env.SATLANE_API, values['api-key'] ?? process.env.SATLANE_API_KEY);
    if (command === 'listen') {
      takesOnly(used, ['forward-to', 'since', 'events', 'secret']);
      if (rest.length > 0) throw new Usage('listen takes options only');
      return await listen(connect(), listenOptions(values), stopSignal());
    }
    if (command === 'trigger') {
      takesOnly(used, ['invoice', 'amount-sats']);
      const [event, ...more] = rest;
      if (!event || more.length > 0 || !values.invoice) throw new Usage('trigger takes one event and --invoice ID');
      return await trigger(connect(), event, values.invoice, values['amount-sats']);
    }
    if (command === 'payouts') {
      takesOnly(used, ['node', 'node-url', 'node-secret-file', 'api-key-file', 'max-sats', 'once']);
      if (rest.length > 0) throw new Usage('payouts takes options only');
      return await payPayouts(agentsApi(values), payoutOptions(values), stopSignal());
    }
    throw new Usage(command === undefined ? 'which command?' : 'there is no such command');
  } catch (error) {
    // parseArgs throws a TypeError with a code.
    const isUsage = error instanceof Usage || (error instanceof TypeError && 'code' in error);
    if (isUsage) complain(`satlane: ${error.message}\n\n${USAGE}`);
    else complain(error instanceof Fatal ? `satlane: ${error.message}` : messageOfBug(error));
    return isUsage ? 2 : 1;
  }
}

function listenOptions(values: Values): ListenOptions {
  const text = (name: string) => values[name] as string | undefined;
  const forwardTo = text('forward-to');
  if (!forwardTo || !URL.canParse(forwardTo))
    throw new Usage('--forward-to URL is needed, e.g. http://localhost:3000/hook');
  const { protocol, username, password } = new URL(forwardTo);
  if (!/^https?:$/.test(protocol)) throw new Usage('--forward-to must start with http:// or https://');
  if (username || password) throw new Usage('--forward-to must not contain a user name or password');
  const since = parseSince(text('since') ?? 'now');
  if (since === null) throw new Usage('--since is now, start, or a number of the log');
  const secret = text('secret');
  // Anyone can sign with an empty secret.
  if (secret === '') throw new Usage('--secret must not be empty');
  return { forwardTo, since, secret, types: text('events') };
}

/** A program that spends money has its key on no command line. */
function agentsApi(values: Values): Api {
  if (values['api-key'] !== undefined)
    throw new Usage('payouts takes no --api-key: use SATLANE_API_KEY or --api-key-file');
  const file = values['api-key-file'] as string | undefined;
  const apiKey = file === undefined ? process.env.SATLANE_API_KEY : readSecret(file);
  if (apiKey?.startsWith('sl_test_')) throw new Fatal('in test mode nothing is sent: use a live key of the store');
  return apiAt((values.api as string | undefined) ?? process.env.SATLANE_API, apiKey);
}

function payoutOptions(values: Values): PayoutOptions {
  const text = (name: string) => values[name] as string | undefined;
  const kind = text('node');
  if (kind === undefined) throw new Usage('--node KIND is needed, e.g. phoenixd');
  const max = text('max-sats');
  if (max !== undefined && !/^[1-9]\d{0,15}$/.test(max)) throw new Usage('--max-sats is a whole number of sats');
  return {
    ...{ kind, url: text('node-url'), secretFile: text('node-secret-file') },
    ...{ maxSats: max === undefined ? null : BigInt(max), isOnce: values.once === true },
  };
}

/** Said by us and not by Node: what goes wrong may have the key in it. */
function messageOfBug(error: unknown): string {
  return `satlane: ${error instanceof Error ? error.stack : error}`;
}

function takesOnly(used: Set<string>, own: string[]): void {
  const strange = [...used].find((name) => !['api', 'api-key', ...own].includes(name));
  if (strange) throw new Usage(`--${strange} belongs to another command`);
}

/** Ctrl-C, and the ways in which a terminal or a service manager says the same. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}
