// /signup, /verify-email and /invitation: how a person joins.

import { Hono } from 'hono';
import * as z from 'zod';
import { PASSWORD_LENGTH } from '../../../services/access/auth-terms.ts';
import { visitorIfAny } from '../../../services/access/sessions.ts';
import { signUp, verifyEmail } from '../../../services/accounts/signup.ts';
import { accept } from '../../../services/accounts/team.ts';
import type { HonoEnv } from '../../api/http.ts';
import { email, newPassword, shortString } from '../../api/native/person.ts';
import { FormProblem, TextField } from '../fields.tsx';
import { BLANK, type FormDraft, submit } from '../forms.ts';
import { page, redirectAfter } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { type NoticeOf, noticeOf } from '../notices.ts';
import { LoginPage, limitAttempts } from './login.tsx';
import { TokenField, tokenField } from './token.tsx';

const signupForm = z.object({
  name: shortString,
  email,
  password: newPassword,
  invitation: z.string().max(2_000).optional(),
});
const verifyForm = z.object({ token: tokenField });
const invitationForm = z.object({ token: tokenField, who: z.enum(['known', 'new']) });

export function signupRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/signup', (c) => page(c, <SignupPage draft={BLANK} />));

  app.post('/signup', (c) =>
    submit(
      c,
      signupForm,
      async ({ invitation, ...form }) => {
        await limitAttempts(c);
        await signUp(c.get('deps'), c.req.raw, { ...form, accountName: form.name, invitation: invitation || null });
        return redirectAfter(c, '/verify-email', 'mail_sent');
      },
      (draft) => <SignupPage draft={draft} />,
    ),
  );

  app.get('/verify-email', (c) => {
    const isWaiting = c.req.query('done') === 'mail_sent';
    return page(c, <VerifyPage draft={BLANK} isWaiting={isWaiting} />);
  });

  app.post('/verify-email', (c) =>
    submit(
      c,
      verifyForm,
      async ({ token }) => {
        await limitAttempts(c);
        await verifyEmail(c.get('deps'), token);
        return redirectAfter(c, '/login', 'verified');
      },
      (draft) => <VerifyPage draft={draft} isWaiting={false} />,
    ),
  );

  app.get('/invitation', (c) => page(c, <InvitationPage draft={BLANK} notice={noticeOf(c.req.query('done'))} />));

  app.post('/invitation', (c) =>
    submit(
      c,
      invitationForm,
      async ({ token, who }) => {
        await limitAttempts(c);
        const draft = { ...BLANK, values: { invitation: token } };
        if (who === 'new') return page(c, <SignupPage draft={draft} />);
        const visitor = await visitorIfAny(c.get('deps'), c.req.raw);
        if (visitor === null) return page(c, <LoginPage draft={draft} />);
        await accept(c.get('deps'), visitor, token);
        return redirectAfter(c, '/stores', 'joined');
      },
      (draft) => <InvitationPage draft={draft} notice={null} />,
    ),
  );

  return app;
}

function SignupPage({ draft }: { draft: FormDraft }) {
  const { invitation } = draft.values;
  return (
    <Entry
      title={invitation ? 'Create a log-in and join' : 'Create your account'}
      below={
        <>
          Have an account? <a href="/login">Log in</a>
        </>
      }
    >
      <p class="card-lead">
        {invitation
          ? 'Use the e-mail address of the invitation.'
          : 'Get paid in bitcoin, straight to your own wallet. Five minutes from here to your first payment.'}
      </p>
      <form method="post" action="/signup" class="form">
        <FormProblem draft={draft} />
        {invitation && <input type="hidden" name="invitation" value={invitation} />}
        <TextField draft={draft} name="name" label="Your name" autocomplete="name" maxlength={100} />
        <TextField draft={draft} name="email" label="E-mail address" type="email" autocomplete="username" />
        <TextField
          draft={draft}
          name="password"
          label="Password"
          type="password"
          autocomplete="new-password"
          hint={`At least ${PASSWORD_LENGTH.min} characters. A few words in a row are easy to remember and hard to guess.`}
        />
        <button type="submit" class="button wide">
          Create account
        </button>
      </form>
    </Entry>
  );
}

function VerifyPage({ draft, isWaiting }: { draft: FormDraft; isWaiting: boolean }) {
  return (
    <Entry
      title={isWaiting ? 'Check your inbox' : 'Confirm your e-mail address'}
      below={
        <>
          Confirmed already? <a href="/login">Log in</a>
        </>
      }
    >
      {isWaiting && (
        <p class="card-lead">
          We have sent you a mail with a link. It works for a day. No mail? Check your spam folder.
        </p>
      )}
      <form method="post" action="/verify-email" class="form">
        <FormProblem draft={draft} />
        <TokenField draft={draft} />
        <button type="submit" class={isWaiting ? 'button quiet wide' : 'button wide'}>
          Confirm address
        </button>
      </form>
    </Entry>
  );
}

function InvitationPage({ draft, notice }: { draft: FormDraft; notice: NoticeOf | null }) {
  return (
    <Entry title="You are invited" notice={notice}>
      <p class="card-lead">You are invited to work with this account on SatLane.</p>
      <form method="post" action="/invitation" class="form">
        <FormProblem draft={draft} />
        <TokenField draft={draft} />
        <button type="submit" class="button wide" name="who" value="known">
          Accept invitation
        </button>
        <button type="submit" class="button quiet wide" name="who" value="new">
          Create account
        </button>
      </form>
    </Entry>
  );
}
