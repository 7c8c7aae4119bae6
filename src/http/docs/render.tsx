// Every page under /docs, by its path. Called by routes.ts.

import { documentOf } from '../ui/document.tsx';
import { GUIDES, guide } from './guides.ts';
import { homePage } from './home.tsx';
import { indexPage } from './index-page.tsx';
import { Layout } from './layout.tsx';
import { referencePage } from './reference.tsx';

/** What the guides call the address of this page: examples run as they are printed. */
const EXAMPLE_ORIGIN = 'https://pay.example.com';

/** What is written under one path. */
export interface Written {
  type: 'text/html' | 'text/plain';
  body: string;
}

/** @param path what follows /docs, without a slash at its end @returns null where nothing is */
export function render(path: string, origin: string): Written | null {
  if (path === '') return html(homePage());
  if (path === '/index') return html(indexPage());
  if (path === '/reference') return html(referencePage(origin));
  const found = guide(path.slice(1));
  if (!found) return null;
  if (!('html' in found)) return { type: 'text/plain', body: found.text };
  return html(
    documentOf(
      <Layout title={found.title} path={path} toc={found.toc}>
        <article class="prose" dangerouslySetInnerHTML={{ __html: found.html.replaceAll(EXAMPLE_ORIGIN, origin) }} />
        <Next slug={path.slice(1)} />
      </Layout>,
    ),
  );
}

export function missingPage(): string {
  return documentOf(
    <Layout title="Not found" path="" toc={{}}>
      <article class="prose">
        <h1>There is no such page</h1>
        <p>
          <a href="/docs">All guides</a> and <a href="/docs/reference">the reference</a> are elsewhere.
        </p>
      </article>
    </Layout>,
  );
}

/** The guides are in the order in which somebody who integrates needs them. */
function Next({ slug }: { slug: string }) {
  const next = GUIDES[GUIDES.findIndex((one) => one.slug === slug) + 1];
  return (
    <p class="next">
      <a href={next ? `/docs/${next.slug}` : '/docs/reference'}>
        <small>Next</small>
        {next?.name ?? 'Reference'}
      </a>
    </p>
  );
}

const html = (body: string): Written => ({ type: 'text/html', body });
