// Runs before `npm run test:clients`: puts published clients of other makers into .dev/clients, so that none of what they
// depend on is among the project's own. Built-ins only, any Node ≥ 20 runs it. Without the registry their tests are skipped.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLIENTS = {
  'btcpay-greenfield-node-client': '1.7.0',
  btcpay: '0.2.5',
  'bitpay-sdk': '8.0.4',
  'js-lnurl': '0.6.0',
  '@getalby/lightning-tools': '9.0.1',
};
const folder = fileURLToPath(new URL('../../.dev/clients/', import.meta.url));

if (!Object.entries(CLIENTS).every(([name, version]) => installed(name) === version)) {
  console.log('Installing published clients into .dev/clients …');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}package.json`, `${JSON.stringify({ private: true, dependencies: CLIENTS }, null, 2)}\n`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) console.warn('The registry cannot be reached: tests of published clients are skipped.');
}

function installed(name) {
  const file = `${folder}node_modules/${name}/package.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
}
