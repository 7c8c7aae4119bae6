// `npm run package`: makes what merchants install, `satlane`: the command line (src/cli) and `satlane/webhooks`
// (src/adapters/webhooks/signature.ts). Each is one file of plain JavaScript, because Node takes no TypeScript from node_modules, and
// brings what it needs: verifying a signature installs none of the Worker's libraries. Called by people and tests.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);
/** In cli.js; webhooks.js has the first two of them. */
const BUNDLED = ['@noble/hashes', '@scure/base', '@noble/ciphers', '@noble/curves', 'zod'];
/** The one that builds the Worker: wrangler brings it. */
const esbuild = createRequire(require.resolve('wrangler/package.json'))('esbuild') as {
  build(options: Record<string, unknown>): Promise<unknown>;
};

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'dist') } } });
const out = resolve(values.out);
const folder = join(out, 'package');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await bundle('src/adapters/webhooks/signature.ts', 'webhooks.js', { platform: 'neutral', target: 'es2022' });
await bundle('src/cli/main.ts', 'cli.js', {
  platform: 'node',
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
});
declareTypes();
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
writeFileSync(join(folder, 'LICENSE'), licences());
for (const page of ['events.md', 'webhooks.md', 'webhooks/verify.py', 'webhooks/verify.php']) {
  cpSync(join(ROOT, 'src/http/docs', page), join(folder, 'docs', page));
}
cpSync(join(ROOT, 'src/http/docs/package.md'), join(folder, 'README.md'));
console.log(join(out, run('npm', ['pack', '--silent', '--pack-destination', out], folder).trim()));

function bundle(entry: string, file: string, options: Record<string, unknown>): Promise<unknown> {
  return esbuild.build({
    entryPoints: [join(ROOT, entry)],
    outfile: join(folder, file),
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    logLevel: 'warning',
    // What a folder above says of TypeScript has no part in this.
    tsconfigRaw: {},
    ...options,
  });
}

function declareTypes(): void {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const source = join(ROOT, 'src/adapters/webhooks/signature.ts');
  const quiet = ['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--skipLibCheck', '--types', ''];
  const modern = ['--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const types = join(out, 'types');
  run(process.execPath, [tsc, source, ...quiet, ...modern, '--outDir', types], ROOT);
  cpSync(join(types, 'signature.d.ts'), join(folder, 'webhooks.d.ts'));
  rmSync(types, { recursive: true });
}

/** Ours, and of what is bundled. */
function licences(): string {
  const bundled = BUNDLED.map((name) => {
    return `${name}, which is part of this package:\n\n${readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8')}`;
  });
  return [readFileSync(join(ROOT, 'LICENSE'), 'utf8'), ...bundled].join('\n---\n\n');
}

function manifest(): Record<string, unknown> {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
  return {
    name: own.name,
    version: own.version,
    description:
      'SatLane for merchants: verifies webhooks, brings them to a server on your machine, pays payouts from your own node',
    license: own.license,
    type: 'module',
    engines: { node: '>=20' },
    bin: { satlane: 'cli.js' },
    exports: {
      './webhooks': { types: './webhooks.d.ts', default: './webhooks.js' },
      './package.json': './package.json',
    },
    files: ['cli.js', 'webhooks.js', 'webhooks.d.ts', 'docs'],
  };
}

function run(command: string, args: string[], cwd: string): string {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', shell });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}
