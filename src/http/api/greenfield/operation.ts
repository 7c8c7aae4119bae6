// How an operation of Greenfield is declared: method, path, who may call it, handler. Used by the files of this folder and by
// ElenPAY, whose keys are Greenfield's.

import type { Caller } from '../../../services/access/keys.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import type { Ctx } from '../http.ts';
import { type Access, declaring, type Needed, type Operation, type Who } from '../operation.ts';
import { keyHolder } from './auth.ts';
import { lacking } from './errors.ts';
import { Query } from './query.ts';

interface GreenfieldAccess extends Access {
  /** With this flag in its query a request needs another permission. */
  flagged?: { flag: string; key: Permission };
  /** The permission that refusals name, which no key has: it is the server's administrator's. */
  administrator?: string;
}

type GreenfieldWho<C> = GreenfieldAccess & Who<C>;
export type GreenfieldOperation = Operation<{ who: GreenfieldAccess }>;

export interface KeyHolder extends Caller {
  keyHash: string;
  /** `any`, or the permission that this request needed. */
  needed: string;
  isFlagged: boolean;
}

/** A key with this permission: of the store that the path names, or of any store where it names none. */
export const keyThatMay = (key: Needed, flagged?: GreenfieldAccess['flagged']): GreenfieldWho<KeyHolder> => ({
  key,
  ...(flagged && { flagged }),
  async admit(c) {
    const query = new Query(c.req.url);
    const isFlagged = flagged !== undefined && query.flag(flagged.flag, false);
    const needed = isFlagged ? flagged.key : key;
    const holder = await keyHolder(c, c.req.param('storeId'), needed === 'any' ? undefined : needed);
    query.check();
    return { ...holder, isFlagged, needed };
  },
});

export const operation = declaring<GreenfieldAccess, KeyHolder>(keyThatMay);

/** As `who`, with what `find` finds for that caller. */
export const andFind = <C, Found>(
  who: GreenfieldWho<C>,
  find: (c: Ctx, caller: C) => Promise<Found>,
): GreenfieldWho<C & Found> => ({
  ...who,
  async admit(c) {
    const caller = await who.admit(c);
    return { ...caller, ...(await find(c, caller)) };
  },
});

export const administratorOnly = (permission: string): GreenfieldWho<never> => ({
  key: 'any',
  administrator: permission,
  async admit(c) {
    await keyHolder(c);
    throw lacking(permission);
  },
});
