// `npm run store`: makes a merchant's store for a deployment, as SQL for `wrangler d1 execute`. Says what it recognised
// of the wallet and shows its first addresses; prints the API key and the webhook secret, once. Nothing is sent anywhere.

import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SCRIPT_TYPES, type ScriptType } from '../core/wallet/address.ts';
import { MAX_FILE_LENGTH } from '../core/wallet/exports.ts';
import { NETWORKS, type Network } from '../core/wallet/network.ts';
import { chooseWallet, recognise } from '../core/wallet/recognise.ts';
import { type Statement, seedStatements } from './seed.ts';

const USAGE = `ENCRYPTION_KEY=… npm run store -- --name "My shop" --wallet WALLET --out store.sql
  WALLET is an extended public key, a descriptor, or the path of a file that your wallet exports
  --mode live|test      live                    --gap-limit N         100: set the same in your wallet
  --network NETWORK     mainnet                 --webhook URL         where events go; none by default
  --script-type TYPE    where the wallet may mean several: ${SCRIPT_TYPES.join(', ')}
  --recycle-addresses   give addresses of invoices that ended unpaid to later ones`;

const { values: options } = parseArgs({
  options: {
    name: { type: 'string' },
    wallet: { type: 'string' },
    out: { type: 'string' },
    mode: { type: 'string', default: 'live' },
    network: { type: 'string', default: 'mainnet' },
    'script-type': { type: 'string' },
    'gap-limit': { type: 'string', default: '100' },
    webhook: { type: 'string' },
    'recycle-addresses': { type: 'boolean', default: false },
  },
});

try {
  await main();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { name, wallet: key, out, mode, webhook } = options;
  const encryptionKey = process.env.ENCRYPTION_KEY ?? '';
  if (!name || !key || !out) throw new Error('--name, --wallet and --out are needed.');
  if (!/^[0-9a-f]{64}$/.test(encryptionKey))
    throw new Error('ENCRYPTION_KEY must be the 64 hex digits of the deployment.');
  if (mode !== 'live' && mode !== 'test') throw new Error('--mode is live or test.');
  const network = NETWORKS.find((known) => known === options.network);
  if (!network) throw new Error(`--network is one of ${NETWORKS.join(', ')}.`);
  const gapLimit = Number(options['gap-limit']);
  if (!Number.isInteger(gapLimit) || gapLimit < 10) throw new Error('--gap-limit is a whole number from 10.');

  const descriptor = descriptorOf(key, network);
  const store = {
    id: randomUUID(),
    name,
    mode: mode as 'live' | 'test',
    apiKey: `sl_${mode}_${randomBytes(24).toString('hex')}`,
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    wallet: { id: randomUUID(), key: descriptor, network, gapLimit, pool: 40 },
    endpointUrl: webhook ?? null,
    color: null,
    recycleAddresses: options['recycle-addresses'],
  };
  const account = { id: randomUUID(), name };
  const statements = await seedStatements(account, [store], encryptionKey, Date.now());
  writeFileSync(out, `${statements.map(toSql).join('\n')}\n`, { mode: 0o600 });
  console.log(`
  Store           ${store.id}
  API key         ${store.apiKey}
  Webhook secret  ${store.webhookSecret}

  Both are shown only here. Now run: npx wrangler d1 execute DB --remote --file ${out}`);
}

function descriptorOf(wallet: string, network: Network): string {
  const scriptType = SCRIPT_TYPES.find((known) => known === options['script-type']) as ScriptType | undefined;
  const test = network === 'mainnet' ? 'testnet' : network;
  const recognition = recognise(textOf(wallet), { main: 'mainnet', test });
  const { descriptor, ...chosen } = chooseWallet(recognition, scriptType);
  if (chosen.network !== network) throw new Error(`This wallet is on ${chosen.network}; --network says ${network}.`);
  const shown = recognition.candidates.find(({ wallet }) => wallet.descriptor === descriptor)?.addresses ?? [];
  console.log(
    `\n  ${recognition.source}: a ${chosen.scriptType} wallet on ${network}. Its first addresses, to compare:`,
  );
  for (const { address } of shown) console.log(`    ${address}`);
  return descriptor;
}

/** What a file holds, or the text itself where it names none. */
function textOf(wallet: string): string {
  if (!existsSync(wallet)) return wallet;
  if (statSync(wallet).size > MAX_FILE_LENGTH)
    throw new Error(`${wallet} is larger than 1 MiB: give the public key alone.`);
  return readFileSync(wallet, 'utf8');
}

/** A statement with its values written out, for a file. */
function toSql({ sql, params }: Statement): string {
  let next = 0;
  return `${sql.replace(/\s+/g, ' ').replace(/\?/g, () => literal(params[next++] ?? null))};`;
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
