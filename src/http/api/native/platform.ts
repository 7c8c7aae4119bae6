// /v1/platform: for the deployment's operator, who may suspend accounts and reinstate them; settings, fees and reviews are
// in files of their own.

import { Hono } from 'hono';
import * as z from 'zod';
import { personOf } from '../../../services/access/sessions.ts';
import { listAccounts, mustOperate, suspend } from '../../../services/platform/accounts.ts';
import type { HonoEnv } from '../http.ts';
import { guarded, iso } from './person.ts';
import { feeRoutes } from './platform-fees.ts';
import { cursorOf, page } from './platform-page.ts';
import { reviewRoutes } from './platform-reviews.ts';
import { settingsRoutes } from './platform-settings.ts';
import { validQuery } from './validate.ts';

export const query = z.strictObject(page);

interface AccountRow {
  id: string;
  name: string;
  isOperator: boolean;
  suspendedAtMs: number | null;
  createdAtMs: number;
}

const accountBody = (row: AccountRow) => ({
  id: row.id,
  name: row.name,
  operator: row.isOperator,
  suspended_at: row.suspendedAtMs === null ? null : iso(row.suspendedAtMs),
  created_at: iso(row.createdAtMs),
});

export function platformRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(guarded(false));
  app.use(async (c, next) => {
    mustOperate(await personOf(c.get('deps'), c.req.raw));
    await next();
  });

  app.get('/accounts', async (c) => {
    const { limit, cursor = null } = validQuery(query, c.req.queries());
    const { accounts, next } = await listAccounts(c.get('deps'), { limit, after: cursor });
    return c.json({
      accounts: accounts.map(accountBody),
      next_cursor: cursorOf(next),
    });
  });

  app.post('/accounts/:id/suspend', async (c) =>
    c.json({ account: accountBody(await suspend(c.get('deps'), c.req.param('id'), true)) }),
  );

  app.post('/accounts/:id/reinstate', async (c) =>
    c.json({ account: accountBody(await suspend(c.get('deps'), c.req.param('id'), false)) }),
  );

  app.route('/settings', settingsRoutes());
  app.route('/reviews', reviewRoutes());
  app.route('/', feeRoutes());

  return app;
}
