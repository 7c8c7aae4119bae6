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

const parsed = new Map<string, Source>();

export function sourceOf(tree: Tree, path: string): Source {
  const text = tree.get(path) ?? '';
  const key = `${path}\0${text}`;
  const known = parsed.get(key) ?? parseFile(path, text);
  parsed.set(key, known);
  return known;
}

export function importsOf(tree: Tree, path: string): Import[] {
  return sourceOf(tree, path).imports.map(({ specifier, typeOnly, lazy, names }) => {
    const isFile = specifier.startsWith('.');
    return { from: path, to: isFile ? normalize(join(dirname(path), specifier)) : specifier, typeOnly, lazy, names };
  });
}

export const isFile = ({ to }: Import): boolean => to.startsWith('src/') || to.startsWith('test/');
