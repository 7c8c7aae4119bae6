// The repository's pages in Markdown, for the tests that hold them to the truth.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** Paths from the root. What is installed or made (node_modules, .dev, dist) is not ours. */
export const MARKDOWN = globSync(['*.md', '{docs,src,test}/**/*.md'], { cwd: ROOT }).sort();

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
