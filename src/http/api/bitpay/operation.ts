// How an operation of BitPay's API is declared: method, path, who may call it, handler. Used by the files of this folder.

import type { Permission } from '../../../services/access/permissions.ts';
import type { Ctx } from '../http.ts';
import { type Access, type Admitted, declare, type Line, type Operation, type Who } from '../operation.ts';
import { type BitpayCaller, type BitpayRequest, callerOf, isForPerson, requestOf } from './request.ts';

interface BitpayAccess extends Access {
  /** A client that signs, paired or not. */
  signer?: true;
  /** Without a key it shows what the page of the invoice does. */
  isPublicInPart?: true;
}

export type BitpayWho<C> = BitpayAccess & Who<C>;
export type BitpayOperation = Operation<{ who: BitpayAccess }>;

/** @param who the permission that a key or a paired client needs, or a check of its own, whose caller the handler gets */
export function operation<const L extends Line, C = BitpayCaller & BitpayRequest>(
  line: L,
  who: Permission | BitpayWho<C>,
  run: (asked: Admitted<L, C>) => Promise<unknown>,
): BitpayOperation {
  // Where a permission is given, C is what its check gives.
  return declare(line, () => ({ who: typeof who === 'string' ? (callerThatMay(who) as BitpayWho<C>) : who, run }));
}

export const callerThatMay = (key: Permission): BitpayWho<BitpayCaller & BitpayRequest> => ({
  key,
  async admit(c) {
    const asked = await requestOf(c);
    return { ...asked, ...(await callerOf(c, asked, key)) };
  },
});

export const ANYBODY: BitpayWho<null> = { admit: async () => null };

/** Where the path is a link for people too: those get the page. */
export const orPage = (one: BitpayOperation, page: (c: Ctx) => Response | Promise<Response>): BitpayOperation => ({
  ...one,
  handle: async (c) => (isForPerson(c) ? page(c) : one.handle(c)),
});
