// Mails to the members of stores about their invoices and endpoints. What happened is read off the stores' logs behind the
// payments' back: payments write nothing for it. A cursor moves in the same transaction that writes the mails down, and
// they are sent from there: at least once, with the same id. Called by the minute cron.

import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import type { Endpoint } from '../../adapters/db/endpoints.ts';
import {
  type Addressee,
  addresseesOf,
  claimMails,
  type DueMail,
  deleteMails,
  type NewsRow,
  newsOf,
  postponeMail,
  putMails,
  putMailsOnce,
  type StoreWithNews,
  type Subscriber,
  storesWithNews,
  subscribersOf,
  type WaitingMail,
} from '../../adapters/db/merchant-mails.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { Letter } from '../../adapters/mail/letters.ts';
import {
  connectionLetter,
  invoiceLetter,
  payoutLetter,
  summaryLetter,
  switchedOffLetter,
} from '../../adapters/mail/merchant-letters.ts';
import { hasKind, KIND_OF_EVENT, type MailKind, type NewsKind, planMails } from '../../core/invoice/mail-digest.ts';
import { amountOf } from '../../core/money/amounts.ts';
import type { Deps } from '../../deps.ts';
import { unsubscribeLink } from './choices.ts';

/** In a minute: stores asked for news, of them those read, and entries of each log. */
const STORES_PER_ROUND = 2_000;
const READ_PER_ROUND = 50;
const EVENTS_PER_STORE = 2_000;
const CURSOR = 'merchant_mails';

const SENT_AT_ONCE = 10;
const MAX_SENT_PER_ROUND = 200;
const LEASE_MS = 5 * 60_000;
const RETRY_AFTER_MS = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 6 * 3_600_000];

/** Writes down what is to be mailed, and sends what waits. */
export async function mailMerchants(deps: Deps): Promise<void> {
  if (!deps.mailer) return;
  await collectMails(deps);
  await sendMails(deps);
}

/** Reads what is new in the logs of the next stores, and makes mails of it. */
export async function collectMails(deps: Deps): Promise<void> {
  const after = (await readCursor(deps.db, CURSOR)) ?? '';
  const { stores, nextAfter } = await storesWithNews(deps.db, after, STORES_PER_ROUND, deps.now());
  const read = stores.slice(0, READ_PER_ROUND);
  if (read.length > 0) {
    const [news, subscribers] = await Promise.all([
      newsOf(deps.db, read, EVENTS_PER_STORE),
      subscribersOf(
        deps.db,
        read.map(({ id }) => id),
      ),
    ]);
    for (const store of read) {
      const ofStore = <T extends { storeId: string }>(rows: T[]) => rows.filter(({ storeId }) => storeId === store.id);
      await collectOf(deps, store, ofStore(news), ofStore(subscribers));
    }
  }
  const next = stores.length > READ_PER_ROUND ? (read.at(-1)?.id ?? '') : (nextAfter ?? '');
  if (next !== after) await moveCursor(deps.db, CURSOR, next);
}

async function collectOf(deps: Deps, store: StoreWithNews, rows: NewsRow[], subscribers: Subscriber[]): Promise<void> {
  const news = rows.map((row) => ({ ...row, kind: kindOf(row.type), sats: BigInt(row.confirmedSats) }));
  const { state, single, summary } = planMails(store.state, news, deps.now());
  const mails = new MailsTo(deps, store.id, subscribers);
  const settingsLink = settingsLinkOf(deps, store.id);
  for (const one of single) {
    const words = { type: one.type, storeName: store.name, settingsLink };
    mails.add(one.kind, `${one.logSeq}`, letterOf(one, words, `${deps.config.ORIGIN}/stores/${store.id}`));
  }
  const link = `${deps.config.ORIGIN}/stores/${store.id}/invoices`;
  for (const { userId, kinds } of summary.length > 0 ? subscribers : []) {
    const wanted = summary.filter(({ kind }) => hasKind(kinds, kind));
    if (wanted.length === 0) continue;
    const summarised = summaryLetter({ storeName: store.name, summary: wanted, link, settingsLink });
    mails.addTo(userId, wanted[0]?.kind ?? 'paid', `summary-${store.version}`, summarised);
  }
  const seq = Math.min(store.end, store.seq + EVENTS_PER_STORE);
  await putMails(deps.db, { storeId: store.id, version: store.version, seq, state }, mails.rows);
}

type News = NewsRow & { kind: NewsKind; sats: bigint };

/** @param home the store's pages */
function letterOf(one: News, words: { type: string; storeName: string; settingsLink: string }, home: string): Letter {
  const { kind, connection, lastFault: fault, fiatRate, fiatCurrency } = one;
  if (kind === 'connection') return connectionLetter({ ...words, connection, fault, link: `${home}/lightning` });
  if (kind === 'payout') {
    const currency = one.payoutCurrency ?? 'BTC';
    const amount = `${amountOf(BigInt(one.payoutUnits ?? 0), currency)} ${currency}`;
    return payoutLetter({ ...words, amount, reason: one.payoutReason, link: `${home}/payouts/${one.payoutId}` });
  }
  return invoiceLetter({
    ...one,
    ...words,
    kind,
    missingSats: BigInt(one.missingSats),
    rate: fiatRate === null || fiatCurrency === null ? null : { perBtc: fiatRate, currency: fiatCurrency },
    invoiceLink: `${home}/invoices/${one.invoiceId}`,
  });
}

/** What is about to be written down for a store's subscribers. */
class MailsTo {
  readonly rows: WaitingMail[] = [];
  readonly #deps: Deps;
  readonly #storeId: string;
  readonly #subscribers: Subscriber[];

  constructor(deps: Deps, storeId: string, subscribers: Subscriber[]) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#subscribers = subscribers;
  }

  /** To all who want the kind. `what` names it within the store. */
  add(kind: MailKind, what: string, letter: Letter): void {
    for (const { userId, kinds } of this.#subscribers) if (hasKind(kinds, kind)) this.addTo(userId, kind, what, letter);
  }

  addTo(userId: string, kind: MailKind, what: string, { subject, text }: Letter): void {
    const nowMs = this.#deps.now();
    const id = `${this.#storeId}:${what}:${userId}`;
    const times = { attempts: 0, dueAtMs: nowMs, createdAtMs: nowMs };
    this.rows.push({ id, storeId: this.#storeId, userId, kind, subject, text, ...times });
  }
}

/** An endpoint that was switched off. Called by the dispatcher through Deps, once for each time. */
export async function mailSwitchedOff(deps: Deps, endpoint: Endpoint): Promise<void> {
  const store = deps.mailer ? await storeById(deps.db, endpoint.storeId) : undefined;
  if (!store) return;
  const mails = new MailsTo(deps, store.id, await subscribersOf(deps.db, [store.id]));
  const letter = switchedOffLetter({
    storeName: store.name,
    host: new URL(endpoint.url).host,
    link: `${deps.config.ORIGIN}/stores/${store.id}/webhooks/${endpoint.id}`,
    settingsLink: settingsLinkOf(deps, store.id),
  });
  mails.add('endpoint', `endpoint-${endpoint.id}-${endpoint.disabledAtMs}`, letter);
  await putMailsOnce(deps.db, mails.rows);
  await sendMails(deps);
}

/** Sends mails that are due. Concurrent runs lease different ones; the mails of a run that dies go to the next, under the same ids. */
export async function sendMails(deps: Deps): Promise<void> {
  for (let sent = 0; sent < MAX_SENT_PER_ROUND; sent += SENT_AT_ONCE) {
    const due = await claimMails(deps.db, deps.now(), LEASE_MS, SENT_AT_ONCE);
    if (due.length === 0) return;
    const addressees = await addresseesOf(deps.db, due);
    const done = await Promise.all(due.map((mail) => sendOne(deps, mail, addressees.get(mail.id))));
    await deleteMails(
      deps.db,
      due.filter((_, index) => done[index]).map(({ id }) => id),
    );
  }
}

/** Whether it is done: sent, no longer wanted, or given up. */
async function sendOne(deps: Deps, mail: DueMail, addressee: Addressee | undefined): Promise<boolean> {
  if (!deps.mailer || !addressee || !hasKind(addressee.kinds, mail.kind)) return true;
  const { email: to } = addressee;
  const { id, storeId, userId, subject, text } = mail;
  const unsubscribeUrl = await unsubscribeLink(deps, { userId, storeId, kind: mail.kind });
  try {
    const footer = `${text}\nUnsubscribe from mails of this kind:\n${unsubscribeUrl}\n`;
    await deps.mailer.send({ id, to, subject, text: footer, unsubscribeUrl });
    return true;
  } catch (error) {
    const waitMs = RETRY_AFTER_MS[mail.attempts - 1];
    const problem = error instanceof Error ? error.message : 'unknown';
    deps.log('mail.failed', { kind: mail.kind, error: problem, attempts: mail.attempts });
    if (waitMs !== undefined) await postponeMail(deps.db, id, deps.now() + waitMs);
    return waitMs === undefined;
  }
}

const kindOf = (type: string): NewsKind => KIND_OF_EVENT[type] ?? 'paid';

const settingsLinkOf = (deps: Deps, storeId: string): string => `${deps.config.ORIGIN}/profile/mails#store-${storeId}`;
