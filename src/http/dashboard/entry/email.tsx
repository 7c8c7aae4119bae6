// /confirm-email: where the mail to a new address of one's log-in leads.

import { Hono } from 'hono';
import * as z from 'zod';
import { visitorIfAny } from '../../../services/access/sessions.ts';
import { confirmEmailChange } from '../../../services/accounts/email-change.ts';
import type { HonoEnv } from '../../api/http.ts';
import { FormProblem } from '../fields.tsx';
import { BLANK, type FormDraft, submit } from '../forms.ts';
import { page, redirectAfter } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { limitAttempts } from './login.tsx';
import { TokenField, tokenField } from './token.tsx';

const confirmForm = z.object({ token: tokenField });

export function emailRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/confirm-email', (c) => page(c, <ConfirmEmailPage draft={BLANK} />));

  app.post('/confirm-email', (c) =>
    submit(
      c,
      confirmForm,
      async ({ token }) => {
        await limitAttempts(c);
        const visitor = await visitorIfAny(c.get('deps'), c.req.raw);
        await confirmEmailChange(c.get('deps'), visitor, token);
        return redirectAfter(c, visitor === null ? '/login' : '/profile', 'email_changed');
      },
      (draft) => <ConfirmEmailPage draft={draft} />,
    ),
  );

  return app;
}

function ConfirmEmailPage({ draft }: { draft: FormDraft }) {
  return (
    <Entry title="Confirm your new e-mail address" below={<a href="/profile">Back to your profile</a>}>
      <p class="card-lead">From then on you log in with it. Your other sessions end.</p>
      <form method="post" action="/confirm-email" class="form">
        <FormProblem draft={draft} />
        <TokenField draft={draft} />
        <button type="submit" class="button wide">
          Use this address
        </button>
      </form>
    </Entry>
  );
}
