// The source as the rules of architecture.test.ts see it: texts by path, so that a test can change a copy, and what each
// holds, parsed once per text.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseFile, type Source } from './parse.ts';

/** Texts by path from the root of the repository: `src/app.ts`. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  from: string;
  /** A path in the tree, or the specifier of a package. */
  to: string;
  /** A type alone is imported: nothing is loaded. */
  typeOnly: boolean;
  /** `import()`: loaded when it is run. */
  lazy: boolean;
  names: string[] | '*';
  /** `export *`: names that others import from here. */
  handsOn: boolean;
}

const ROOT = join(import.meta.dirname, '../../../..');

export function readTree(): Tree {
  const paths = globSync('{src,test}/**/*.{ts,tsx,mjs}', { cwd: ROOT }).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}

/** Files of src/ in TypeScript. */
export function sourcesOf(tree: Tree): string[] {
  return [...tree.keys()].filter((path) => path.startsWith('src/') && /\.tsx?$/.test(path));
}

interface Parsed {
  text: string;
  source: Source;
  imports: Import[];
}

/** Of each path the texts that were asked for: a copy of the tree shares all but a few with it. */
const parsed = new Map<string, Parsed[]>();

function parsedOf(tree: Tree, path: string): Parsed {
  const text = tree.get(path) ?? '';
  const known = parsed.get(path) ?? [];
  const found = known.find((one) => one.text === text);
  if (found) return found;
  const source = parseFile(path, text);
  const imports = source.imports.map(({ specifier, ...one }) => {
    const to = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
    return { ...one, from: path, to };
  });
  parsed.set(path, [...known, { text, source, imports }]);
  return { text, source, imports };
}

export const sourceOf = (tree: Tree, path: string): Source => parsedOf(tree, path).source;
export const importsOf = (tree: Tree, path: string): Import[] => parsedOf(tree, path).imports;

export const isFile = ({ to }: Import): boolean => to.startsWith('src/') || to.startsWith('test/');
