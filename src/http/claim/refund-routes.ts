// /refund/:id: the buyer of an invoice asks for money back that the shop cannot keep, and sees what became of it. The page is that of a
// claim. Called by app.ts.

import type { Hono } from 'hono';
import { readRefundRequest, requestRefund } from '../../services/payouts/refund-requests.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { allowClaim, claimRoutes, unlessNothing } from './routes.ts';

export function refundRequestRoutes(): Hono<HonoEnv> {
  return claimRoutes({
    read: (c: Ctx, id, claim) => unlessNothing(readRefundRequest(c.get('deps'), id, claim)),
    claim: async (c: Ctx, id, { destination }) => {
      await allowClaim(c);
      return requestRefund(c.get('deps'), id, destination);
    },
  });
}
