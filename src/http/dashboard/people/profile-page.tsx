// The page of one's own log-in. Called by profile.tsx.

import { PASSWORD_LENGTH } from '../../../services/access/auth-terms.ts';
import type { OpenSession } from '../../../services/access/sessions.ts';
import type { Passkey } from '../../../services/accounts/passkeys.ts';
import { Form, FormProblem, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { BLANK, type FormDraft } from '../forms.ts';
import type { PageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Card, Danger, FactList, PageHead } from '../parts.tsx';
import { ROLE } from '../text.ts';

interface ProfileProps {
  frame: PageContext;
  sessions: OpenSession[];
  passkeys: Passkey[];
  draft: FormDraft;
}

export function ProfilePage({ frame, sessions, passkeys, draft }: ProfileProps) {
  const { person, visitor } = frame;
  return (
    <Shell title="Profile" frame={frame}>
      <div class="narrow">
        <PageHead title="Profile and security" />
        <FormProblem draft={draft} />
        <Card title="You">
          <FactList
            rows={[
              ['Name', person.name],
              ['E-mail', person.email],
              ['Account', `${person.account.name}, as ${ROLE[person.role].word.toLowerCase()}`],
            ]}
          />
          <details class="more" open={draft.values.email !== undefined}>
            <summary>Change e-mail address</summary>
            <Form to="/profile/email" submit="Send link" quiet>
              <TextField
                draft={draft}
                name="email"
                label="New e-mail address"
                type="email"
                autocomplete="email"
                hint="We send a link to it and a notice to your current address. Following the link ends your other sessions."
              />
              <TextField
                draft={draft}
                name="email_password"
                label="Your password"
                type="password"
                autocomplete="current-password"
              />
            </Form>
          </details>
        </Card>
        <Card
          title="Mails"
          lead="Choose for each store which mails you get about payments, reviews and endpoints."
          aside={
            <a class="button quiet" href="/profile/mails">
              Choose mails
            </a>
          }
        />
        <Card
          title="Second factor"
          aside={visitor.twoFactorEnabled ? <Badge tone="good">On</Badge> : <Badge tone="warn">Off</Badge>}
        >
          {visitor.twoFactorEnabled ? <FactorOn draft={draft} /> : <FactorOff draft={draft} />}
        </Card>
        <PasskeyCard passkeys={passkeys} />
        <Card title="Password">
          <Form to="/profile/password" submit="Change password" quiet>
            <TextField
              draft={draft}
              name="current"
              label="Current password"
              type="password"
              autocomplete="current-password"
            />
            <TextField
              draft={draft}
              name="new"
              label="New password"
              type="password"
              autocomplete="new-password"
              hint={`At least ${PASSWORD_LENGTH.min} characters. Your other sessions end.`}
            />
          </Form>
        </Card>
        <Card title="Sessions">
          <ul class="lines">
            {sessions.map((session) => (
              <li>
                <div>
                  <strong>{browserOf(session.userAgent)}</strong>{' '}
                  {session.id === visitor.sessionId && <Badge tone="good">This one</Badge>}
                  <p class="hint">
                    {session.ipAddress || 'unknown address'} · since <At ms={session.createdAt} />
                  </p>
                </div>
                {session.id !== visitor.sessionId && (
                  <Action
                    to={`/profile/sessions/${session.id}/end`}
                    label={`End the session of ${browserOf(session.userAgent)}`}
                  >
                    End session
                  </Action>
                )}
              </li>
            ))}
          </ul>
          {sessions.length > 1 && <Action to="/profile/sessions/end-others">End other sessions</Action>}
        </Card>
      </div>
    </Shell>
  );
}

/** Adding one takes a script: without it the form is not shown. */
function PasskeyCard({ passkeys }: { passkeys: Passkey[] }) {
  return (
    <Card
      title="Passkeys"
      lead="Log in with a fingerprint, your face or a device PIN. A passkey counts as both factors, and there is no password to steal."
    >
      <ul class="lines">
        {passkeys.map(({ credentialId, label, createdAtMs, lastUsedAtMs }) => (
          <li>
            <div>
              <strong>{label}</strong>
              <p class="hint">
                since <At ms={createdAtMs} /> ·{' '}
                {lastUsedAtMs === null ? (
                  'never used'
                ) : (
                  <>
                    last used <At ms={lastUsedAtMs} />
                  </>
                )}
              </p>
            </div>
            <Danger
              summary="Remove"
              warning={
                passkeys.length === 1
                  ? 'You can no longer log in with this passkey. It is your only one: you then need your password.'
                  : 'You can no longer log in with this passkey.'
              }
            >
              <Action
                to="/profile/passkeys/remove"
                hidden={{ id: credentialId }}
                label={`Remove the passkey ${label}`}
                kind="stop"
              >
                Remove for good
              </Action>
            </Danger>
          </li>
        ))}
      </ul>
      <noscript>
        <p class="hint">To add a passkey, allow scripts on this page.</p>
      </noscript>
      <form class="form" data-passkey-add hidden>
        <TextField draft={BLANK} name="passkey_label" label="Name for this device" maxlength={100} autocomplete="off" />
        <TextField
          draft={BLANK}
          name="passkey_password"
          label="Your password"
          type="password"
          autocomplete="current-password"
        />
        <p class="error" data-passkey-problem role="alert" />
        <div class="form-actions">
          <button type="submit" class="button quiet">
            Add passkey
          </button>
        </div>
      </form>
    </Card>
  );
}

function FactorOff({ draft }: { draft: FormDraft }) {
  return (
    <Form to="/profile/totp" submit="Set up an authenticator app">
      <p class="hint">
        With an authenticator app a stolen password alone does not open your account. It takes a minute.
      </p>
      <TextField
        draft={draft}
        name="totp_password"
        label="Your password"
        type="password"
        autocomplete="current-password"
      />
    </Form>
  );
}

function FactorOn({ draft }: { draft: FormDraft }) {
  return (
    <>
      <p class="hint">A log-in needs a code of your authenticator app.</p>
      <PasswordFold
        draft={draft}
        to="/profile/totp/codes"
        name="codes_password"
        summary="New recovery codes"
        hint="Your previous codes stop working."
        button="Create new codes"
        kind="quiet"
      />
      <PasswordFold
        draft={draft}
        to="/profile/totp/off"
        name="off_password"
        summary="Switch it off"
        hint="You then log in with your password alone. Your recovery codes stop working, and other sessions end."
        button="Switch it off"
        kind="stop"
      />
    </>
  );
}

/** "Firefox on Windows", as far as a browser says. */
function browserOf(agent: string | null): string {
  const text = agent ?? '';
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((name) => text.includes(name));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => text.includes(name));
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' };
  if (browser === undefined) return 'A browser';
  return `${names[browser] ?? browser}${system === undefined ? '' : ` on ${system}`}`;
}

/** What asks for the password again, behind a fold. */
function PasswordFold(props: {
  draft: FormDraft;
  to: string;
  name: string;
  summary: string;
  hint: string;
  button: string;
  kind: 'quiet' | 'stop';
}) {
  const { draft, to, name, summary, hint, button, kind } = props;
  return (
    <details class="more" open={draft.errors[name] !== undefined}>
      <summary>{summary}</summary>
      <form method="post" action={to} class="form">
        <FormToken />
        <TextField
          draft={draft}
          name={name}
          label="Your password"
          hint={hint}
          type="password"
          autocomplete="current-password"
        />
        <div class="form-actions">
          <button type="submit" class={`button ${kind}`}>
            {button}
          </button>
        </div>
      </form>
    </details>
  );
}
