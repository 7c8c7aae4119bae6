// /docs/index: everything there is, as a list. The search box of docs.js looks through its entries; without a script the page
// itself is what a reader looks through. Called by render.tsx.

import { documentOf } from '../ui/document.tsx';
import { entries } from './entries.ts';
import { Layout } from './layout.tsx';

export function indexPage(): string {
  const groups = entries().map(([name, found]) => ({ name, found, anchor: name.toLowerCase().replaceAll(' ', '-') }));
  const toc = Object.fromEntries(groups.map(({ anchor, name }) => [anchor, name]));
  return documentOf(
    <Layout title="Index" path="/index" toc={toc}>
      <article class="prose">
        <h1>Index</h1>
        <p>Every section of the guides, every operation, every error code.</p>
        {groups.map(({ name, found, anchor }) => (
          <>
            <h2 id={anchor}>
              <a href={`#${anchor}`}>{name}</a>
            </h2>
            <ul class="entries" data-group={name}>
              {found.map(({ title, href, text }) => (
                <li data-text={text}>
                  <a href={href}>{title}</a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </article>
    </Layout>,
  );
}
