// The pages in Markdown lead somewhere: every link, heading, file and npm script that they name is there. And the README stays
// short enough to be read.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARKDOWN, ROOT, read } from './markdown.ts';

const MAX_README_LINES = 150;

const SCRIPTS = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

/** Where links of a page start: package.md is published as a README with docs/ beside it (src/dev/package.ts). */
const folderOf = (page: string) => (page === 'src/http/docs/package.md' ? 'src/http' : dirname(page));

/** A path with a folder in it, wherever it stands in a text, but not a part of a longer one or of an address. */
const FILE = /(?<![A-Za-z0-9./-])(?:[a-z][a-z0-9-]*\/)+[a-z0-9][\w.-]*\.(?:tsx?|mjs|md|py|php)(?![A-Za-z0-9])/g;

/** What a text names and the repository does not have. `page` is the file that holds the text. */
function missingIn(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|\/)([^)\s]+)\)/g)].map(([, link = '']) => link);
  const files = [...text.matchAll(FILE)].map(([file]) => file);
  const scripts = [...text.matchAll(/\bnpm run (?:-s )?([a-z][a-z:]*)/g)].map(([, script = '']) => script);
  return [
    ...links.filter((link) => !leadsSomewhere(page, link)),
    ...files.filter((file) => !['', 'src', folderOf(page)].some((folder) => existsSync(join(ROOT, folder, file)))),
    ...scripts.filter((script) => !SCRIPTS.includes(script)).map((script) => `npm run ${script}`),
  ];
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(folderOf(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

/** As GitHub makes them; the pages under /docs make the same of plain words (src/dev/docs.ts). */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('The pages in Markdown', () => {
  it('are found, in every folder', () => {
    expect(MARKDOWN).toEqual(expect.arrayContaining(['README.md', 'docs/operating.md', 'src/http/docs/invoices.md']));
  });

  it('are refused for a link, a heading, a file or a script that is not there', () => {
    const text = [
      '[a](no-such.md), [b](docs/operating.md#no-such-heading), [c](#nor-this), `src/no-such.ts` and `npm run nothing`;',
      '[d](docs/operating.md#explorers), [e](src), [f](https://example.com/x.md), [g](/signup), `src/app.ts`, `npm run dev -- --reset`',
    ].join('\n');
    expect(missingIn('README.md', text)).toEqual([
      ...['no-such.md', 'docs/operating.md#no-such-heading', '#nor-this', 'src/no-such.ts', 'npm run nothing'],
    ]);
  });

  it.each(MARKDOWN)('%s names only what is there', (page) => {
    expect(missingIn(page, read(page))).toEqual([]);
  });

  it(`the README has at most ${MAX_README_LINES} lines`, () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES);
  });
});
