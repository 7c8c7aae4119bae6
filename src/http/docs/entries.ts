// What can be found in the documentation: sections of the guides, operations, error codes, shapes. Called by the index page.

import { CATALOGUE } from '../../errors.ts';
import { openApi } from '../api/openapi/document.ts';
import { OPERATIONS } from '../api/openapi/operations.ts';
import { GUIDES } from './guides.ts';

interface Entry {
  title: string;
  href: string;
  /** What the search looks through beside the title. */
  text: string;
}

/** Entries by the names of their groups. */
export function entries(): [group: string, entries: Entry[]][] {
  return [
    ...GUIDES.map(({ slug, name, html }) => [name, sectionsOf(`/docs/${slug}`, html)] satisfies [string, Entry[]]),
    ['Reference', OPERATIONS.map(operationEntry)],
    ['Error codes', Object.entries(CATALOGUE).map(([code, [, message]]) => errorEntry(code, message))],
    [
      'Shapes',
      Object.entries(openApi(OPERATIONS).components.schemas).map(([name, { description }]) =>
        shapeEntry(name, description),
      ),
    ],
  ];
}

/** The parts of a guide, from each heading to the next. */
function sectionsOf(path: string, html: string): Entry[] {
  return html.split(/(?=<h[123][ >])/).map((part) => {
    const [, anchor, title = '', text = ''] = /^<h[123](?: id="([^"]*)")?>(.*?)<\/h[123]>([\s\S]*)$/.exec(part) ?? [];
    return { title: wordsOf(title), href: anchor ? `${path}#${anchor}` : path, text: wordsOf(text) };
  });
}

function operationEntry({
  id,
  method,
  path,
  summary,
  description = '',
  body,
  query,
}: (typeof OPERATIONS)[number]): Entry {
  const fields = [body, query].flatMap((asked) => Object.entries(asked?.notes ?? {}).map(([name]) => name));
  const text = `${method} ${path} ${description} ${fields.join(' ')}`;
  return { title: summary, href: `/docs/reference#${id}`, text };
}

const errorEntry = (code: string, message: string): Entry => ({
  title: code,
  href: `/docs/errors#${code}`,
  text: message,
});

const shapeEntry = (name: string, description: unknown): Entry => ({
  title: name,
  href: `/docs/reference#shape-${name}`,
  text: String(description ?? ''),
});

/** The words of our own HTML. */
function wordsOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
