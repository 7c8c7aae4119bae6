// What the operator's pages share: who may see them, and the way from one to the other.

import type { Child } from 'hono/jsx';
import { mustOperate } from '../../../services/platform/accounts.ts';
import type { Ctx } from '../../api/http.ts';
import { pageQuery } from '../../api/native/platform-page.ts';
import { type PageContext, pageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';

const TABS = [
  ['', 'Accounts'],
  ['/reviews', 'Reviews'],
  ['/fees', 'Fees'],
  ['/settings', 'Settings'],
] as const;

type Tab = (typeof TABS)[number][0];

/** @throws ApiError as pageContext; forbidden for all but the operator's owners */
export async function operatorPageContext(c: Ctx): Promise<PageContext> {
  const frame = await pageContext(c);
  mustOperate(frame.person);
  return frame;
}

/** Where a list goes on. Anything that no page of ours named is the beginning. */
export function pageStartOf(c: Ctx) {
  return pageQuery.cursor.safeParse(c.req.query('after')).data ?? null;
}

export function PlatformShell(props: { title: string; tab: Tab; frame: PageContext; children?: Child }) {
  const { title, tab, frame, children } = props;
  const nav = (
    <nav class="tabs" aria-label="Platform">
      <ul>
        {TABS.map(([path, text]) => (
          <li>
            <a href={`/platform${path}`} aria-current={path === tab ? 'page' : undefined}>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
  return (
    <Shell title={`${title} · Platform`} frame={frame} nav={nav}>
      {children}
    </Shell>
  );
}
