// Pieces of which the dashboard's pages are made: headings, cards, badges, buttons that change something, lists of facts.

import type { Child } from 'hono/jsx';
import type { Status } from '../../core/invoice/invoice.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Moment } from '../ui/parts.tsx';
import { FormToken } from './form-token.tsx';
import { STATUS, type Tone } from './text.ts';

interface HeadProps {
  title: Child;
  lead?: Child;
  badge?: Child;
  back?: { href: string; text: string };
  /** Buttons. */
  children?: Child;
}

export function PageHead({ title, lead, badge, back, children }: HeadProps) {
  return (
    <div class="head">
      {back && (
        <a class="back-link" href={back.href}>
          <Icon name="back" /> {back.text}
        </a>
      )}
      <div class="head-row">
        <h1>
          {title} {badge}
        </h1>
        {children && <div class="head-actions">{children}</div>}
      </div>
      {lead && <p class="lead">{lead}</p>}
    </div>
  );
}

interface CardProps {
  title?: string;
  id?: string;
  lead?: Child;
  tone?: Tone;
  aside?: Child;
  children?: Child;
}

export function Card({ title, id, lead, tone, aside, children }: CardProps) {
  const heading = title === undefined ? undefined : (id ?? `card-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`);
  return (
    <section class={tone ? `card ${tone}` : 'card'} aria-labelledby={heading}>
      {title !== undefined && (
        <div class="card-head">
          <h2 id={heading}>{title}</h2>
          {aside}
        </div>
      )}
      {lead && <p class="card-lead">{lead}</p>}
      {children}
    </section>
  );
}

export function Badge({ tone, children }: { tone: Tone; children: Child }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function StatusBadge({ status }: { status: Status }) {
  const { tone, word } = STATUS[status];
  return <Badge tone={tone}>{word}</Badge>;
}

/** A form of one button. `hidden` are fields that go with it. */
export function Action(props: {
  to: string;
  children: Child;
  hidden?: Record<string, string>;
  kind?: string;
  label?: string;
}) {
  const { to, children, hidden = {}, kind = 'quiet', label } = props;
  return (
    <form method="post" action={to} class="inline">
      <FormToken />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={`button ${kind}`} aria-label={label}>
        {children}
      </button>
    </form>
  );
}

/**
 * Behind a fold, so that what cannot be undone takes two steps, without a script too.
 * @param isOpen where a form in it was refused: what is wrong must be seen
 */
export function Danger(props: { summary: string; warning: Child; isOpen?: boolean; children: Child }) {
  const { summary, warning, isOpen = false, children } = props;
  return (
    <details class="danger" open={isOpen}>
      <summary class="button quiet">{summary}</summary>
      <div class="danger-body">
        <p>{warning}</p>
        {children}
      </div>
    </details>
  );
}

export function Callout({ tone, icon = 'alert', children }: { tone: Tone; icon?: IconName; children: Child }) {
  return (
    <div class={`callout ${tone}`}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

/** Longer values take a line of their own. */
const MAX_IN_COLUMN = 60;

export function FactList({ rows }: { rows: (readonly [term: string, value: Child] | null)[] }) {
  return (
    <dl class="facts">
      {rows.map(
        (row) =>
          row && (
            <div class={typeof row[1] === 'string' && row[1].length > MAX_IN_COLUMN ? 'wide' : undefined}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: Child }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <p class="empty-title">{title}</p>
      <div class="empty-text">{children}</div>
    </div>
  );
}

export function At({ ms }: { ms: number | Date }) {
  return <Moment iso={new Date(ms).toISOString()} />;
}

/** Below a list: back to its beginning, on to what follows. */
export function Pager(props: {
  to: string;
  isFirst: boolean;
  next: string | null;
  words?: [first: string, more: string];
}) {
  const { to, isFirst, next, words = ['Newest', 'Older'] } = props;
  if (isFirst && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {isFirst ? <span /> : <a href={to}>{words[0]}</a>}
      {next !== null && (
        <a class="button quiet" href={`${to}${to.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`}>
          {words[1]}
        </a>
      )}
    </nav>
  );
}
