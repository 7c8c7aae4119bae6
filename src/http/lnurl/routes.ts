// What wallets ask of a Lightning address: /.well-known/lnurlp/:name (LUD-16), and the URLs that it names in its answer. From any
// origin; an error is LNURL's own. Called by app.ts.

import { Hono } from 'hono';
import { payment, paymentState, payRequest } from '../../services/lnurl/pay.ts';
import type { HonoEnv } from '../api/http.ts';

const HEADERS = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' };

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
    .get('/verify/:id', async (c) => c.json(await paymentState(c.get('deps'), c.req.param('id')), 200, HEADERS));
}
