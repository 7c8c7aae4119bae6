// Runs before `npm run test:bcoin`: puts bcoin into .dev/bcoin, so that none of its hundred packages of 2018 is among
// the project's own. Built-ins only, any Node ≥ 20 runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VERSION = '1.0.2';
const folder = fileURLToPath(new URL('../../.dev/bcoin/', import.meta.url));

if (!existsSync(`${folder}node_modules/bcoin/package.json`)) {
  console.log(`Installing bcoin ${VERSION} into .dev/bcoin …`);
  mkdirSync(`${folder}leveldown`, { recursive: true });
  // bcoin loads its database even where it keeps everything in memory, and that one would have to be compiled.
  write('leveldown/package.json', { name: 'leveldown', version: '6.1.1', main: 'index.js' });
  writeFileSync(`${folder}leveldown/index.js`, "module.exports = () => { throw new Error('in memory only'); };\n");
  write('package.json', {
    private: true,
    dependencies: { bcoin: VERSION },
    overrides: { leveldown: 'file:./leveldown' },
  });
  // No install scripts: its parts in C++ have stand-ins in JavaScript.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

function write(name, content) {
  writeFileSync(folder + name, `${JSON.stringify(content, null, 2)}\n`);
}
