// Every page under /docs, by its path. Called by routes.ts.

import { documentOf } from '../ui/document.tsx';
import { GUIDES, guide } from './guides.ts';
import { homePage } from './home.tsx';
import { indexPage } from './index-page.tsx';
import { Layout } from './layout.tsx';
import { referencePage } from './reference.tsx';

/** The guides' example origin: each page shows the deployment's own in its place. */
const EXAMPLE_ORIGIN = 'https://pay.example.com';

/** The content of one path. */
export interface Written {
  type: 'text/html' | 'text/plain';
  body: string;
}

/** @param path what follows /docs, without a slash at its end @returns null for an unknown path */
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
        <h1>Page not found</h1>
        <p>
          Try <a href="/docs">the guides</a>, <a href="/docs/reference">the reference</a> or{' '}
          <a href="/docs/index">the index</a>.
        </p>
      </article>
    </Layout>,
  );
}

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
