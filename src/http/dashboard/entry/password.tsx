// /forgot-password and /reset-password.

import { Hono } from 'hono';
import * as z from 'zod';
import { PASSWORD_LENGTH } from '../../../services/access/auth-terms.ts';
import { forgot, reset } from '../../../services/accounts/passwords.ts';
import type { HonoEnv } from '../../api/http.ts';
import { email, newPassword } from '../../api/native/person.ts';
import { FormProblem, TextField } from '../fields.tsx';
import { BLANK, type FormDraft, submit } from '../forms.ts';
import { page, redirectAfter } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { type NoticeOf, noticeOf } from '../notices.ts';
import { limitAttempts } from './login.tsx';
import { TokenField, tokenField } from './token.tsx';

const forgotForm = z.object({ email });
const resetForm = z.object({ token: tokenField, password: newPassword });

export function passwordRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/forgot-password', (c) => page(c, <ForgotPage draft={BLANK} notice={noticeOf(c.req.query('done'))} />));

  app.post('/forgot-password', (c) =>
    submit(
      c,
      forgotForm,
      async (form) => {
        await limitAttempts(c);
        await forgot(c.get('deps'), c.req.raw, form.email);
        return redirectAfter(c, '/forgot-password', 'mail_sent');
      },
      (draft) => <ForgotPage draft={draft} notice={null} />,
    ),
  );

  app.get('/reset-password', (c) => page(c, <ResetPage draft={BLANK} />));

  app.post('/reset-password', (c) =>
    submit(
      c,
      resetForm,
      async (form) => {
        await limitAttempts(c);
        await reset(c.get('deps'), form.token, form.password);
        return redirectAfter(c, '/login', 'password_reset');
      },
      (draft) => <ResetPage draft={draft} />,
    ),
  );

  return app;
}

function ForgotPage({ draft, notice }: { draft: FormDraft; notice: NoticeOf | null }) {
  return (
    <Entry title="Forgot your password?" notice={notice} below={<a href="/login">Back to the log-in</a>}>
      <p class="card-lead">We send you a link to choose a new one.</p>
      <form method="post" action="/forgot-password" class="form">
        <FormProblem draft={draft} />
        <TextField draft={draft} name="email" label="E-mail address" type="email" autocomplete="username" />
        <button type="submit" class="button wide">
          Send link
        </button>
      </form>
    </Entry>
  );
}

function ResetPage({ draft }: { draft: FormDraft }) {
  return (
    <Entry title="Choose a new password" below={<a href="/login">Back to the log-in</a>}>
      <form method="post" action="/reset-password" class="form">
        <FormProblem draft={draft} />
        <TokenField draft={draft} />
        <TextField
          draft={draft}
          name="password"
          label="New password"
          type="password"
          autocomplete="new-password"
          hint={`At least ${PASSWORD_LENGTH.min} characters. You will be logged out everywhere.`}
        />
        <button type="submit" class="button wide">
          Save password
        </button>
      </form>
    </Entry>
  );
}
