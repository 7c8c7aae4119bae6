// The frame of each documentation page: header, list of guides, the page's own headings, search box.

import type { Child } from 'hono/jsx';
import { Document } from '../ui/document.tsx';
import { Icon } from '../ui/icons.tsx';
import { GUIDES, isOfNode } from './guides.ts';

interface LayoutProps {
  title: string;
  /** What follows /docs. */
  path: string;
  /** Headings by their anchors. */
  toc: Record<string, string>;
  wide?: boolean;
  children?: Child;
}

export function Layout({ title, path, toc, wide = false, children }: LayoutProps) {
  return (
    <Document
      title={path === '' ? 'SatLane docs' : `${title} · SatLane docs`}
      sheets={['/docs.css']}
      script="/docs.js"
      isPublic
    >
      <a class="skip" href="#main">
        Skip to the text
      </a>
      <header class="bar">
        <a class="logo" href="/docs">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>
            SatLane <small>docs</small>
          </span>
        </a>
        <nav class="bar-links" aria-label="SatLane">
          <a
            class="search-link"
            id="open-search"
            href="/docs/index"
            aria-current={path === '/index' ? 'page' : undefined}
          >
            <Icon name="look" />
            <span>Search</span>
            <kbd>/</kbd>
          </a>
          <a href="/docs/reference" aria-current={path === '/reference' ? 'page' : undefined}>
            Reference
          </a>
          <a href="/stores">Dashboard</a>
        </nav>
      </header>
      <details class="phone-menu">
        <summary>{title}</summary>
        <Guides path={path} />
        <Headings toc={toc} />
      </details>
      <div class={wide ? 'frame wide' : 'frame'}>
        <aside class="side">
          <Guides path={path} />
          {wide && <Headings toc={toc} />}
        </aside>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        {!wide && (
          <aside class="toc">
            <Headings toc={toc} />
          </aside>
        )}
      </div>
      <Search />
      <CopyTemplate />
    </Document>
  );
}

/** The script opens it, with the entries of /docs/index. */
function Search() {
  return (
    <dialog id="search" aria-label="Search">
      <input
        type="text"
        enterkeyhint="search"
        aria-label="Search guides, reference and error codes"
        placeholder="Search guides, reference, errors"
        autocomplete="off"
        spellcheck={false}
      />
      <p class="search-status" role="status" />
      <ul class="entries" />
    </dialog>
  );
}

/** The script puts a copy of it into each snippet. */
function CopyTemplate() {
  return (
    <template id="copy">
      <button type="button" class="copy">
        <Icon name="copy" />
        <Icon name="check" />
        <span class="copy-word">Copy</span>
      </button>
      <span class="sr-only" role="status" />
    </template>
  );
}

function Guides({ path }: { path: string }) {
  const isAtNodes = path === '/lightning-nodes' || isOfNode(path.slice(1));
  const shown = GUIDES.filter(({ slug }) => isAtNodes || !isOfNode(slug));
  const links = [...shown.map(({ slug, name }) => [slug, name] as const), ['reference', 'Reference'] as const];
  return (
    <nav aria-label="Guides">
      <p class="nav-title">Guides</p>
      <ul>
        {links.map(([slug, title]) => (
          <li class={isOfNode(slug) ? 'part' : undefined}>
            <a href={`/docs/${slug}`} aria-current={`/${slug}` === path ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Headings({ toc }: { toc: Record<string, string> }) {
  const headings = Object.entries(toc);
  if (headings.length === 0) return null;
  return (
    <nav aria-label="On this page">
      <p class="nav-title">On this page</p>
      <ul>
        {headings.map(([anchor, title]) => (
          <li>
            <a href={`#${anchor}`}>{title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
