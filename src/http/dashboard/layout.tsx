// The dashboard's two frames: the one around everything of an account, and the narrow one of those who are not in yet.

import type { Child } from 'hono/jsx';
import type { ApiError } from '../../errors.ts';
import type { Person } from '../../services/access/sessions.ts';
import type { StoreRow } from '../../services/accounts/stores.ts';
import { Document } from '../ui/document.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegions } from '../ui/parts.tsx';
import type { NoticeOf } from './notices.ts';
import { count, ROLE } from './text.ts';

const TABS = [
  ['', 'Overview'],
  ['/invoices', 'Invoices'],
  ['/payouts', 'Payouts'],
  ['/wallets', 'Wallets'],
  ['/lightning', 'Lightning'],
  ['/keys', 'API keys'],
  ['/webhooks', 'Webhooks'],
  ['/settings', 'Settings'],
] as const;

type Tab = (typeof TABS)[number][0];

/** Who looks, which stores there are to go to, and what there is to say. */
interface Framed {
  person: Person;
  stores: StoreRow[];
  notice: NoticeOf | null;
}

interface ShellProps {
  title: string;
  frame: Framed;
  store?: StoreRow;
  tab?: Tab;
  /** Where the page's script listens for news. */
  events?: string;
  /** In the place of the store's tabs. */
  nav?: Child;
  children?: Child;
}

/** The frame of a logged-in person's pages. */
export function Shell({ title, frame, store, tab, events, nav, children }: ShellProps) {
  return (
    <Page title={store ? `${title} · ${store.name}` : title}>
      <header class="bar">
        <div class="bar-inner">
          <a class="logo" href="/stores" aria-label="SatLane, all stores">
            <img src="/favicon.svg" alt="" width="28" height="28" />
            <span>SatLane</span>
          </a>
          <StoreMenu frame={frame} store={store} />
          <AccountMenu frame={frame} />
        </div>
        {nav}
        {store && (
          <nav class="tabs" aria-label="Store">
            <ul>
              {TABS.map(([path, text]) => (
                <li>
                  <a href={`/stores/${store.id}${path}`} aria-current={path === tab ? 'page' : undefined}>
                    {text}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </header>
      <main id="main" class="page" tabindex={-1} data-events={events}>
        {frame.notice !== null && <Notice {...frame.notice} />}
        {store?.archivedAtMs != null && <Notice tone="warn" text="This store is archived. Its API keys are refused." />}
        {children}
      </main>
      <Footer />
    </Page>
  );
}

function StoreMenu({ frame, store }: { frame: Framed; store: StoreRow | undefined }) {
  const inUse = frame.stores.filter(({ archivedAtMs }) => archivedAtMs === null);
  return (
    <details class="menu store-menu">
      <summary aria-label={`Store: ${store?.name ?? 'none chosen'}`}>
        <span class="menu-name">{store?.name ?? 'Stores'}</span>
        {store && <span class={store.testMode ? 'dot test' : 'dot live'} />}
      </summary>
      <ul class="menu-list">
        {inUse.slice(0, 12).map(({ id, name, testMode }) => (
          <li>
            <a href={`/stores/${id}`} aria-current={id === store?.id ? 'true' : undefined}>
              <span class={testMode ? 'dot test' : 'dot live'} />
              <span class="menu-name">{name}</span>
              <small class="mode">{testMode ? 'test' : 'live'}</small>
            </a>
          </li>
        ))}
        <li class="menu-end">
          <a href="/stores">All stores</a>
        </li>
      </ul>
    </details>
  );
}

function AccountMenu({ frame: { person } }: { frame: Framed }) {
  return (
    <details class="menu account-menu">
      <summary aria-label={`Account menu of ${person.name}`}>
        <span class="avatar" aria-hidden="true">
          {[...person.name.trim()][0]?.toUpperCase() ?? '?'}
        </span>
      </summary>
      <ul class="menu-list end">
        <li class="menu-head">
          <strong>{person.account.name}</strong>
          <small class="menu-note">
            {person.email} · {ROLE[person.role].word}
          </small>
        </li>
        <li>
          <a href="/profile">Profile and security</a>
        </li>
        <li>
          <a href="/team">Team</a>
        </li>
        <li>
          <a href="/accounts">Switch account</a>
        </li>
        <li>
          <a href="/docs">Documentation</a>
        </li>
        {person.account.isOperator && person.role === 'owner' && (
          <li>
            <a href="/platform">Platform</a>
          </li>
        )}
        <li class="menu-end">
          <form method="post" action="/logout">
            <button type="submit">Log out</button>
          </form>
        </li>
      </ul>
    </details>
  );
}

/** The narrow frame: logging in, signing up, and pages that stand alone. */
export function Entry(props: { title: string; notice?: NoticeOf | null; children?: Child; below?: Child }) {
  const { title, notice = null, children, below } = props;
  return (
    <Page title={title}>
      <main id="main" class="entry" tabindex={-1}>
        <p class="entry-logo">
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <span>SatLane</span>
        </p>
        {notice !== null && <Notice {...notice} />}
        <div class="card">
          <h1>{title}</h1>
          {children}
        </div>
        {below && <p class="entry-below">{below}</p>}
      </main>
      <Footer />
    </Page>
  );
}

const TITLES: Partial<Record<ApiError['code'], string>> = {
  not_found: 'Page not found',
  forbidden: 'Your role does not allow this',
  auth_account_suspended: 'This account is suspended',
  auth_origin_refused: 'This form came from another site',
  rate_limited: 'Too many requests',
};

interface ErrorPageProps {
  error: ApiError;
  requestId: string;
  /** Where to ask again; null for a form, which only the browser can send again. */
  again: string | null;
}

export function ErrorPage({ error, requestId, again }: ErrorPageProps) {
  const isLost = error.code === 'not_found';
  if (error.code === 'rate_limited') return <WaitPage seconds={error.retryAfterSeconds ?? 1} again={again} />;
  return (
    <Entry title={TITLES[error.code] ?? 'Something went wrong'}>
      <p>{isLost ? 'The link may be old, or it belongs to another account.' : error.message}</p>
      <p class="form-actions">
        <a class="button" href="/stores">
          Go to your stores
        </a>
        <a class="button quiet" href="/accounts">
          Switch account
        </a>
      </p>
      {!isLost && (
        <p class="hint">
          Request <span class="mono">{requestId}</span>
        </p>
      )}
    </Entry>
  );
}

/** For buyers and readers of the documents, too: it leads nowhere but back to where they were. */
function WaitPage({ seconds, again }: { seconds: number; again: string | null }) {
  return (
    <Entry title={TITLES.rate_limited ?? ''}>
      <p>
        Your network sent too many requests. Nothing is lost: wait for {count(seconds, 'second')}, then{' '}
        {again === null ? 'go back and send the form again.' : 'try again.'}
      </p>
      {again !== null && (
        <p class="form-actions">
          <a class="button" href={again}>
            Try again
          </a>
        </p>
      )}
    </Entry>
  );
}

function Notice({ text, tone }: NoticeOf) {
  return (
    <div class={`notice ${tone}`} role={tone === 'stop' ? 'alert' : 'status'}>
      <Icon name={tone === 'good' ? 'check' : tone === 'calm' ? 'clock' : 'alert'} />
      <p>{text}</p>
    </div>
  );
}

function Footer() {
  return (
    <footer>
      <p>
        SatLane holds no key of your wallet: payments go straight to it. <a href="/docs">Documentation</a>
      </p>
    </footer>
  );
}

function Page({ title, children }: { title: string; children?: Child }) {
  return (
    <Document title={`${title} · SatLane`} sheets={['/dashboard.css']} script="/dashboard.js">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <LiveRegions />
      {children}
    </Document>
  );
}
