// The rules of architecture.test.ts, each shown a copy of the tree that breaks it in one way: every breach must be refused, and the
// tree as it is must pass.

import { describe, expect, it } from 'vitest';
import * as rules from './support/node/architecture/rules.ts';
import { CIRCLES, ONE_IDEA, PARTS, WRITERS } from './support/node/architecture/table.ts';
import { readTree, type Tree } from './support/node/architecture/tree.ts';

const tree = readTree();

/** The tree with lines put at the end of some files; files that are not there are made. */
function withLines(lines: Record<string, string>): Tree {
  const added = Object.entries(lines).map(
    ([path, text]) => [path, `${tree.get(path) ?? '// A file.'}\n${text}\n`] as const,
  );
  return new Map([...tree, ...added]);
}

const passed = new Set<rules.Rule>();

function expectRefused(rule: rules.Rule, mutant: Tree, breach: string): void {
  if (!passed.has(rule)) expect(rule(tree)).toEqual([]);
  passed.add(rule);
  expect(rule(mutant)).toContainEqual(expect.stringContaining(breach));
}

const lines = (count: number, line: string) => Array.from({ length: count }, () => line).join('\n');
const noCircles = rules.nothingGoesInCircles(CIRCLES);

describe('An import that the table does not allow is refused', () => {
  const upward = 'src/core/money/sats.ts → src/services/payments/create.ts';
  it.each([
    ['of a value', "import { createInvoice } from '../../services/payments/create.ts';"],
    ['over several lines', "import {\n  createInvoice,\n  type Other,\n} from '../../services/payments/create.ts';"],
    ['within other code', "const one = 1; import { createInvoice } from '../../services/payments/create.ts';"],
    ['for its effects', "import '../../services/payments/create.ts';"],
    ['of everything', "import * as all from '../../services/payments/create.ts';"],
    ['of a type', "import type { Created } from '../../services/payments/create.ts';"],
    ['of a type by its own mark', "import { type Created } from '../../services/payments/create.ts';"],
    ['of a type where it is used', "export type A = import('../../services/payments/create.ts').Created;"],
    ['of the type of a module', "export type A = typeof import('../../services/payments/create.ts');"],
    ['when it runs', "export const a = () => import('../../services/payments/create.ts');"],
    [
      'when it runs, over several lines',
      "export const a = () =>\n  import(\n    /* late */\n    '../../services/payments/create.ts'\n  );",
    ],
    ['by require', "export const a = require('../../services/payments/create.ts');"],
    ['by import =', "import a = require('../../services/payments/create.ts');"],
    ['that is handed on by name', "export { createInvoice } from '../../services/payments/create.ts';"],
    ['that is handed on as a type', "export type { Created } from '../../services/payments/create.ts';"],
    ['that is handed on whole', "export * from '../../services/payments/create.ts';"],
    ['that is handed on under a name', "export * as all from '../../services/payments/create.ts';"],
  ])('%s', (_, line) => {
    expectRefused(rules.partsImportWhatTheyMay, withLines({ 'src/core/money/sats.ts': line }), upward);
  });

  it.each([
    ['between adapters', 'src/adapters/mail/mailer.ts', '../rates/source.ts'],
    ['between dialects', 'src/http/api/bitpay/errors.ts', '../greenfield/errors.ts'],
    ['from the core of invoices into one method', 'src/core/invoice/assess.ts', '../onchain/payment.ts'],
    ['from a method into the core of invoices', 'src/core/onchain/payment.ts', '../invoice/assess.ts'],
    ['between methods', 'src/core/simulated/payment.ts', '../onchain/payment.ts'],
    ['between dialects of the core', 'src/core/dialects/bitpay/status.ts', '../greenfield/events.ts'],
    ['from the core into a dialect', 'src/core/invoice/state.ts', '../dialects/native/dialect.ts'],
    ['from the spine into a dialect', 'src/services/payments/create.ts', '../../core/dialects/greenfield/events.ts'],
    ['from delivery into a dialect', 'src/jobs/deliver/current.ts', '../../core/dialects/bitpay/status.ts'],
    ['from the spine into an edge', 'src/services/payments/create.ts', '../../http/checkout/routes.ts'],
    ['from the spine into the wiring', 'src/services/payments/create.ts', '../../wiring.ts'],
    ['from the bundle into the local world', 'src/jobs/watch/client.ts', '../../dev/seed.ts'],
    ['from a page into an explorer', 'src/http/checkout/routes.ts', '../../adapters/explorers/esplora.ts'],
    ['from a page into the database', 'src/http/dashboard/store/overview.tsx', '../../../adapters/db/stores.ts'],
    ['from an API into the rates', 'src/http/api/native/health.ts', '../../../adapters/rates/freshness.ts'],
    ['from an API into the rooms', 'src/http/api/native/pay.ts', '../../../adapters/rooms/sse.ts'],
  ])('%s', (_, from, to) => {
    expectRefused(rules.partsImportWhatTheyMay, withLines({ [from]: `import { x } from '${to}';` }), `${from} → `);
  });

  it('a value where the table has types', () => {
    const mutant = withLines({ 'src/services/payments/create.ts': "import { configOf } from '../../env.ts';" });
    expectRefused(rules.partsImportWhatTheyMay, mutant, 'src/services/payments/create.ts → src/env.ts');
  });

  it('an unused package in the table', () => {
    const mutant = new Map([...tree].map(([path, text]) => [path, text.replaceAll("from 'uqr'", "from 'hono'")]));
    expectRefused(rules.partsUseTheirPackages, mutant, 'no longer uses uqr');
  });

  it('an unused place in the table', () => {
    const unused = new Map(
      [...tree].map(([path, text]) => [path, path.startsWith('src/cli/') ? '// A file.\n' : text]),
    );
    expectRefused(rules.partsImportWhatTheyMay, unused, 'cli no longer uses ');
  });

  it('a table that lets an edge ask an adapter', () => {
    expect(rules.edgesUseNoAdapters(PARTS)).toEqual([]);
    const asking = { ...PARTS, 'http/docs': { uses: ['adapters/db/read', 'adapters/db'] } };
    expect(rules.edgesUseNoAdapters(asking)).toEqual(['http/docs uses adapters/db: an edge asks services']);
    expect(rules.edgesUseNoAdapters({ ...PARTS, 'http/docs': { typesOf: ['adapters/webhooks'] } })).toHaveLength(1);
  });

  it('a table that allows both ways', () => {
    expect(rules.tableGoesOneWay(PARTS)).toEqual([]);
    const both = { ...PARTS, 'core/money': { uses: ['services/accounts'] } };
    expect(rules.tableGoesOneWay(both)).toEqual(['core/money uses services/accounts, which does not stand before it']);
    expect(rules.tableGoesOneWay({ ...PARTS, 'core/money': { typesOf: ['app.ts'] } })).toHaveLength(1);
  });
});

describe('Refused as well are', () => {
  it('a file in a folder without a place in the table', () => {
    expectRefused(
      rules.everyFileHasItsPart,
      withLines({ 'src/lightning/node.ts': '' }),
      'src/lightning/node.ts belongs to no part',
    );
  });

  it.each([
    [
      'an import of something that is computed',
      'export const a = (name: string) => import(name);',
      'only known when it runs',
    ],
    [
      'an import of a computed template',
      `export const a = (b: string) => import(\`../../adapters/db/\${b}.ts\`);`,
      'only known when it runs',
    ],
    ['an import of nothing', "import { a } from './gone.ts';", 'is not there'],
    ['an import of a test', "import { a } from '../../../test/support/merchant.ts';", 'is outside src/'],
  ])('%s', (_, line, breach) => {
    expectRefused(rules.everyImportCanBeRead, withLines({ 'src/core/money/sats.ts': line }), breach);
  });

  it.each([
    ['drizzle outside of adapters/db', 'src/services/payments/create.ts', "import { sql } from 'drizzle-orm';"],
    ['a type of a package', 'src/core/invoice/assess.ts', "import type { Context } from 'hono';"],
    [
      'a package that is loaded when it runs',
      'src/adapters/webhooks/send.ts',
      "export const a = () => import('better-auth/api');",
    ],
    ['Node in the bundle', 'src/services/payments/create.ts', "import { readFileSync } from 'node:fs';"],
    ['an unlisted package', 'src/core/money/sats.ts', "export * from 'left-pad';"],
    ['the runtime in a pure file', 'src/core/wallet/wallet.ts', "import { env } from 'cloudflare:workers';"],
  ])('%s', (_, path, line) => {
    expectRefused(rules.partsUseTheirPackages, withLines({ [path]: line }), `${path} → `);
  });

  it.each([
    ['another update', 'export const a = (db: any) => db.update(invoices).set({});', 'a'],
    [
      'an insert',
      'export async function a(db: any) {\n  await db\n    .insert(\n      invoices,\n    )\n    .values({});\n}',
      'a',
    ],
    [
      'a delete under another name',
      "import { invoices as rows } from './schema.ts';\nexport const a = (db: any) => db.delete(rows);",
      'a',
    ],
    [
      'an update by the whole schema',
      "import * as schema from './schema.ts';\nexport const a = (db: any) => db.update(schema.invoices);",
      'a',
    ],
    ['an update of a copy', 'const table = invoices;\nexport const a = (db: any) => db.update(table);', 'a'],
    ['SQL', "export const a = (db: any) => db.run('UPDATE invoices SET status = 1');", 'a'],
    ['SQL over several lines', 'export const a = `\n  insert or ignore\n    into "invoices" (id) VALUES (1)`;', 'a'],
    ['SQL with the table filled in', `export const a = (sql: any) => sql\`DELETE FROM \${invoices}\`;`, 'a'],
    [
      'SQL kept in a constant',
      "const SQL = 'REPLACE INTO invoices VALUES (1)';\nexport const a = (db: any) => db.run(SQL);",
      'a',
    ],
  ])('a write of invoices by a file that is not named: %s', (_, text, name) => {
    const mutant = withLines({ 'src/adapters/db/payments.ts': text });
    expectRefused(rules.invoicesAreWrittenByFew, mutant, `adapters/db/payments.ts#${name} must not write invoices`);
  });

  it.each([
    ['by name', "import { updateInvoice } from '../../adapters/db/invoices.ts';"],
    ['when it runs', "export const a = async () => (await import('../../adapters/db/invoices.ts')).updateInvoice;"],
    ['handed on', "export { updateInvoice as other } from '../../adapters/db/invoices.ts';"],
    ['with everything', "import * as all from '../../adapters/db/invoices.ts';\nexport const a = all;"],
    ['handed on with everything', "export * from '../../adapters/db/invoices.ts';"],
  ])('a call of the writer from elsewhere, %s', (_, line) => {
    const mutant = withLines({ 'src/http/dashboard/numbers.ts': line });
    expectRefused(
      rules.invoicesAreWrittenByFew,
      mutant,
      'src/http/dashboard/numbers.ts must not call adapters/db/invoices.ts#updateInvoice',
    );
  });

  it.each([
    ['a text', 'src/jobs/deliver/attempt.ts', "export const a = (b: string) => b === 'greenfield';"],
    ['a name', 'src/services/events/targets.ts', 'export const isElenpay = true;'],
    ['our own', 'src/services/endpoints/endpoints.ts', "export const a = { dialect: 'native' };"],
    ['a new one', 'src/core/invoice/state.ts', 'export const toyStatus = 1;'],
  ])('a dialect that is named outside of its folder: %s', (_, path, text) => {
    const toy = 'src/core/dialects/toy/dialect.ts';
    expectRefused(rules.dialectsAreNamedByFew, withLines({ [path]: text, [toy]: '' }), `${path} names a dialect`);
    const explained = withLines({ [path]: `// As Greenfield's toy has it, in 'native' words.\n/** BitPay. */` });
    expect(rules.dialectsAreNamedByFew(explained)).toEqual([]);
  });

  it('a listed file that names no dialect any more', () => {
    const without = new Map([...tree, ['src/adapters/db/schema/paired-clients.ts', '// A file.\n']]);
    expectRefused(rules.dialectsAreNamedByFew, without, 'paired-clients\\.ts$ names no dialect any more');
  });

  it.each(['http/api/native/pay.ts', 'services/accounts/stores.ts', 'jobs/watch/look.ts'])(
    'a step taken from outside its folder: %s',
    (path) => {
      const line = "export const a = () => import('../../services/payments/advance.ts');".replace(
        '../../',
        path.startsWith('http/api/native') ? '../../../' : '../../',
      );
      expectRefused(rules.innerFilesStayInside, withLines({ [`src/${path}`]: line }), `src/${path} → `);
    },
  );

  it('a writer that writes no more, and a caller that calls no more', () => {
    for (const { writer, callers } of WRITERS) {
      const [file] = writer.split('#');
      const without = (path: string): Tree => new Map([...tree, [`src/${path}`, '// A file.\n']]);
      expectRefused(rules.invoicesAreWrittenByFew, without(file ?? ''), `${writer} no longer writes invoices`);
      for (const path of callers)
        expectRefused(rules.invoicesAreWrittenByFew, without(path), `${path} no longer calls ${writer}`);
    }
  });

  it.each([
    ['a function', `export function a() {\n${lines(59, '  b();')}\n}`, 'a has 61 lines'],
    ['an arrow function', `export const a = () => {\n${lines(59, '  b();')}\n};`, 'a has 61 lines'],
    ['a method', `export class C {\n  a() {\n${lines(59, '    b();')}\n  }\n}`, 'a has 61 lines'],
    ['a callback', `export const a = list.map(() => {\n${lines(59, '  b();')}\n});`, 'a (within) has 61 lines'],
    [
      'a handler in a table of routes',
      `export function a() {\n  app.get('/', () => {\n${lines(59, '    b();')}\n  });\n}`,
      'a (within) has 61 lines',
    ],
  ])('a function of 61 lines: %s', (_, text, breach) => {
    expectRefused(rules.functionsFitAScreen, withLines({ 'src/core/money/sats.ts': text }), breach);
  });

  it('a component of 61 lines beside its JSX', () => {
    const component = (count: number) =>
      `export function A() {\n${lines(count, '  b();')}\n  return (\n    <p>\n${lines(99, '<i />')}\n    </p>\n  );\n}`;
    const path = 'src/http/dashboard/parts.tsx';
    expectRefused(rules.functionsFitAScreen, withLines({ [path]: component(57) }), 'A has 61 lines');
    expect(rules.functionsFitAScreen(withLines({ [path]: component(56) }))).toEqual([]);
  });

  it.each([
    ['of values', "import { a } from './quote.ts';", "import { b } from './sats.ts';"],
    ['through types', "import type { A } from './quote.ts';", "import type { B } from './sats.ts';"],
    [
      'through a type where it is used',
      "export type A = import('./quote.ts').A;",
      "export type B = import('./sats.ts').B;",
    ],
    ['through what is handed on', "export * from './quote.ts';", "export type { B } from './sats.ts';"],
    [
      'through an import when it runs',
      "export const a = () => import('./quote.ts');",
      "import { b } from './sats.ts';",
    ],
  ])('a circle %s', (_, one, other) => {
    const mutant = withLines({ 'src/core/money/sats.ts': one, 'src/core/money/quote.ts': other });
    expectRefused(noCircles, mutant, 'core/money/quote.ts ⇄ core/money/sats.ts');
  });

  it('a circle of three, and a file that imports itself', () => {
    const three = {
      'src/a.ts': "import './b.ts';",
      'src/b.ts': "import type {} from './c.ts';",
      'src/c.ts': "export * from './a.ts';",
    };
    expectRefused(noCircles, withLines(three), 'a circle: a.ts ⇄ b.ts ⇄ c.ts');
    expectRefused(noCircles, withLines({ 'src/d.ts': "import './d.ts';" }), 'a circle: d.ts');
  });

  it('a listed circle that is mended', () => {
    expect(rules.nothingGoesInCircles([...CIRCLES, 'a.ts ⇄ b.ts'])(tree)).toEqual(['no circle any more: a.ts ⇄ b.ts']);
  });

  it.each([
    ['a function', 'export function alone() {}'],
    ['a constant among others', 'export const [one, { two: alone }] = [1, { two: 2 }];'],
    ['a type', 'export interface alone { a: 1 }'],
    ['a name of its own for something', 'const a = 1;\nexport { a as alone };'],
    ['what is handed on', "export { isSats as alone } from './sats.ts';"],
    ['what its own file uses', 'export const alone = 1;\nconst more = alone + 1;'],
  ])('an export without an importer: %s', (_, text) => {
    expectRefused(
      rules.everyExportIsImported,
      withLines({ 'src/core/money/quote.ts': text }),
      'quote.ts: no file imports alone',
    );
  });

  it.each([
    ['by a test', 'test/core/money/new.test.ts', "import { alone } from '../../../src/core/money/quote.ts';"],
    [
      'with everything, by its name',
      'src/a.ts',
      "import * as quote from './core/money/quote.ts';\nconst b = quote.alone;",
    ],
    ['for its type', 'src/a.ts', "type A = import('./core/money/quote.ts').alone;"],
    ['when it runs', 'src/a.ts', "const { alone } = await import('./core/money/quote.ts');"],
    ['through a promise', 'src/a.ts', "import('./core/money/quote.ts').then(({ alone }) => alone);"],
  ])('but not one that is imported %s', (_, path, text) => {
    const mutant = new Map([...withLines({ 'src/core/money/quote.ts': 'export const alone = 1;' }), [path, text]]);
    expect(rules.everyExportIsImported(mutant)).toEqual([]);
    const others = new Map([...mutant, [path, text.replaceAll('alone', 'quoted')]]);
    expect(rules.everyExportIsImported(others)).toEqual(['src/core/money/quote.ts: no file imports alone']);
  });

  it('an export of a module that is re-exported whole, if no file imports it there', () => {
    const handed = {
      'src/core/money/quote.ts': 'export const alone = 1;',
      'src/a.ts': "export * from './core/money/quote.ts';",
    };
    expectRefused(rules.everyExportIsImported, withLines(handed), 'quote.ts: no file imports alone');
    const asked = withLines({ ...handed, 'src/b.ts': "import { alone } from './a.ts';" });
    expect(rules.everyExportIsImported(asked)).toEqual([]);
  });

  it.each([
    ['a function', 'export function parseSats() {}'],
    ['a type', 'export type parseSats = string;'],
    ['a constant among others', 'export const [one, { two: parseSats }] = [1, { two: 2 }];'],
    ['a new name for something', 'const one = 1;\nexport { one as parseSats };'],
    ['a new name for what is handed on', "export { one as parseSats } from './one.ts';"],
    ['a space', "export * as parseSats from './one.ts';"],
  ])('an exported name that stands for another thing elsewhere: %s', (_, text) => {
    const breach = 'parseSats stands for several things: core/money/sats.ts, core/money/one.ts';
    expectRefused(rules.namesStandForOneThing, withLines({ 'src/core/money/one.ts': text }), breach);
  });

  it.each([
    ['from its file', "export { parseSats } from './sats.ts';"],
    ['once it is imported', "import { parseSats } from './sats.ts';\nexport { parseSats };"],
    ['with everything', "export * from './sats.ts';"],
  ])('but not one that is handed on %s', (_, text) => {
    expect(rules.namesStandForOneThing(withLines({ 'src/core/money/one.ts': text }))).toEqual([]);
  });

  it('a name twice in one layer, in a third layer, and beyond those that two layers share', () => {
    const table = 'src/adapters/db/schema/merchants.ts';
    for (const path of ['src/adapters/db/schema/one.ts', 'src/services/accounts/one.ts'])
      expectRefused(
        rules.namesStandForOneThing,
        withLines({ [path]: 'export const stores = 1;' }),
        'stores stands for',
      );
    expect(tree.get(table)).toContain('export const stores');
    const own = { 'src/core/proof/one.ts': 'export const one = 1;', 'src/dev/chain/one.ts': 'export const one = 1;' };
    expectRefused(rules.namesStandForOneThing, withLines(own), 'one stands for several things');
  });

  it('a listed name that is no longer shared', () => {
    for (const { folders, names = [] } of ONE_IDEA) {
      const [first = ''] = folders;
      const without = new Map([...tree].filter(([path]) => !path.startsWith(`src/${first}`)));
      expectRefused(rules.namesStandForOneThing, without, `${first} no longer shares a name`);
      for (const name of names)
        expect(rules.namesStandForOneThing(without).join()).toContain(`no longer share ${name}`);
    }
  });

  it('a page that is loaded at each start', () => {
    const mutant = withLines({ 'src/app.ts': "import './http/dashboard/routes.ts';" });
    expectRefused(rules.aStartLoadsLittle, mutant, 'src/http/dashboard/routes.ts is loaded');
  });

  it.each(['Date.now()', 'new Date()', 'Math.random()', "fetch('/')", 'setTimeout(b, 1)', 'crypto.randomUUID()'])(
    'a pure file with %s',
    (code) => {
      expectRefused(
        rules.pureFilesArePure,
        withLines({ 'src/core/invoice/assess.ts': `export const a = () => ${code};` }),
        'is not pure',
      );
    },
  );

  it('SQL outside of adapters/db', () => {
    expectRefused(
      rules.sqlIsInDb,
      withLines({ 'src/services/payments/create.ts': 'export const a = sql`SELECT 1`;' }),
      'holds SQL',
    );
  });

  it('a file of more than 300 lines, and an entry of more than 60', () => {
    expectRefused(
      rules.filesAreSmall,
      withLines({ 'src/core/money/sats.ts': lines(300, '//') }),
      'src/core/money/sats.ts is too long',
    );
    expectRefused(rules.filesAreSmall, withLines({ 'src/app.ts': lines(60, '//') }), 'src/app.ts is too long');
  });
});
