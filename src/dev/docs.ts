// `npm run docs`: makes src/http/docs/guides.json of the Markdown next to it, and the table in errors.md of the catalogue of
// errors. A test fails where it was forgotten.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { CATALOGUE, type ErrorCode, RETRY_AFTER_SECONDS } from '../errors.ts';

const FOLDER = join(import.meta.dirname, '../http/docs');

export const GUIDES_FILE = join(FOLDER, 'guides.json');
export const ERRORS_FILE = join(FOLDER, 'errors.md');

const PAGES = [
  ...[
    'quickstart',
    'invoices',
    'webhooks',
    'events',
    'errors',
    'wallets',
    'lightning-nodes',
    ...['node-lightning-address', 'node-phoenixd', 'node-lnd', 'node-core-lightning', 'node-lnbits', 'node-nwc'],
    'lightning-addresses',
    ...['payouts', 'sign-a-batch'],
    'going-live',
  ],
  ...['moving-from-btcpay', 'greenfield', 'elenpay', 'bitpay'],
];
const SAMPLES = ['webhooks/verify.py', 'webhooks/verify.php'];

/** Snippets in these languages that follow each other say the same thing: they become tabs of these names. */
const LANGUAGES: Record<string, string> = { sh: 'curl', js: 'JavaScript', py: 'Python', php: 'PHP' };

/** errors.md with its table as the catalogue is now. */
export function errorsText(): string {
  const rows = (Object.keys(CATALOGUE) as ErrorCode[])
    .sort((a, b) => CATALOGUE[a][0] - CATALOGUE[b][0])
    .map((code) => {
      const [status, message] = CATALOGUE[code];
      const seconds = RETRY_AFTER_SECONDS[code];
      return `| \`${code}\` | ${status} | ${message} | ${seconds === undefined ? '' : `after ${seconds} s`} |`;
    });
  const table = ['| Code | HTTP | Message | Retry |', '|---|---|---|---|', ...rows].join('\n');
  return read('errors.md').replace(
    /(<!-- catalogue:.*? -->\n)[\s\S]*(<!-- \/catalogue -->)/,
    (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
  );
}

/** guides.json as it has to be. */
export function guidesText(): string {
  const pages = PAGES.map((slug) => [slug, rendered(slug === 'errors' ? errorsText() : read(`${slug}.md`))]);
  const samples = SAMPLES.map((path) => [path, { text: read(path) }]);
  return `${JSON.stringify(Object.fromEntries([...pages, ...samples]), null, 2)}\n`;
}

function rendered(markdown: string) {
  const toc: Record<string, string> = {};
  let groups = 0;
  const marked = new Marked({
    extensions: [{ name: 'tabs', renderer: ({ snippets }) => tabs(snippets as Tokens.Code[], ++groups) }],
    renderer: {
      heading({ tokens, depth, text }) {
        const inner = this.parser.parseInline(tokens);
        if (depth === 1) return `<h1>${inner}</h1>\n`;
        const anchor = text
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, '-')
          .replaceAll(/^-|-$/g, '');
        if (depth === 2) toc[anchor] = plain(tokens);
        return `<h${depth} id="${anchor}"><a href="#${anchor}">${inner}</a></h${depth}>\n`;
      },
      table(token) {
        const row = (cells: Tokens.TableCell[], tag: 'th' | 'td') =>
          `<tr${anchorOf(cells, tag)}>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>\n`;
        const hasHead = token.header.some(({ text }) => text !== '');
        const head = hasHead ? `<thead>${row(token.header, 'th')}</thead>` : '';
        const body = token.rows.map((cells) => row(cells, 'td')).join('');
        return `<div class="table" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
      code: snippet,
      image: ({ href, text }) => picture(href, text),
      checkbox: () => '<span class="box" aria-hidden="true"></span> ',
      html: () => '',
    },
  });
  const tokens = withTabs(marked.lexer(markdown));
  marked.walkTokens(tokens, (token) => {
    if (token.type === 'link') token.href = placeOf(token.href);
  });
  const html = marked.parser(tokens);
  const title = tokens.find((token): token is Tokens.Heading => token.type === 'heading');
  const first = tokens.find((token): token is Tokens.Paragraph => token.type === 'paragraph');
  const [summary = ''] = /^.+?[.:](?=\s|$)/.exec(plain(first?.tokens ?? [])) ?? [];
  return { title: plain(title?.tokens ?? []), summary: summary.replace(/:$/, '.'), html, toc };
}

/** The tokens of a page, with one token for snippets of several languages in a row. */
function withTabs(tokens: Token[]): Token[] {
  const found: Token[] = [];
  for (const token of tokens) {
    const last = found.at(-1);
    if (token.type === 'space' && last?.type === 'tabs') continue;
    if (!isTab(token)) found.push(token);
    else if (last?.type === 'tabs' && last.snippets.every(({ lang }: Tokens.Code) => lang !== token.lang)) {
      last.snippets.push(token);
    } else found.push({ type: 'tabs', raw: '', snippets: [token] });
  }
  return found;
}

function isTab(token: Token): token is Tokens.Code {
  return token.type === 'code' && Object.hasOwn(LANGUAGES, token.lang ?? '');
}

/** Radio buttons choose the snippet that docs.css shows: no script is needed. */
function tabs(snippets: Tokens.Code[], group: number): string {
  const [only] = snippets;
  if (only && snippets.length === 1) return snippet(only);
  const names = snippets.map(({ lang = '' }, at) => {
    const checked = at === 0 ? ' checked' : '';
    return `<label><input type="radio" name="language-${group}" value="${lang}"${checked}>${LANGUAGES[lang]}</label>`;
  });
  const panels = snippets.map(snippet).join('');
  return `<div class="tabs"><div class="tab-names" role="group" aria-label="Language">${names.join('')}</div>\n${panels}</div>\n`;
}

/** With its size, so that the text does not move when it comes. */
function picture(path: string, alt: string): string {
  const webp = readFileSync(join(FOLDER, '../../assets', path));
  // As its extended header has them.
  const [width, height] = [24, 27].map((at) => webp.readUIntLE(at, 3) + 1);
  return `<img src="${path}" alt="${escaped(alt)}" width="${width}" height="${height}" loading="lazy">`;
}

/** The script puts the copy button into it. */
function snippet({ text, lang }: Tokens.Code): string {
  const language = lang ? ` data-language="${escaped(lang)}"` : '';
  return `<div class="snippet"${language}><pre tabindex="0"><code>${escaped(text)}</code></pre></div>\n`;
}

/** Error codes can be linked to. */
function anchorOf([first]: Tokens.TableCell[], tag: string): string {
  const code = first?.text.slice(1, -1) ?? '';
  return tag === 'td' && Object.hasOwn(CATALOGUE, code) ? ` id="${code}"` : '';
}

/** Files that link to each other, as pages. */
function placeOf(href: string): string {
  return /^(?:[a-z]+:|\/|#)/.test(href) ? href : `/docs/${href.replace(/\.md(?=#|$)/, '')}`;
}

function plain(tokens: Token[]): string {
  const text = tokens
    .map((token) => ('tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : ''))
    .join('');
  return text.replaceAll('\n', ' ');
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function read(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8');
}

if (import.meta.main) {
  writeFileSync(ERRORS_FILE, errorsText());
  writeFileSync(GUIDES_FILE, guidesText());
}
