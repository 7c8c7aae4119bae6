// What wallets ask of a Lightning address: /.well-known/lnurlp/:name (LUD-16), and the URLs that it names in its answer; and of a code that
// pays them (LUD-03). From any origin; an error is LNURL's own. Called by app.ts.

import { Hono } from 'hono';
import { networkOfIp } from '../../core/text/ip.ts';
import { ApiError } from '../../errors.ts';
import { payment, paymentState, payRequest } from '../../services/lnurl/pay.ts';
import { withdraw, withdrawRequest } from '../../services/payouts/lnurl-withdraw.ts';
import type { HonoEnv } from '../api/http.ts';

const HEADERS = { 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

export function wellKnownRoutes(): Hono<HonoEnv> {
  return new Hono<HonoEnv>().get('/:name', async (c) =>
    c.json(await payRequest(c.get('deps'), c.req.param('name')), 200, HEADERS),
  );
}

export function lnurlRoutes(): Hono<HonoEnv> {
  return new Hono<HonoEnv>()
    .get('/pay/:name/:payee?', async (c) => {
      const { name, payee } = c.req.param();
      const { amount, comment } = c.req.query();
      return c.json(await payment(c.get('deps'), c.req.raw, name, { payee, amount, comment }), 200, HEADERS);
    })
    .get('/withdraw/:id', async (c) => c.json(await withdrawRequest(c.get('deps'), c.req.param('id')), 200, HEADERS))
    .get('/withdraw/:id/callback', async (c) => {
      const deps = c.get('deps');
      const claimant = networkOfIp(c.req.header('cf-connecting-ip') ?? 'local');
      if (!(await deps.allowCreate(`claimant ${claimant}`))) throw new ApiError('rate_limited');
      const { k1, pr } = c.req.query();
      return c.json(await withdraw(deps, c.req.param('id'), { k1, pr }), 200, HEADERS);
    })
    .get('/verify/:id', async (c) => c.json(await paymentState(c.get('deps'), c.req.param('id')), 200, HEADERS));
}
