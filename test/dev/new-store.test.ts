// `npm run store`: an operator creates a store by hand, with a key or with the file that a wallet exports.

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { accountOf, respell, VERSIONS } from '../core/wallet/support.ts';
import { electrumFile } from '../support/electrum.ts';

const ROOT = join(import.meta.dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'satlane-store-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const { key: zpub, receive } = accountOf('p2wpkh');
const xpub = respell(zpub, VERSIONS.public.xpub);

function fileOf(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

function newStore(wallet: string, ...more: string[]) {
  const out = join(dir, 'store.sql');
  rmSync(out, { force: true });
  const args = ['src/dev/new-store.ts', '--name', 'Tea & Co', '--wallet', wallet, '--out', out, ...more];
  const env = { ...process.env, ENCRYPTION_KEY: 'ab'.repeat(32) };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  return { status, stdout, stderr, sql: () => readFileSync(out, 'utf8') };
}

it.each([
  ['a key', zpub, 'An extended public key'],
  ['a descriptor', `wpkh([73c5da0a/84h/0h/0h]${xpub}/<0;1>/*)`, 'An output descriptor'],
  ['a small export file', fileOf('small.json', JSON.stringify({ xpub: zpub })), 'A wallet file'],
  ['a file of Electrum after years', fileOf('default_wallet', electrumFile(zpub, 300)), 'Electrum'],
])('makes a store of %s', (_, wallet, source) => {
  const made = newStore(wallet);
  expect([made.status, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toContain(`${source}: a p2wpkh wallet on mainnet`);
  for (const address of receive.slice(0, 2)) expect(made.stdout).toContain(address);
  const db = new DatabaseSync(':memory:');
  for (const file of globSync('migrations/*.sql', { cwd: ROOT }).sort())
    db.exec(readFileSync(join(ROOT, file), 'utf8'));
  db.exec(made.sql());
  const rows = db
    .prepare('SELECT s.name, a.address FROM stores s JOIN addresses a USING (wallet_id) WHERE a.idx = 0')
    .all();
  expect(rows).toEqual([{ name: 'Tea & Co', address: receive[0] }]);
});

it.each<[string, string, string[], string]>([
  ['a key that leaves its kind open', xpub, [], 'has to be chosen'],
  ['a wallet of another network', zpub, ['--network', 'testnet'], 'This wallet is on mainnet; --network says testnet.'],
  ['a file that is too large', fileOf('large', ' '.repeat(1024 * 1024 + 1)), [], 'is larger than 1 MiB'],
  ['a path that leads nowhere', join(dir, 'nothing.json'), [], 'neither an extended public key nor a descriptor'],
])('refuses %s', (_, wallet, more, why) => {
  const { status, stdout, stderr } = newStore(wallet, ...more);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(why);
});
