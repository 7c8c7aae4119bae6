// What one file imports, exports and writes, and how long its functions are, read off its syntax tree. Called by tree.ts.

import { extname } from 'node:path';
import { parseAst } from 'vitest/node';

export interface Source {
  imports: Specifier[];
  /** Names that others can import, but for those that `export *` hands on. */
  exports: string[];
  /** Those of `exports` that another file declares under the same name. */
  passedOn: string[];
  functions: { name: string; lines: number }[];
  /** Top-level declarations that write the table `invoices`; only what is exported where they are used by that. */
  writers: string[];
  /** Imports whose specifier is computed: nothing can be said of them. */
  unreadable: number;
}

interface Specifier {
  specifier: string;
  typeOnly: boolean;
  lazy: boolean;
  names: string[] | '*';
  /** `export *` */
  handsOn: boolean;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** A node in its place: with what it stands in. */
interface Place {
  node: Node;
  above: Place | undefined;
}

const LANGS: Record<string, 'ts' | 'tsx' | 'js'> = { '.ts': 'ts', '.tsx': 'tsx', '.mjs': 'js' };

export function parseFile(path: string, text: string): Source {
  const program = parseAst(text, { lang: LANGS[extname(path)] ?? 'ts' }) as unknown as Node;
  const places: Place[] = [];
  collect(program, undefined, places);
  const source: Source = { imports: [], exports: [], passedOn: [], functions: [], writers: [], unreadable: 0 };
  const tables = tablesOf(places);
  const lineOf = lineCounter(text);
  for (const place of places) {
    const { node } = place;
    readImport(place, places, source);
    source.exports.push(...exportsOf(node));
    source.passedOn.push(...passedOnBy(node, places));
    if (FUNCTIONS.has(node.type)) source.functions.push({ name: nameOf(place), lines: lengthOf(node, lineOf) });
    if (writes(node, tables)) source.writers.push(topLevelName(place));
  }
  source.writers = writersOf(source, places);
  return source;
}

/** Every node, in the order of the text. */
function collect(value: unknown, above: Place | undefined, into: Place[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, above, into);
  } else if (isNode(value)) {
    const place = { node: value, above };
    into.push(place);
    for (const key in value) if (typeof value[key] === 'object') collect(value[key], place, into);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

const child = (node: Node | undefined, key: string): Node | undefined =>
  node && isNode(node[key]) ? (node[key] as Node) : undefined;
const children = (node: Node, key: string): Node[] =>
  (Array.isArray(node[key]) ? (node[key] as Node[]) : []).filter(isNode);
/** Of an identifier or a quoted name. */
const word = (node: Node | undefined): string => String(node?.name ?? node?.value ?? '');

function readImport({ node, above }: Place, places: readonly Place[], source: Source): void {
  const add = (at: Node | undefined, names: string[] | '*', typeOnly: boolean, more: Partial<Specifier> = {}) => {
    const rest = { lazy: false, handsOn: false, ...more };
    if (at?.type === 'Literal') source.imports.push({ specifier: word(at), typeOnly, names, ...rest });
    else source.unreadable += 1;
  };
  const from = child(node, 'source');
  const specifiers = children(node, 'specifiers');
  const typesOnly = isType(node) || (specifiers.length > 0 && specifiers.every(isType));
  if (node.type === 'ImportDeclaration') add(from, namesOf(specifiers, places), typesOnly);
  if (node.type === 'ExportNamedDeclaration' && from) {
    const names = specifiers.map((one) => word(child(one, 'local')));
    add(from, names, typesOnly);
  }
  if (node.type === 'ExportAllDeclaration') {
    if (child(node, 'exported')) add(from, '*', isType(node));
    else add(from, [], isType(node), { handsOn: true });
  }
  if (node.type === 'ImportExpression') add(from, namesOfDynamic(above), false, { lazy: true });
  if (node.type === 'TSImportType') {
    const first = leftmost(child(node, 'qualifier'));
    add(from, first ? [word(first)] : '*', true);
  }
  if (node.type === 'TSExternalModuleReference') add(child(node, 'expression'), '*', false);
  if (node.type === 'CallExpression') {
    const callee = child(node, 'callee');
    if (callee?.type === 'Identifier' && callee.name === 'require') add(children(node, 'arguments')[0], '*', false);
  }
}

const isType = (node: Node): boolean => node.importKind === 'type' || node.exportKind === 'type';

function leftmost(node: Node | undefined): Node | undefined {
  return node?.type === 'TSQualifiedName' ? leftmost(child(node, 'left')) : node;
}

function namesOf(specifiers: Node[], places: readonly Place[]): string[] | '*' {
  const names: string[] = [];
  for (const specifier of specifiers) {
    if (specifier.type === 'ImportDefaultSpecifier') names.push('default');
    else if (specifier.type === 'ImportSpecifier') names.push(word(child(specifier, 'imported')));
    else {
      const members = membersOf(word(child(specifier, 'local')), places);
      if (members === '*') return '*';
      names.push(...members);
    }
  }
  return names;
}

/** What is used of `import * as space`; all of it where the space itself is handed on. */
function membersOf(space: string, places: readonly Place[]): string[] | '*' {
  const names: string[] = [];
  for (const { node, above } of places) {
    const parent = above?.node;
    if (!/^(JSX)?Identifier$/.test(node.type) || node.name !== space || parent?.type === 'ImportNamespaceSpecifier')
      continue;
    if (child(parent, 'object') === node && parent?.computed !== true) names.push(word(child(parent, 'property')));
    else if (child(parent, 'left') === node && parent?.type === 'TSQualifiedName')
      names.push(word(child(parent, 'right')));
    else if (child(parent, 'property') !== node && child(parent, 'key') !== node) return '*';
  }
  return names;
}

/** `(await import(…)).a`, `const { a } = await import(…)`, `import(…).then(({ a }) => …)`, `….then((all) => all.a)` */
function namesOfDynamic(above: Place | undefined): string[] | '*' {
  const [user, parent] = [above?.above?.node, above?.node];
  if (parent?.type === 'AwaitExpression') {
    if (user?.type === 'MemberExpression' && user.computed !== true) return [word(child(user, 'property'))];
    if (user?.type === 'VariableDeclarator') return keysOf(child(user, 'id'));
  }
  if (parent?.type === 'MemberExpression' && word(child(parent, 'property')) === 'then' && user) {
    const [then] = children(user, 'arguments');
    const [given] = then ? children(then, 'params') : [];
    if (given?.type === 'ObjectPattern') return keysOf(given);
    const body = child(then, 'body');
    if (given && child(body, 'object')?.name === given.name) return [word(child(body, 'property'))];
  }
  return '*';
}

function keysOf(pattern: Node | undefined): string[] | '*' {
  if (pattern?.type !== 'ObjectPattern') return '*';
  const properties = children(pattern, 'properties');
  return properties.some(({ type }) => type === 'RestElement') ? '*' : properties.map((one) => word(child(one, 'key')));
}

function exportsOf(node: Node): string[] {
  if (node.type === 'ExportDefaultDeclaration') return ['default'];
  if (node.type === 'ExportAllDeclaration') return child(node, 'exported') ? [word(child(node, 'exported'))] : [];
  if (node.type !== 'ExportNamedDeclaration') return [];
  const declared = child(node, 'declaration');
  if (!declared) return children(node, 'specifiers').map((one) => word(child(one, 'exported')));
  if (declared.type !== 'VariableDeclaration') return [word(child(declared, 'id'))];
  return children(declared, 'declarations').flatMap((one) => bound(child(one, 'id')));
}

/** `export { a } from`, and `export { a }` of what is imported as `a`. */
function passedOnBy(node: Node, places: readonly Place[]): string[] {
  if (node.type !== 'ExportNamedDeclaration') return [];
  const names = (specifiers: Node[]) => specifiers.filter(keepsName).map((one) => word(child(one, 'local')));
  const passed = names(children(node, 'specifiers'));
  if (child(node, 'source') || passed.length === 0) return passed;
  const imported = names(places.map((one) => one.node).filter(({ type }) => type === 'ImportSpecifier'));
  return passed.filter((name) => imported.includes(name));
}

const keepsName = (specifier: Node): boolean =>
  word(child(specifier, 'local')) === word(child(specifier, 'imported') ?? child(specifier, 'exported'));

/** Names that a pattern binds. */
function bound(pattern: Node | undefined): string[] {
  if (pattern?.type === 'Identifier') return [word(pattern)];
  const names: string[] = [];
  const inner = pattern ? [...children(pattern, 'properties'), ...children(pattern, 'elements')] : [];
  for (const one of inner) names.push(...bound(child(one, 'value') ?? child(one, 'argument') ?? one));
  return names;
}

/** Shorter ones are not looked into. */
export const MAX_LINES = 60;
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const ROUTES = /^(get|post|put|patch|delete|all|on|use|route)$/;

/** Lines of a function, but for those of JSX and of rows that give a route its handler: handlers are functions themselves. */
function lengthOf(node: Node, lineOf: (at: number) => number): number {
  const apart = new Set<number>();
  const whole = lineOf(node.end) - lineOf(node.start) + 1;
  if (whole <= MAX_LINES) return whole;
  const inner: Place[] = [];
  collect(node.body, undefined, inner);
  for (const { node } of inner) {
    if (!/^JSX(Element|Fragment)$/.test(node.type) && !isRoute(node)) continue;
    for (let line = lineOf(node.start); line <= lineOf(node.end); line += 1) apart.add(line);
  }
  return whole - apart.size;
}

function isRoute(node: Node): boolean {
  if (node.type !== 'ExpressionStatement') return false;
  const call = child(node, 'expression');
  const [path, ...handlers] = call?.type === 'CallExpression' ? children(call, 'arguments') : [];
  const isPath =
    path?.type === 'Literal'
      ? typeof path.value === 'string'
      : /^(TemplateLiteral|ArrayExpression)$/.test(path?.type ?? '');
  return isPath && handlers.length > 0 && ROUTES.test(word(child(child(call, 'callee'), 'property')));
}

/** The nearest name: its own, or that of what it is given to. */
function nameOf({ node, above }: Place): string {
  const own = word(child(node, 'id') ?? child(above?.node, 'id') ?? child(above?.node, 'key'));
  if (own) return own;
  for (let outer = above; outer; outer = outer.above) {
    const name = word(child(outer.node, 'id') ?? child(outer.node, 'key'));
    if (name) return `${name} (within)`;
  }
  return '(top level)';
}

function topLevelName(place: Place): string {
  let name = '';
  for (let outer: Place | undefined = place; outer; outer = outer.above) name = word(child(outer.node, 'id')) || name;
  return name || '(top level)';
}

const WRITING =
  /\b(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update(?:\s+or\s+\w+)?|delete\s+from|alter\s+table|drop\s+table(?:\s+if\s+exists)?)\s+["`[]?([\w$]+)/gi;

/** Names by which a file knows the table: its own, what it is imported as, and what it is assigned to. */
function tablesOf(places: readonly Place[]): ReadonlySet<string> {
  const tables = new Set(['invoices']);
  for (const { node } of places) {
    if (node.type === 'ImportSpecifier' && tables.has(word(child(node, 'imported'))))
      tables.add(word(child(node, 'local')));
    if (node.type === 'VariableDeclarator' && isTable(child(node, 'init'), tables)) tables.add(word(child(node, 'id')));
  }
  return tables;
}

/** `invoices`, or `schema.invoices` */
function isTable(node: Node | undefined, tables: ReadonlySet<string>): boolean {
  if (node?.type === 'Identifier') return tables.has(word(node));
  return (
    node?.type === 'MemberExpression' &&
    word(child(node, 'property')) === 'invoices' &&
    child(node, 'object')?.type === 'Identifier'
  );
}

/** Those that write it themselves and those that use them: what is exported of both, or all where nothing is. */
function writersOf({ writers, exports }: Source, places: readonly Place[]): string[] {
  const names = new Set(writers);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const place of names.size === 0 ? [] : places) {
      if (place.node.type === 'Identifier' && names.has(word(place.node))) names.add(topLevelName(place));
    }
  }
  const exported = [...names].filter((name) => exports.includes(name));
  return exported.length > 0 ? exported : [...names];
}

function writes(node: Node, tables: ReadonlySet<string>): boolean {
  if (node.type === 'CallExpression') {
    const how = word(child(child(node, 'callee'), 'property'));
    return /^(insert|update|delete)$/.test(how) && isTable(children(node, 'arguments')[0], tables);
  }
  return [...sqlOf(node).matchAll(WRITING)].some(
    ([, table = '']) => tables.has(table.toLowerCase()) || tables.has(table),
  );
}

/** The text of a string; in a template, names stand for what is filled in. */
function sqlOf(node: Node): string {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : '';
  if (node.type !== 'TemplateLiteral') return '';
  const filled = children(node, 'expressions').map((one) =>
    word(one.type === 'MemberExpression' ? child(one, 'property') : one),
  );
  const parts = children(node, 'quasis').map(({ value }) => (value as { cooked?: string }).cooked ?? '');
  return parts.map((part, place) => part + (filled[place] ?? '')).join('');
}

function lineCounter(text: string): (at: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (at) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
