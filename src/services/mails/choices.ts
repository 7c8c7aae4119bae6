// Which mails a member gets of which store: by role until they choose, and the link in each mail that ends its kind without
// a log-in. Called by the routes of the account, the profile's page, and merchant-mails.ts.

import { type ChoiceRow, choicesOf, putChoice, skipUnreadNews } from '../../adapters/db/merchant-mails.ts';
import { MAIL_KINDS, type MailKind, withKind } from '../../core/invoice/mail-digest.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import type { Person } from '../access/sessions.ts';

export type { ChoiceRow };

type Choices = Partial<Record<MailKind, boolean>>;

/** Of each store of the account that is in use. */
export function listChoices(deps: Deps, person: Person): Promise<ChoiceRow[]> {
  return choicesOf(deps.db, person.userId, { accountId: person.account.id });
}

/** Changes the named kinds and no other. @throws ApiError not_found for a store of others */
export async function changeChoices(deps: Deps, person: Person, storeId: string, wanted: Choices): Promise<ChoiceRow> {
  const [before] = await choicesOf(deps.db, person.userId, { accountId: person.account.id, storeId });
  if (!before) throw new ApiError('not_found');
  const kinds = MAIL_KINDS.reduce(
    (bits, kind) => (wanted[kind] === undefined ? bits : withKind(bits, kind, wanted[kind])),
    before.kinds,
  );
  if (kinds === before.kinds) return before;
  await skipUnreadNews(deps.db, person.account.id);
  await putChoice(deps.db, storeId, person.userId, kinds);
  return { ...before, kinds };
}

/** What a link in a mail speaks for: one member, one store, one kind. */
interface Subscription {
  userId: string;
  storeId: string;
  kind: MailKind;
}

/** It works forever, and only ends these mails. */
export async function unsubscribeLink(deps: Deps, of: Subscription): Promise<string> {
  const text = `${of.kind}.${of.storeId}.${of.userId}`;
  return `${deps.config.ORIGIN}/unsubscribe?token=${encodeURIComponent(`${text}.${await signature(deps, text)}`)}`;
}

const CUT_LINK =
  'This link is not complete. Copy the whole link from the mail, or log in and choose your mails in your profile.';

/** Whose mails of which store a link is about. @throws ApiError gone for a link that is not ours, or whose member has left */
export async function subscriptionOf(deps: Deps, token: string): Promise<Subscription & { choice: ChoiceRow }> {
  const [, text = '', kind = '', storeId = '', userId = '', given = ''] =
    /^(([a-z]+)\.([\w-]+)\.([\w-]+))\.([0-9a-f]{64})$/.exec(token) ?? [];
  const isOurs = text !== '' && isEqual(given, await signature(deps, text));
  const known = MAIL_KINDS.find((one) => one === kind);
  // Mail programs cut long links: who it was meant for still gets these mails.
  if (!isOurs || !known) throw new ApiError('gone', CUT_LINK);
  const [choice] = await choicesOf(deps.db, userId, { storeId });
  if (!choice) throw new ApiError('gone', 'You are no longer a member of this store, so you get no mails of it.');
  return { userId, storeId, kind: known, choice };
}

/** Ends the kind that the link is about, or all mails of the store. @throws as subscriptionOf */
export async function unsubscribe(deps: Deps, token: string, fromAll: boolean) {
  const subscription = await subscriptionOf(deps, token);
  const { userId, storeId, kind, choice } = subscription;
  await putChoice(deps.db, storeId, userId, fromAll ? 0 : withKind(choice.kinds, kind, false));
  return subscription;
}

async function signature(deps: Deps, text: string): Promise<string> {
  const secret = new TextEncoder().encode(await deps.vault.derive('unsubscribe'));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** In constant time. */
function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
