// /login, /login/code, /logout.

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { visitorOf } from '../../../services/access/sessions.ts';
import { logIn, logOut } from '../../../services/accounts/login.ts';
import { accept } from '../../../services/accounts/team.ts';
import { enter } from '../../../services/accounts/totp.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { email, password, setCookies } from '../../api/native/person.ts';
import { FormProblem, TextField } from '../fields.tsx';
import { BLANK, type FormDraft, formFields, submit } from '../forms.ts';
import { localPath, page, redirectAfter } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { type NoticeOf, noticeOf } from '../notices.ts';

/** A page of ours; a plugin's link to /api-keys/authorize is a long one. */
const next = z.string().max(4_000).optional();
const loginForm = z.object({ email, password, next, invitation: z.string().max(2_000).optional() });
const codeForm = z.object({
  code: z
    .string()
    .trim()
    .min(6, 'Enter six digits, or a recovery code.')
    .max(32, 'Enter the six digits or a recovery code.'),
  next,
});

export function loginRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/login', async (c) => {
    const draft = { ...BLANK, values: { next: localPath(c.req.query('next')) } };
    if (await isLoggedIn(c)) return redirectAfter(c, draft.values.next);
    return page(c, <LoginPage draft={draft} notice={noticeOf(c.req.query('done'))} />);
  });

  app.post('/login', (c) =>
    submit(
      c,
      loginForm,
      async (form) => {
        await limitAttempts(c);
        const deps = c.get('deps');
        const { cookies, visitor } = await logIn(deps, c.req.raw, form.email, form.password);
        setCookies(c, cookies);
        if (visitor === null) {
          const path = form.invitation ? '/invitation' : localPath(form.next);
          return redirectAfter(c, `/login/code?next=${encodeURIComponent(path)}`);
        }
        if (!form.invitation) return redirectAfter(c, localPath(form.next));
        await accept(deps, visitor, form.invitation);
        return redirectAfter(c, '/stores', 'joined');
      },
      (draft) => <LoginPage draft={draft} />,
    ),
  );

  app.get('/login/code', (c) =>
    page(c, <CodePage draft={{ ...BLANK, values: { next: localPath(c.req.query('next')) } }} />),
  );

  app.post('/login/code', (c) =>
    submit(
      c,
      codeForm,
      async (form) => {
        await limitAttempts(c);
        const { cookies } = await enter(c.get('deps'), c.req.raw, form.code);
        setCookies(c, cookies);
        return redirectAfter(c, localPath(form.next));
      },
      (draft) => <CodePage draft={draft} />,
    ),
  );

  app.post('/logout', async (c) => {
    await formFields(c);
    setCookies(c, await logOut(c.get('deps'), c.req.raw));
    return redirectAfter(c, '/login', 'logged_out');
  });

  return app;
}

/** How often one address may try. @throws ApiError rate_limited */
export async function limitAttempts(c: Ctx): Promise<void> {
  const isAllowed = await c.get('deps').allowAuth(c.req.header('cf-connecting-ip') ?? 'local');
  if (!isAllowed) throw new ApiError('rate_limited', 'Too many attempts. Wait a moment, then try again.', 1);
}

async function isLoggedIn(c: Ctx): Promise<boolean> {
  return visitorOf(c.get('deps'), c.req.raw).then(
    () => true,
    () => false,
  );
}

/** `invitation`: the token of one that is taken up with the log-in. */
export function LoginPage({ draft, notice = null }: { draft: FormDraft; notice?: NoticeOf | null }) {
  const { invitation, next: path } = draft.values;
  return (
    <Entry
      title={invitation ? 'Log in to accept the invitation' : 'Log in'}
      notice={notice}
      below={
        <>
          New here? <a href="/signup">Create an account</a>
        </>
      }
    >
      <form method="post" action="/login" class="form">
        <FormProblem draft={draft} />
        <input type="hidden" name="next" value={localPath(path)} />
        {invitation && <input type="hidden" name="invitation" value={invitation} />}
        <TextField draft={draft} name="email" label="E-mail address" type="email" autocomplete="username" />
        <TextField draft={draft} name="password" label="Password" type="password" autocomplete="current-password" />
        <button type="submit" class="button wide">
          Log in
        </button>
        <button type="button" class="button quiet wide" data-passkey-login hidden>
          Log in with a passkey
        </button>
        <p class="error" data-passkey-problem role="alert" />
        <p class="form-note">
          <a href="/forgot-password">Forgot your password?</a>
        </p>
      </form>
    </Entry>
  );
}

function CodePage({ draft }: { draft: FormDraft }) {
  return (
    <Entry title="Enter your code" below={<a href="/login">Log in with another account</a>}>
      <form method="post" action="/login/code" class="form">
        <FormProblem draft={draft} />
        <input type="hidden" name="next" value={localPath(draft.values.next)} />
        <TextField
          draft={{ ...draft, values: {} }}
          name="code"
          label="Code"
          hint="The six digits that your authenticator app shows now. Lost your phone? Enter a recovery code."
          autocomplete="one-time-code"
        />
        <button type="submit" class="button wide">
          Continue
        </button>
      </form>
    </Entry>
  );
}
