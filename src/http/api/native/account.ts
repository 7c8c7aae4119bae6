// /v1/account and /v1/accounts: the people of an account, invitations to it, and which account a person acts in.

import { Hono } from 'hono';
import * as z from 'zod';
import type { ChoiceRow } from '../../../adapters/db/merchant-mails.ts';
import type { Role } from '../../../adapters/db/schema.ts';
import { hasKind } from '../../../core/invoice/mail-digest.ts';
import { personOf, visitorOf } from '../../../services/access/sessions.ts';
import {
  changeRole,
  invite,
  listAccounts,
  listMembers,
  openInvitations,
  remove,
  revokeInvitation,
  switchAccount,
} from '../../../services/accounts/team.ts';
import { choose, listChoices } from '../../../services/mails/choices.ts';
import { listBills, readFees } from '../../../services/platform/fees.ts';
import { type HonoEnv, jsonBody } from '../http.ts';
import { email, guarded, iso, personBody, role } from './person.ts';
import { billBody, feesBody } from './platform-fees.ts';
import { validate } from './validate.ts';

export const invitationSchema = z.strictObject({ email, role });
export const roleSchema = z.strictObject({ role });
export const switchSchema = z.strictObject({
  account_id: z.string().min(1, 'must not be empty').max(100, 'is too long'),
});

export const mailsSchema = z.strictObject({
  paid: z.boolean().optional(),
  decision: z.boolean().optional(),
  underpaid: z.boolean().optional(),
  endpoint: z.boolean().optional(),
});

const mailsBody = ({ storeId, kinds }: ChoiceRow) => ({
  store_id: storeId,
  paid: hasKind(kinds, 'paid'),
  decision: hasKind(kinds, 'decision'),
  underpaid: hasKind(kinds, 'underpaid'),
  endpoint: hasKind(kinds, 'endpoint'),
});

interface InvitationRow {
  hash: string;
  email: string;
  role: Role;
  createdAtMs: number;
  expiresAtMs: number;
}

/** The id is the token's hash: it opens nothing. */
const invitationBody = (row: InvitationRow) => ({
  id: row.hash,
  email: row.email,
  role: row.role,
  created_at: iso(row.createdAtMs),
  expires_at: iso(row.expiresAtMs),
});

export function accountRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(guarded(false));

  app.get('/members', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const rows = await listMembers(c.get('deps'), person.account.id);
    return c.json({
      members: rows.map((row) => ({
        id: row.userId,
        email: row.email,
        name: row.name,
        role: row.role,
        totp_enabled: row.totp,
        joined_at: iso(row.createdAtMs),
      })),
    });
  });

  app.patch('/members/:id', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(roleSchema, await jsonBody(c.req.raw));
    await changeRole(c.get('deps'), person, c.req.param('id'), body.role);
    return c.json({ id: c.req.param('id'), role: body.role });
  });

  app.delete('/members/:id', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    await remove(c.get('deps'), person, c.req.param('id'));
    return c.body(null, 204);
  });

  app.get('/fees', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const fees = await readFees(c.get('deps'), person.account.id);
    const bills = await listBills(c.get('deps'), person.account.id);
    return c.json({ fees: feesBody(fees), bills: bills.map(billBody) });
  });

  app.get('/mails', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    return c.json({ mails: (await listChoices(c.get('deps'), person)).map(mailsBody) });
  });

  app.patch('/mails/:id', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(mailsSchema, await jsonBody(c.req.raw));
    return c.json({ mails: mailsBody(await choose(c.get('deps'), person, c.req.param('id'), body)) });
  });

  app.get('/invitations', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    return c.json({ invitations: (await openInvitations(c.get('deps'), person)).map(invitationBody) });
  });

  app.post('/invitations', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(invitationSchema, await jsonBody(c.req.raw));
    return c.json({ invitation: invitationBody(await invite(c.get('deps'), person, body.email, body.role)) }, 201);
  });

  app.delete('/invitations/:id', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    await revokeInvitation(c.get('deps'), person, c.req.param('id'));
    return c.body(null, 204);
  });

  app.post('/switch', async (c) => {
    const deps = c.get('deps');
    const visitor = await visitorOf(deps, c.req.raw);
    const body = validate(switchSchema, await jsonBody(c.req.raw));
    await switchAccount(deps, visitor, body.account_id);
    return c.json({ person: personBody(await visitorOf(deps, c.req.raw)) });
  });

  return app;
}

/** GET /v1/accounts: those that the visitor is in, suspended ones too. */
export function accountsRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(guarded(false));

  app.get('/', async (c) => {
    const visitor = await visitorOf(c.get('deps'), c.req.raw);
    const rows = await listAccounts(c.get('deps'), visitor);
    return c.json({
      accounts: rows.map(({ id, name, role, suspendedAtMs }) => ({
        id,
        name,
        role,
        suspended: suspendedAtMs !== null,
        active: id === visitor.membership?.account.id,
      })),
    });
  });

  return app;
}
