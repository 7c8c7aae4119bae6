// How an operation of BitPay's API is declared: method, path, who may call it, handler. Used by the files of this folder.

import type { Ctx } from '../http.ts';
import { type Access, declaring, type Needed, type Operation, type Who } from '../operation.ts';
import { type BitpayCaller, type BitpayRequest, callerOf, isForPerson, requestOf } from './request.ts';

interface BitpayAccess extends Access {
  /** A client that signs, paired or not. */
  signer?: true;
  /** Without a key it shows what the page of the invoice does. */
  isPublicInPart?: true;
}

export type BitpayWho<C> = BitpayAccess & Who<C>;
export type BitpayOperation = Operation<{ who: BitpayAccess }>;

export const callerThatMay = (key: Needed): BitpayWho<BitpayCaller & BitpayRequest> => ({
  key,
  async admit(c) {
    const asked = await requestOf(c);
    return { ...asked, ...(await callerOf(c, asked, key === 'any' ? undefined : key)) };
  },
});

export const operation = declaring<BitpayAccess, BitpayCaller & BitpayRequest>(callerThatMay);

/** Where the path is a link for people too: those get the page. */
export const orPage = (one: BitpayOperation, page: (c: Ctx) => Response | Promise<Response>): BitpayOperation => ({
  ...one,
  handle: async (c) => (isForPerson(c) ? page(c) : one.handle(c)),
});
