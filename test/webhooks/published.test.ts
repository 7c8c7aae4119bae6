// What a merchant gets who installs the package: `satlane/webhooks` works where they run it, its types are there, and
// nothing else comes along.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Installed, installPackage, isHere, nodes } from '../support/node/package.ts';
import reference from '../vectors/webhook-signatures.json';

const TSC = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
const VECTORS = join(import.meta.dirname, '../vectors/webhook-signatures.json');

let installed: Installed;

beforeAll(() => {
  installed = installPackage();
}, 120_000);
afterAll(() => installed?.remove());

/** A merchant's file: believes all vectors, refuses each of them altered, and says how many. */
const RECEIVER = `
import { readFileSync } from 'node:fs';
import { verifySignature } from 'satlane/webhooks';

const { vectors } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let believed = 0;
let refused = 0;
for (const vector of vectors) {
  const body = vector.body.repeat(vector.bodyRepeated);
  const at = { nowSeconds: vector.timestamp };
  verifySignature(body, vector.header, { secrets: ['another', vector.secret], ...at });
  verifySignature(Buffer.from(body), vector.header, { secrets: [vector.secret], ...at });
  believed++;
  for (const options of [
    { secrets: ['another'], ...at },
    { secrets: [vector.secret, ''], ...at },
    { secrets: [''], ...at },
    { secrets: [], ...at },
    { secrets: [vector.secret], nowSeconds: vector.timestamp + 301 },
    { secrets: [vector.secret] },
  ]) {
    try { verifySignature(body, vector.header, options); } catch { refused++; }
  }
  try { verifySignature(body + ' ', vector.header, { secrets: [vector.secret], ...at }); } catch { refused++; }
}
console.log(JSON.stringify({ believed, refused }));
`;

const COUNT = reference.vectors.length;
const runtimes = [
  ...nodes().map(({ name, path }) => ({ name, command: path, args: [] as string[], here: true })),
  { name: 'Bun', command: 'bun', args: ['run'], here: isHere('bun') },
  { name: 'Deno', command: 'deno', args: ['run', '--allow-read', '--no-remote'], here: isHere('deno') },
];

for (const { name, command, args, here } of runtimes) {
  test.skipIf(!here)(`satlane/webhooks verifies in ${name}`, () => {
    const file = join(installed.project, 'receiver.js');
    writeFileSync(file, RECEIVER);
    const output = execFileSync(command, [...args, file, VECTORS], { cwd: installed.project, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ believed: COUNT, refused: 7 * COUNT });
  });
}

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
      for (const [, link = ''] of links) expect(() => readFileSync(join(folder, page, '..', link))).not.toThrow();
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
