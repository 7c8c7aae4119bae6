// What a merchant gets who installs the package: `satlane/webhooks` works where they run it, its types are there, and
// nothing else comes along.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installed, installPackage, isHere, nodes } from '../../support/node/package.ts';
import reference from '../../vectors/webhook-signatures.json';

const TSC = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc');
const WORKERD_BIN = join(import.meta.dirname, '../../../node_modules/.bin/workerd');
const VECTORS = join(import.meta.dirname, '../../vectors/webhook-signatures.json');

let installed: Installed;

beforeAll(() => {
  installed = installPackage();
}, 120_000);
afterAll(() => installed?.remove());

/** A merchant's code: believes all vectors, refuses each of them altered, and counts. */
const TALLY = `
import { verifySignature } from 'satlane/webhooks';

export function tally({ vectors }) {
  let believed = 0;
  let refused = 0;
  for (const vector of vectors) {
    const body = vector.body.repeat(vector.bodyRepeated);
    const at = { nowSeconds: vector.timestamp };
    verifySignature(body, vector.header, { secrets: ['another', vector.secret], ...at });
    verifySignature(new TextEncoder().encode(body), vector.header, { secrets: [vector.secret], ...at });
    believed++;
    for (const [altered, options] of [
      [body + ' ', { secrets: [vector.secret], ...at }],
      [body, { secrets: ['another'], ...at }],
      [body, { secrets: [vector.secret, ''], ...at }],
      [body, { secrets: [''], ...at }],
      [body, { secrets: [], ...at }],
      [body, { secrets: [vector.secret], nowSeconds: vector.timestamp + 301 }],
      [body, { secrets: [vector.secret] }],
    ]) {
      try { verifySignature(altered, vector.header, options); } catch { refused++; }
    }
  }
  return JSON.stringify({ believed, refused });
}
`;
const ON_A_SERVER = `
import { readFileSync } from 'node:fs';
import { tally } from './tally.js';
console.log(tally(JSON.parse(readFileSync(process.argv[2], 'utf8'))));
`;
const IN_A_WORKER = `
import vectors from 'vectors.json';
import { tally } from 'tally.js';
export default { test() { console.log(tally(vectors)); } };
`;
const WORKERD = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2024-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "tally.js", esModule = embed "tally.js"),
    (name = "satlane/webhooks", esModule = embed "node_modules/satlane/webhooks.js"),
    (name = "vectors.json", json = embed "vectors.json"),
  ]))]);
`;

const COUNT = reference.vectors.length;
const EXPECTED = { believed: COUNT, refused: 7 * COUNT };

const runtimes = [
  ...nodes().map(({ name, path }) => ({ name, command: path, args: [] as string[], here: true })),
  { name: 'Bun', command: 'bun', args: ['run'], here: isHere('bun') },
  { name: 'Deno', command: 'deno', args: ['run', '--allow-read', '--no-remote'], here: isHere('deno') },
];

describe('satlane/webhooks verifies', () => {
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(installed.project, name), text);
  };
  const run = (command: string, args: string[]) =>
    JSON.parse(execFileSync(command, args, { cwd: installed.project, encoding: 'utf8', stdio: 'pipe' })) as unknown;

  for (const { name, command, args, here } of runtimes) {
    test.skipIf(!here)(`in ${name}`, () => {
      write({ 'tally.js': TALLY, 'server.js': ON_A_SERVER });
      expect(run(command, [...args, 'server.js', VECTORS])).toEqual(EXPECTED);
    });
  }

  test('in a Worker, without any compatibility flag', () => {
    const vectors = readFileSync(VECTORS, 'utf8');
    write({ 'tally.js': TALLY, 'worker.js': IN_A_WORKER, 'config.capnp': WORKERD, 'vectors.json': vectors });
    expect(run(WORKERD_BIN, ['test', 'config.capnp'])).toEqual(EXPECTED);
  });
});

describe('The package', () => {
  test('brings nothing else along: no dependency, no script, no part of the Worker', () => {
    expect(readdirSync(join(installed.project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'satlane',
    ]);
    const folder = join(installed.project, 'node_modules/satlane');
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual([
      'LICENSE',
      'README.md',
      'cli.js',
      'docs',
      'docs/events.md',
      'docs/webhooks',
      'docs/webhooks.md',
      'docs/webhooks/verify.php',
      'docs/webhooks/verify.py',
      'package.json',
      'webhooks.d.ts',
      'webhooks.js',
    ]);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies|scripts|private/i.test(key))).toEqual([]);
    expect(manifest).toMatchObject({ name: 'satlane', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  test('asks its runtime for nothing that only one of them has', () => {
    const code = readFileSync(join(installed.project, 'node_modules/satlane/webhooks.js'), 'utf8');
    expect(code.match(/^import |\bimport\(|\brequire\(|\bprocess\.|\bBuffer\b|\bDeno\b|\bBun\b/gm)).toBeNull();
    expect(code).toMatch(/export \{\s*signatureHeaders,\s*verifySignature\s*\}/);
  });

  test('has links that lead somewhere', () => {
    const folder = join(installed.project, 'node_modules/satlane');
    for (const page of ['README.md', 'docs/webhooks.md', 'docs/events.md']) {
      const links = [...readFileSync(join(folder, page), 'utf8').matchAll(/\]\((?!https:)([^)]+)\)/g)];
      for (const [, link = ''] of links) {
        const [path, anchor] = link.split('#');
        const text = readFileSync(path ? join(folder, page, '..', path) : join(folder, page), 'utf8');
        const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
          heading.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
        );
        if (anchor !== undefined) expect(headings, link).toContain(anchor);
      }
    }
  });
});

describe('Its types', () => {
  const check = (source: string, resolution: { module: string; moduleResolution: string }) => {
    writeFileSync(join(installed.project, 'receiver.ts'), source);
    const compilerOptions = { ...resolution, target: 'es2022', strict: true, noEmit: true, lib: ['es2022'], types: [] };
    writeFileSync(
      join(installed.project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['receiver.ts'] }),
    );
    return spawnSync(process.execPath, [TSC, '-p', '.'], { cwd: installed.project, encoding: 'utf8' });
  };
  const ways = [
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ];
  const used = (options: string) => `
    import { type VerifyOptions, verifySignature } from 'satlane/webhooks';
    const options: VerifyOptions = ${options};
    export const done: void = verifySignature(new Uint8Array(), null, options);`;

  test.each(ways)('are found by tsc with moduleResolution $moduleResolution', (way) => {
    expect(check(used("{ secrets: ['a', 'b'], toleranceSeconds: 60 }"), way)).toMatchObject({ status: 0, stdout: '' });
  });

  test.each(ways)('refuse a secret that is no list with moduleResolution $moduleResolution', (way) => {
    const { status, stdout } = check(used("{ secrets: 'a' }"), way);
    expect(status).not.toBe(0);
    expect(stdout).toContain('TS2322');
  });
});
