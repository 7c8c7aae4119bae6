// /v1/auth/me and /v1/auth/sessions: who is logged in, and where else.

import { endOtherSessions, endSession, listSessions, renewed } from '../../../services/access/sessions.ts';
import { iso } from './iso.ts';
import { noContent, ok, operation } from './operation.ts';
import { personBody, setCookies, VISITOR } from './person.ts';

const tag = 'Logging in';

export const sessionApi = [
  operation('GET /v1/auth/me', () => ({
    id: 'getMe',
    tag,
    summary: 'Who is logged in',
    who: VISITOR,
    answers: [ok('personAnswer', 'You.')],
    async run({ c, deps, caller }) {
      setCookies(c, await renewed(deps, c.req.raw, caller));
      return { person: personBody(caller) };
    },
  })),

  operation('GET /v1/auth/sessions', () => ({
    id: 'listSessions',
    tag,
    summary: 'List your sessions',
    who: VISITOR,
    answers: [ok('sessions', 'Where you are logged in.')],
    run: async ({ deps, caller }) => ({
      sessions: (await listSessions(deps, caller)).map((row) => ({
        id: row.id,
        current: row.id === caller.sessionId,
        ip: row.ipAddress || null,
        user_agent: row.userAgent || null,
        created_at: iso(row.createdAt),
        used_at: iso(row.usedAt),
        expires_at: iso(row.expiresAt),
      })),
    }),
  })),

  operation('DELETE /v1/auth/sessions', () => ({
    id: 'endOtherSessions',
    tag,
    summary: 'End all other sessions',
    who: VISITOR,
    answers: [ok('revokedSessions')],
    run: async ({ deps, caller }) => ({
      revoked: await endOtherSessions(deps, caller),
    }),
  })),

  operation('DELETE /v1/auth/sessions/{id}', () => ({
    id: 'endSession',
    tag,
    summary: 'End a session',
    who: VISITOR,
    answers: [noContent],
    run: ({ deps, caller, params }) => endSession(deps, caller, params.id),
  })),
];
