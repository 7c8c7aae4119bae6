// Who may call an operation on the store that its path names: its key or a person of its account, or an owner alone. Used by
// the operations of stores.

import type { Caller } from '../../../services/access/keys.ts';
import { type Actor, actorOn, ownerOn } from '../../../services/access/people.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import type { Person } from '../../../services/access/sessions.ts';
import type { Ctx } from '../http.ts';
import type { Who } from '../operation.ts';
import { memberAs } from './person.ts';
import { keyThatMay } from './who.ts';

const onStore = (c: Ctx) => [c.get('deps'), c.req.raw, c.req.param('id') ?? ''] as const;

export const VIEWER: Who<Actor> = {
  key: 'btcpay.store.canviewstoresettings',
  person: 'viewer',
  admit: (c) => actorOn(...onStore(c), 'viewer'),
};

export const MANAGER: Who<Actor> = {
  key: 'btcpay.store.canmodifystoresettings',
  person: 'manager',
  admit: (c) => actorOn(...onStore(c), 'manager'),
};

/** A person, never a key: see ownerOn. */
export const OWNER: Who<Actor> = { person: 'owner', admit: (c) => ownerOn(...onStore(c)) };

/** Where no store is named: a key of one, or a person of an account. */
export const keyOrPerson = (key: 'any' | Permission): Who<Caller | Person> => ({
  key,
  person: 'viewer',
  admit: (c) => (c.req.header('authorization') === undefined ? memberAs('viewer') : keyThatMay(key)).admit(c),
});
