// /team and /accounts: the members and invitations of an account, and the accounts of a person.

import { Hono } from 'hono';
import * as z from 'zod';
import { ROLES, type Role } from '../../../services/access/people.ts';
import { visitorOf } from '../../../services/access/sessions.ts';
import {
  changeRole,
  invite,
  listMembers,
  listOwnAccounts,
  openInvitations,
  remove,
  revokeInvitation,
  switchAccount,
} from '../../../services/accounts/team.ts';
import type { HonoEnv } from '../../api/http.ts';
import { email, role } from '../../api/native/person.ts';
import { Form, FormProblem, SelectField, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { BLANK, draftOf, type FormDraft, formsOn, submit } from '../forms.ts';
import { may, type PageContext, page, pageContext, redirectAfter } from '../http.tsx';
import { Entry, Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Danger, PageHead } from '../parts.tsx';
import { ROLE } from '../text.ts';

const inviteForm = z.object({ email, role });
const roleForm = z.object({ role });
const nothing = z.object({});
const switchForm = z.object({ account: z.string().min(1).max(100) });

const roleOptions = [...ROLES].reverse().map((value) => ({ value, text: `${ROLE[value].word}: ${ROLE[value].hint}` }));

export function teamRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/team', async (c) => page(c, await teamPage(await pageContext(c), BLANK)));

  const form = formsOn(app, pageContext, teamPage);
  form('/team/invitations', inviteForm, async ({ deps, person }, { email, role }, c) => {
    await invite(deps, person, email, role);
    return redirectAfter(c, '/team', 'invited');
  });
  form('/team/invitations/:id/revoke', nothing, async ({ deps, person }, _, c) => {
    await revokeInvitation(deps, person, c.req.param('id') ?? '');
    return redirectAfter(c, '/team', 'invitation_revoked');
  });
  form('/team/:id/role', roleForm, async ({ deps, person }, { role }, c) => {
    await changeRole(deps, person, c.req.param('id') ?? '', role);
    return redirectAfter(c, '/team', 'role_changed');
  });
  form('/team/:id/remove', nothing, async ({ deps, person }, _, c) => {
    const id = c.req.param('id') ?? '';
    await remove(deps, person, id);
    // Who has left has no team to go to.
    return id === person.userId ? redirectAfter(c, '/accounts') : redirectAfter(c, '/team', 'member_removed');
  });

  // Also for those whose account is suspended, or who are in none.
  app.get('/accounts', async (c) => {
    const deps = c.get('deps');
    const visitor = await visitorOf(deps, c.req.raw);
    const accounts = await listOwnAccounts(deps, visitor);
    const active = visitor.membership?.account.id;
    return page(
      c,
      <Entry title="Your accounts">
        {accounts.length === 0 && <p>You are in no account. Ask an owner for an invitation.</p>}
        <ul class="lines">
          {accounts.map(({ id, name, role: held, suspendedAtMs }) => (
            <li>
              <div>
                <strong>{name}</strong> {suspendedAtMs !== null && <Badge tone="stop">Suspended</Badge>}
                <p class="hint">{ROLE[held].word}</p>
              </div>
              {id === active ? (
                <a class="button quiet" href="/stores">
                  Current account
                </a>
              ) : (
                <Action to="/accounts" hidden={{ account: id }} label={`Switch to ${name}`}>
                  Switch account
                </Action>
              )}
            </li>
          ))}
        </ul>
        <form method="post" action="/logout">
          <button type="submit" class="button quiet wide">
            Log out
          </button>
        </form>
      </Entry>,
    );
  });

  app.post('/accounts', async (c) => {
    const deps = c.get('deps');
    const visitor = await visitorOf(deps, c.req.raw);
    return submit(
      c,
      switchForm,
      async ({ account }) => {
        await switchAccount(deps, visitor, account);
        return redirectAfter(c, '/stores', 'switched');
      },
      (draft) => <Entry title="Your accounts">{draft.problem}</Entry>,
    );
  });

  return app;
}

async function teamPage(frame: PageContext, draft: FormDraft) {
  const { deps, person } = frame;
  const isOwner = may(person, 'owner');
  const [members, invitations] = await Promise.all([
    listMembers(deps, person.account.id),
    isOwner ? openInvitations(deps, person) : [],
  ]);
  const isInviting = draft.values.email !== undefined;
  return (
    <Shell title="Team" frame={frame}>
      <PageHead title="Team" lead={`The people of ${person.account.name}.`} />
      {draft.problem !== null && !isInviting && <Callout tone="stop">{draft.problem}</Callout>}
      <Card title="Members">
        <ul class="lines">
          {members.map((member) => (
            <Member member={member} isSelf={member.userId === person.userId} isOwner={isOwner} />
          ))}
        </ul>
      </Card>
      {invitations.length > 0 && (
        <Card title="Invited">
          <ul class="lines">
            {invitations.map((invitation) => (
              <li>
                <div>
                  <strong>{invitation.email}</strong>
                  <p class="hint">
                    {ROLE[invitation.role].word}, until <At ms={invitation.expiresAtMs} />
                  </p>
                </div>
                <Danger summary="Withdraw" warning="The link in the mail stops working. You can invite them again.">
                  <Action
                    to={`/team/invitations/${invitation.hash}/revoke`}
                    label={`Withdraw the invitation of ${invitation.email}`}
                    kind="stop"
                  >
                    Withdraw invitation
                  </Action>
                </Danger>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {isOwner && (
        <Card title="Invite a person">
          <Form to="/team/invitations" submit="Send invitation">
            {isInviting && <FormProblem draft={draft} />}
            <TextField draft={draft} name="email" label="E-mail address" type="email" autocomplete="off" />
            <SelectField
              draft={isInviting ? draft : draftOf({ role: 'manager' })}
              name="role"
              label="Role"
              options={roleOptions}
            />
          </Form>
        </Card>
      )}
    </Shell>
  );
}

interface MemberProps {
  member: { userId: string; name: string; email: string; role: Role; totp: boolean; createdAtMs: number };
  isSelf: boolean;
  isOwner: boolean;
}

function Member({ member, isSelf, isOwner }: MemberProps) {
  const { userId, name, email: address, role: held, totp, createdAtMs } = member;
  const select = `role-${userId}`;
  return (
    <li>
      <div>
        <strong>{name}</strong> {isSelf && <Badge tone="calm">You</Badge>}{' '}
        {totp && <Badge tone="good">Second factor</Badge>}
        <p class="hint">
          {address} · {ROLE[held].word} since <At ms={createdAtMs} />
        </p>
      </div>
      <div class="line-actions">
        {isOwner && (
          <form method="post" action={`/team/${userId}/role`} class="inline">
            <FormToken />
            <label class="sr-only" for={select}>
              Role of {name}
            </label>
            <select id={select} name="role">
              {ROLES.map((one) => (
                <option value={one} selected={one === held}>
                  {ROLE[one].word}
                </option>
              ))}
            </select>
            <button type="submit" class="button quiet">
              Change
            </button>
          </form>
        )}
        {(isOwner || isSelf) && (
          <Danger
            summary={isSelf ? 'Leave' : 'Remove'}
            warning={isSelf ? 'You lose access to this account.' : `${name} loses access to this account.`}
          >
            <Action to={`/team/${userId}/remove`} kind="stop">
              {isSelf ? 'Leave account' : 'Remove member'}
            </Action>
          </Danger>
        )}
      </div>
    </li>
  );
}
