// Which mails a store's news make, and when they become one summary instead. Pure; called by services/mails/merchant-mails.ts.

export const MAIL_KINDS = ['paid', 'decision', 'underpaid', 'endpoint', 'connection', 'payout'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];
/** Kinds that come from the event log. */
export type NewsKind = Exclude<MailKind, 'endpoint'>;

/** What a kind of mail is about, by the event that asks for it. */
export const KIND_OF_EVENT: Record<string, NewsKind> = {
  'invoice.paid': 'paid',
  'invoice.late_paid': 'paid',
  'invoice.overpaid': 'paid',
  'invoice.requires_review': 'decision',
  'invoice.payment_reverted': 'decision',
  'invoice.underpaid': 'underpaid',
  'lightning.connection_down': 'connection',
  'lightning.connection_up': 'connection',
  'payout.created': 'payout',
  'payout.claimed': 'payout',
  'payout.unknown': 'payout',
  'payout.cancelled': 'payout',
};

/** Mails of one kind that a store gets in an hour; what comes beyond is counted and told in one summary after it. */
export const MAILS_PER_HOUR = 10;
export const HOUR_MS = 3_600_000;
/** MailNews that is older when it is read (after an outage) goes into the summary. */
const FRESH_MS = HOUR_MS;
/** News older than this go into no mail: they come too late to help. */
const STALE_MS = 24 * HOUR_MS;

interface Count {
  /** Mails in this hour. */
  sent: number;
  /** Events beyond that. */
  held: number;
  /** What these received, in sats. */
  sats: string;
}

/** As it is stored with the cursor. */
export interface DigestState {
  hourMs?: number;
  /** Events of all kinds that are held back. */
  held?: number;
  kinds?: Partial<Record<NewsKind, Count>>;
}

interface MailNews {
  kind: NewsKind;
  createdAtMs: number;
  /** What the invoice has received; 0 for what is about none. */
  sats: bigint;
}

export type Summary = { kind: NewsKind; count: number; sats: bigint }[];

interface Plan<T> {
  state: DigestState;
  /** A mail each. */
  single: T[];
  /** One mail for all of it; empty for none. */
  summary: Summary;
}

/** Decides which mails the news make; without news, whether the hour is over and the held-back news are mailed. */
export function planMails<T extends MailNews>(before: DigestState, news: readonly T[], nowMs: number): Plan<T> {
  const isOver = before.hourMs === undefined || nowMs - before.hourMs >= HOUR_MS;
  const summary = isOver ? heldIn(before) : [];
  const kinds: Partial<Record<NewsKind, Count>> = isOver ? {} : { ...before.kinds };
  const single: T[] = [];
  for (const one of news) {
    const age = nowMs - one.createdAtMs;
    if (age >= STALE_MS) continue;
    const count = kinds[one.kind] ?? { sent: 0, held: 0, sats: '0' };
    const isSingle = count.sent < MAILS_PER_HOUR && age < FRESH_MS;
    if (isSingle) single.push(one);
    kinds[one.kind] = isSingle
      ? { ...count, sent: count.sent + 1 }
      : { ...count, held: count.held + 1, sats: String(BigInt(count.sats) + one.sats) };
  }
  const held = Object.values(kinds).reduce((sum, count) => sum + count.held, 0);
  return { state: { hourMs: isOver ? nowMs : (before.hourMs ?? nowMs), held, kinds }, single, summary };
}

function heldIn(state: DigestState): Summary {
  return Object.entries(state.kinds ?? {})
    .filter(([, { held }]) => held > 0)
    .map(([kind, { held, sats }]) => ({ kind: kind as NewsKind, count: held, sats: BigInt(sats) }));
}

/** A choice as it is stored: a bit for each kind, in the order of MAIL_KINDS. */
export const ALL_KINDS = 2 ** MAIL_KINDS.length - 1;

export function hasKind(bits: number, kind: MailKind): boolean {
  return (bits & bitOf(kind)) !== 0;
}

export function withKind(bits: number, kind: MailKind, isOn: boolean): number {
  return isOn ? bits | bitOf(kind) : bits & ~bitOf(kind);
}

export const ofEachKind = <T>(make: (kind: MailKind) => T): Record<MailKind, T> =>
  Object.fromEntries(MAIL_KINDS.map((kind) => [kind, make(kind)])) as Record<MailKind, T>;

const bitOf = (kind: MailKind): number => 1 << MAIL_KINDS.indexOf(kind);
