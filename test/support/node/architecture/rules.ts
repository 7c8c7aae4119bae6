// The rules of architecture.test.ts: each takes a tree and gives what breaks it, as a sentence. What a table allows and no file
// needs is a breach, too, so that tables only shrink.

import { MAX_LINES } from './parse.ts';
import { ENTRIES, INNER, LAZY, NAMING, ONE_IDEA, PARTS, WRITERS } from './table.ts';
import { type Import, importsOf, isFile, sourceOf, sourcesOf, type Tree } from './tree.ts';

export type Rule = (tree: Tree) => string[];

const NAMES = Object.keys(PARTS);
/** Parts within others first. */
const LONGEST_FIRST = [...NAMES].sort((a, b) => b.length - a.length);

const parts = new Map<string, string>();

/** The part of src/ that a file belongs to; '' for none. */
function partOf(path: string): string {
  const known = parts.get(path);
  if (known !== undefined) return known;
  const within = path.replace(/^src\//, '');
  const part = LONGEST_FIRST.find((name) => within === name || within.startsWith(`${name}/`)) ?? '';
  parts.set(path, part);
  return part;
}

const allImports = (tree: Tree): Import[] => sourcesOf(tree).flatMap((path) => importsOf(tree, path));
const show = ({ from, to, typeOnly }: Import) => `${from} → ${to}${typeOnly ? ' (a type)' : ''}`;
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

export const everyFileHasItsPart: Rule = (tree) => [
  ...sourcesOf(tree)
    .filter((path) => partOf(path) === '')
    .map((path) => `${path} belongs to no part: give it one in the table`),
  ...NAMES.filter((part) => !sourcesOf(tree).some((path) => partOf(path) === part)).map((part) => `${part} is gone`),
];

export const everyImportCanBeRead: Rule = (tree) => [
  ...sourcesOf(tree)
    .filter((path) => sourceOf(tree, path).unreadable > 0)
    .map((path) => `${path} imports what is only known when it runs`),
  ...allImports(tree)
    .filter((one) => one.to.startsWith('src/') && /\.tsx?$/.test(one.to) && !tree.has(one.to))
    .map((one) => `${show(one)} is not there`),
  ...allImports(tree)
    .filter((one) => one.to.startsWith('test/') || one.to.startsWith('..'))
    .map((one) => `${show(one)} is outside src/`),
];

export const partsImportWhatTheyMay: Rule = (tree) => {
  const imports = allImports(tree).filter((one) => isFile(one) && partOf(one.from) !== partOf(one.to));
  const breaches = imports.filter((one) => {
    const { uses = [], typesOf = [] } = PARTS[partOf(one.from)] ?? {};
    const part = partOf(one.to);
    return !uses.includes(part) && !(one.typeOnly && typesOf.includes(part));
  });
  return [...breaches.map((one) => `${show(one)}: not in the table`), ...unneeded(imports)];
};

function unneeded(imports: Import[]): string[] {
  const pair = (one: Import) => `${partOf(one.from)} → ${partOf(one.to)}`;
  const all = new Set(imports.map(pair));
  const loaded = new Set(imports.filter(({ typeOnly }) => !typeOnly).map(pair));
  return NAMES.flatMap((part) => [
    ...(PARTS[part]?.uses ?? [])
      .filter((to) => !loaded.has(`${part} → ${to}`))
      .map((to) => `${part} no longer uses ${to}`),
    ...(PARTS[part]?.typesOf ?? [])
      .filter((to) => !all.has(`${part} → ${to}`))
      .map((to) => `${part} no longer uses types of ${to}`),
  ]);
}

/** @param parts another table, for the test of this rule */
export const tableGoesOneWay = (parts: typeof PARTS): string[] => {
  const names = Object.keys(parts);
  const comesDown = ['deps.ts', 'env.ts'];
  return names.flatMap((part, place) =>
    [...(parts[part]?.uses ?? []), ...(parts[part]?.typesOf ?? []).filter((to) => !comesDown.includes(to))]
      .filter((to) => !names.slice(0, place).includes(to))
      .map((to) => `${part} uses ${to}, which does not stand before it`),
  );
};

export const theTableGoesOneWay: Rule = () => tableGoesOneWay(PARTS);

/** Edges ask the spine; of adapters, lists and overviews that have no other logic may ask the database's read side. */
export const edgesUseNoAdapters = (parts: typeof PARTS): string[] =>
  Object.entries(parts)
    .filter(([part]) => part.startsWith('http/'))
    .flatMap(([part, { uses = [], typesOf = [] }]) =>
      [...uses, ...typesOf]
        .filter((to) => to.startsWith('adapters/') && to !== 'adapters/db/read')
        .map((to) => `${part} uses ${to}: an edge asks services`),
    );

export const partsUseTheirPackages: Rule = (tree) => {
  const used = allImports(tree)
    .filter((one) => !isFile(one))
    .map((one) => ({ ...one, part: partOf(one.from), name: packageOf(one.to) }));
  return [
    ...used
      .filter(({ part, name }) => !PARTS[part]?.packages?.includes(name))
      .map((one) => `${show(one)}: no package of this part`),
    ...NAMES.flatMap((part) =>
      (PARTS[part]?.packages ?? [])
        .filter((name) => !used.some((one) => one.part === part && one.name === name))
        .map((name) => `${part} no longer uses ${name}`),
    ),
  ];
};

/** Who writes the table of invoices, and who calls those. */
export const invoicesAreWrittenByFew: Rule = (tree) => {
  const writers = sourcesOf(tree).flatMap((path) => sourceOf(tree, path).writers.map((name) => ({ path, name })));
  const keys = writers.map(({ path, name }) => `${path.slice(4)}#${name}`);
  const calls = allImports(tree).flatMap(({ from, to, names, handsOn }) =>
    WRITERS.filter(({ writer, callers }) => {
      const [file, name = ''] = writer.split('#');
      return (
        to === `src/${file}` && (handsOn || names === '*' || names.includes(name)) && !callers.includes(from.slice(4))
      );
    }).map(({ writer }) => `${from} must not call ${writer}`),
  );
  const unneededCalls = WRITERS.flatMap(({ writer, callers }) => {
    const [file, name = ''] = writer.split('#');
    const calls = (path: string) =>
      importsOf(tree, path).some(({ to, names }) => to === `src/${file}` && names.includes(name));
    return callers.filter((caller) => !calls(`src/${caller}`)).map((caller) => `${caller} no longer calls ${writer}`);
  });
  return [
    ...keys
      .filter((key) => !WRITERS.some(({ writer }) => writer === key))
      .map((key) => `${key} must not write invoices`),
    ...WRITERS.filter(({ writer }) => !keys.includes(writer)).map(
      ({ writer }) => `${writer} no longer writes invoices`,
    ),
    ...calls,
    ...unneededCalls,
  ];
};

/** The code of the core, the spine, delivery and the pages names no dialect: they read the table. Comments may say why. */
export const dialectsAreNamedByFew: Rule = (tree) => {
  const names = new Set(sourcesOf(tree).flatMap((path) => /^src\/core\/dialects\/([^/]+)\//.exec(path)?.[1] ?? []));
  const home = new RegExp(`^src/(core/dialects/|http/api/(${[...names].join('|')})/|http/api/dialects\\.ts$)`);
  // "native" is also a word of Bitcoin's: as a dialect's name it stands in quotes.
  const named = [...names].map((name) => (name === 'native' ? /(['"`])native\1/ : new RegExp(name, 'i')));
  const naming = sourcesOf(tree).filter((path) => {
    if (home.test(path)) return false;
    const code = (tree.get(path) ?? '').replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/[^\n]*/gs, '');
    return named.some((name) => name.test(code));
  });
  return [
    ...naming
      .filter((path) => !NAMING.some(({ file }) => file.test(path.slice(4))))
      .map((path) => `${path} names a dialect`),
    ...NAMING.filter(({ file }) => !naming.some((path) => file.test(path.slice(4)))).map(
      ({ file }) => `${file.source} names no dialect any more`,
    ),
  ];
};

/** Some files are called by their neighbours alone. */
export const innerFilesStayInside: Rule = (tree) =>
  INNER.flatMap(({ file }) => {
    const path = `src/${file}`;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (!tree.has(path)) return [`${file} is gone`];
    return allImports(tree)
      .filter(({ from, to }) => to === path && !from.startsWith(folder))
      .map((one) => `${show(one)}: its own folder alone imports it`);
  });

export const functionsFitAScreen: Rule = (tree) =>
  sourcesOf(tree).flatMap((path) =>
    sourceOf(tree, path)
      .functions.filter(({ lines }) => lines > MAX_LINES)
      .map(({ name, lines }) => `${path.slice(4)}#${name} has ${lines} lines, and may have ${MAX_LINES}`),
  );

/** Circles of files, types and lazy imports included; each by its files in alphabetical order. */
export const nothingGoesInCircles =
  (known: readonly string[]): Rule =>
  (tree) => {
    const circles = circlesOf(tree).map((files) => files.join(' ⇄ '));
    return [
      ...circles.filter((circle) => !known.includes(circle)).map((circle) => `a circle: ${circle}`),
      ...known.filter((circle) => !circles.includes(circle)).map((circle) => `no circle any more: ${circle}`),
    ];
  };

/** Tarjan's strongly connected components of more than one file, or of one that imports itself. */
function circlesOf(tree: Tree): string[][] {
  const next = new Map(sourcesOf(tree).map((path) => [path, importsOf(tree, path).filter(isFile)]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): number => {
    index.set(path, index.size);
    let lowest = index.size - 1;
    const place = stack.push(path) - 1;
    for (const { to } of next.get(path) ?? []) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, index.get(to) ?? lowest);
    }
    low.set(path, lowest);
    if (lowest === index.get(path)) {
      const files = stack.splice(place);
      const isCircle = files.length > 1 || next.get(path)?.some(({ to }) => to === path);
      if (isCircle) circles.push(files.map((file) => file.slice(4)).sort());
    }
    return lowest;
  };
  for (const path of next.keys()) if (!index.has(path)) visit(path);
  return circles;
}

export const everyExportIsImported: Rule = (tree) => {
  const used = new Map<string, Set<string>>();
  const note = (path: string, name: string) => used.set(path, (used.get(path) ?? new Set()).add(name));
  for (const path of tree.keys()) {
    for (const { to, names } of importsOf(tree, path).filter(isFile)) {
      for (const name of names === '*' ? namesIn(tree, to) : names) note(declarerOf(tree, to, name), name);
    }
  }
  for (const { file, names } of ENTRIES) {
    const path = `src/${file}`;
    for (const name of names === '*' ? namesIn(tree, path) : names) note(declarerOf(tree, path, name), name);
  }
  return sourcesOf(tree).flatMap((path) =>
    sourceOf(tree, path)
      .exports.filter((name) => !used.get(path)?.has(name))
      .map((name) => `${path}: no file imports ${name}`),
  );
};

/** An exported name stands for one thing, or for one idea in the layers that the table has. Names that are handed on do not count. */
export const namesStandForOneThing: Rule = (tree) => {
  const shared = sharedNames(tree);
  const excused = ONE_IDEA.map(({ folders, names }) =>
    shared.filter(
      ([name, paths]) =>
        (names === undefined || (names.includes(name) && paths.length === folders.length)) &&
        areOneEach(paths, folders),
    ),
  );
  const breaches = shared.filter((one) => !excused.flat().includes(one));
  const unneeded = ONE_IDEA.flatMap(({ folders, names = [] }, place) => {
    const [used, paths] = [excused[place]?.map(([name]) => name), excused[place]?.flatMap(([, paths]) => paths)];
    return [
      ...names.filter((name) => !used?.includes(name)).map((name) => `${folders.join(', ')} no longer share ${name}`),
      ...folders
        .filter((folder) => !paths?.some((path) => path.startsWith(folder)))
        .map((folder) => `${folder} no longer shares a name`),
    ];
  });
  return [...breaches.map(([name, paths]) => `${name} stands for several things: ${paths.join(', ')}`), ...unneeded];
};

/** What more than one file declares and exports. */
function sharedNames(tree: Tree): [name: string, paths: string[]][] {
  const files = new Map<string, string[]>();
  for (const path of sourcesOf(tree)) {
    const { exports, passedOn } = sourceOf(tree, path);
    const own = exports.filter((name) => name !== 'default' && !passedOn.includes(name));
    for (const name of new Set(own)) files.set(name, [...(files.get(name) ?? []), path.slice(4)]);
  }
  return [...files].filter(([, paths]) => paths.length > 1);
}

const areOneEach = (paths: string[], folders: string[]): boolean =>
  paths.every((path) => folders.some((folder) => path.startsWith(folder))) &&
  folders.every((folder) => paths.filter((path) => path.startsWith(folder)).length <= 1);

/** The names of a file with those it hands on by `export *`. */
function namesIn(tree: Tree, path: string): string[] {
  const { exports } = sourceOf(tree, path);
  return [...exports, ...handedOn(tree, path).flatMap((to) => namesIn(tree, to))];
}

function declarerOf(tree: Tree, path: string, name: string): string {
  if (sourceOf(tree, path).exports.includes(name)) return path;
  return handedOn(tree, path).find((to) => namesIn(tree, to).includes(name)) ?? path;
}

function handedOn(tree: Tree, path: string): string[] {
  return importsOf(tree, path).flatMap((one) => (one.handsOn && tree.has(one.to) ? [one.to] : []));
}

/** What people set up and read is not loaded before its first request: a start takes CPU. */
export const aStartLoadsLittle: Rule = (tree) => {
  const reached = new Set(['src/worker.ts']);
  for (const file of reached) {
    for (const { to, typeOnly, lazy } of importsOf(tree, file).filter(isFile)) if (!typeOnly && !lazy) reached.add(to);
  }
  if (!reached.has('src/services/payments/create.ts')) return ['src/worker.ts does not load what makes invoices'];
  return [...reached].filter((file) => LAZY.test(file.slice(4))).map((file) => `${file} is loaded at each start`);
};

export const pureFilesArePure: Rule = (tree) =>
  sourcesOf(tree)
    .filter((path) => path.startsWith('src/core/') || path === 'src/errors.ts')
    .filter((path) =>
      /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|fetch\(|process\.|crypto\.|set(?:Timeout|Interval)\()/.test(
        tree.get(path) ?? '',
      ),
    )
    .map((path) => `${path} is not pure`);

export const sqlIsInDb: Rule = (tree) =>
  sourcesOf(tree)
    .filter((path) => !/^src\/(adapters\/db|dev)\//.test(path))
    .filter((path) => /drizzle-orm|\bsql`|\.prepare\(/.test(tree.get(path) ?? ''))
    .map((path) => `${path} holds SQL`);

export const filesAreSmall: Rule = (tree) => {
  const linesOf = (path: string) => (tree.get(path) ?? '').split('\n').length;
  return [
    ...sourcesOf(tree).filter((path) => linesOf(path) > 300),
    ...['src/worker.ts', 'src/app.ts'].filter((path) => linesOf(path) > 61),
  ].map((path) => `${path} is too long`);
};
