// Imports form layers: pure ← adapters ← spine ← edges ← root. This holds them there, and keeps files small enough to
// read. A new folder of src/ has to be given its layer here first.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

const LAYERS = ['pure', 'adapter', 'spine', 'edge', 'root', 'dev'] as const;
type Layer = (typeof LAYERS)[number];

const LAYER_OF: Record<string, Layer> = {
  money: 'pure',
  wallet: 'pure',
  invoice: 'pure',
  proof: 'pure',
  'errors.ts': 'pure',
  'log.ts': 'pure',
  'vault.ts': 'pure',
  'bounded.ts': 'pure',
  'json.ts': 'pure',
  'urls.ts': 'pure',
  'well-formed.ts': 'pure',
  db: 'adapter',
  chain: 'adapter',
  rates: 'adapter',
  webhooks: 'adapter',
  live: 'adapter',
  limits: 'adapter',
  mail: 'adapter',
  payments: 'spine',
  accounts: 'spine',
  api: 'edge',
  checkout: 'edge',
  dashboard: 'edge',
  docs: 'edge',
  watch: 'edge',
  'worker.ts': 'root',
  'app.ts': 'root',
  'deps.ts': 'root',
  'wiring.ts': 'root',
  'env.ts': 'root',
  dev: 'dev',
  cli: 'dev',
};

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = globSync('**/*.{ts,tsx}', { cwd: SRC }).sort();
const imports = files.flatMap((file) => importsOf(file));

function importsOf(file: string): Import[] {
  const source = readFileSync(join(SRC, file), 'utf8');
  return [...source.matchAll(/^(?:import|export) (type )?(?:[^'";]*? from )?'(\.[^']+)'/gms)].map(([, type, path]) => ({
    from: file,
    to: relative(SRC, join(SRC, dirname(file), path ?? '')),
    typeOnly: type !== undefined,
  }));
}

const partOf = (file: string): string => file.split('/')[0] ?? '';
const layerOf = (file: string): Layer => {
  const layer = LAYER_OF[partOf(file)];
  if (!layer) throw new Error(`${file} belongs to no layer`);
  return layer;
};
const show = ({ from, to }: Import) => `${from} → ${to}`;

describe('The layers', () => {
  it('every file belongs to one', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
    for (const file of files) layerOf(file);
  });

  it('nothing imports from a layer above its own; only the type of Deps comes down', () => {
    const upward = imports.filter(
      ({ from, to, typeOnly }) =>
        LAYERS.indexOf(layerOf(to)) > LAYERS.indexOf(layerOf(from)) &&
        !(typeOnly && ['deps.ts', 'env.ts'].includes(to)),
    );
    expect(upward.map(show)).toEqual([]);
  });

  it('adapters do not know each other; all may use the database', () => {
    const sideways = imports.filter(
      ({ from, to }) =>
        layerOf(from) === 'adapter' && layerOf(to) === 'adapter' && partOf(from) !== partOf(to) && partOf(to) !== 'db',
    );
    expect(sideways.map(show)).toEqual([]);
  });

  it('the production bundle never imports the local world', () => {
    expect(imports.filter(({ from, to }) => partOf(from) !== 'dev' && partOf(to) === 'dev').map(show)).toEqual([]);
  });

  it('there is no cycle', () => {
    const next = Map.groupBy(
      imports.filter(({ typeOnly }) => !typeOnly),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      if (done.has(file)) return;
      for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('what people set up and read is not loaded before somebody asks for it: a start takes CPU', () => {
    const reached = new Set(['worker.ts']);
    for (const file of reached) {
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) reached.add(to);
    }
    expect(reached).toContain('payments/create.ts');
    const late = /^(dashboard|docs|api\/openapi|api\/native\/(stores|auth|account|platform)\.|accounts\/better-auth)/;
    expect([...reached].filter((file) => late.test(file))).toEqual([]);
  });

  it('pure files have no clock, no network, no chance and no environment', () => {
    const impure = files
      .filter((file) => layerOf(file) === 'pure' && !['log.ts', 'vault.ts'].includes(file))
      .filter((file) => /\b(Date\.now|new Date\(\)|Math\.random|fetch\(|process\.|crypto\.)/.test(read(file)));
    expect(impure).toEqual([]);
  });

  it('SQL is written in db/ alone', () => {
    const elsewhere = files
      .filter((file) => partOf(file) !== 'db' && partOf(file) !== 'dev')
      .filter((file) => /drizzle-orm|\bsql`|\.prepare\(/.test(read(file)));
    expect(elsewhere).toEqual([]);
  });
});

describe('The files', () => {
  it('are small: half of them under 100 lines, none above 300', () => {
    const lengths = files.map((file) => read(file).split('\n').length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(100);
    expect(files.filter((file) => read(file).split('\n').length > 300)).toEqual([]);
    for (const file of ['worker.ts', 'app.ts']) expect(read(file).split('\n').length).toBeLessThanOrEqual(60);
  });

  it('each say at their top what they are', () => {
    expect(files.filter((file) => !read(file).startsWith('//'))).toEqual([]);
  });
});

function read(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}
