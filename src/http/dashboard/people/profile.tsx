// /profile: one's own password, second factor, recovery codes and sessions.

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { endOtherSessions, endSession, listSessions } from '../../../services/access/sessions.ts';
import { askEmailChange } from '../../../services/accounts/email-change.ts';
import { listPasskeys, removePasskey } from '../../../services/accounts/passkeys.ts';
import { change } from '../../../services/accounts/passwords.ts';
import { confirm, disable, enable, renewRecoveryCodes } from '../../../services/accounts/totp.ts';
import type { HonoEnv } from '../../api/http.ts';
import { email, newPassword, password, setCookies } from '../../api/native/person.ts';
import { limited } from '../entry/login.tsx';
import { BLANK, type Draft, fieldsOf, submit } from '../forms.ts';
import { type PageContext, page, pageContext, redirectAfter } from '../http.tsx';
import { ProfilePage } from './profile-page.tsx';
import { ConfirmTotpPage, EnrolPage, RecoveryCodesPage } from './totp-pages.tsx';

const passwordForm = z.object({ current: password, new: newPassword });
const emailForm = z.object({ email, email_password: password });
const totpForm = z.object({ totp_password: password });
const codesForm = z.object({ codes_password: password });
const offForm = z.object({ off_password: password });
const codeForm = z.object({
  code: z
    .string()
    .trim()
    .regex(/^\d{6}$/, 'A code has six digits.'),
});

export function profileRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const again = (frame: PageContext) => (draft: Draft) => profilePage(frame, draft);

  app.get('/profile', async (c) => page(c, await profilePage(await pageContext(c), BLANK)));

  app.post('/profile/password', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      passwordForm,
      async (form) => {
        await limited(c);
        const words = { current: form.current, next: form.new };
        setCookies(c, await at('current', change(frame.deps, c.req.raw, frame.visitor, words)));
        return redirectAfter(c, '/profile', 'password_changed');
      },
      again(frame),
    );
  });

  app.post('/profile/email', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      emailForm,
      async (form) => {
        await limited(c);
        const wish = { email: form.email, password: form.email_password };
        await at('email_password', askEmailChange(frame.deps, c.req.raw, frame.visitor, wish));
        return redirectAfter(c, '/profile', 'email_sent');
      },
      again(frame),
    );
  });

  app.post('/profile/totp', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      totpForm,
      async (form) => {
        await limited(c);
        const enrolment = await at('totp_password', enable(frame.deps, c.req.raw, frame.visitor, form.totp_password));
        return page(c, <EnrolPage frame={frame} enrolment={enrolment} />);
      },
      again(frame),
    );
  });

  app.post('/profile/totp/confirm', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      codeForm,
      async ({ code }) => {
        await limited(c);
        setCookies(c, await at('code', confirm(frame.deps, c.req.raw, frame.visitor, code)));
        return redirectAfter(c, '/profile', 'totp_on');
      },
      (draft) => <ConfirmTotpPage frame={frame} draft={draft} />,
    );
  });

  app.post('/profile/totp/off', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      offForm,
      async (form) => {
        await limited(c);
        setCookies(c, await at('off_password', disable(frame.deps, c.req.raw, frame.visitor, form.off_password)));
        return redirectAfter(c, '/profile', 'totp_off');
      },
      again(frame),
    );
  });

  app.post('/profile/totp/codes', async (c) => {
    const frame = await pageContext(c);
    return submit(
      c,
      codesForm,
      async (form) => {
        await limited(c);
        const codes = await at(
          'codes_password',
          renewRecoveryCodes(frame.deps, c.req.raw, frame.visitor, form.codes_password),
        );
        return page(c, <RecoveryCodesPage frame={frame} codes={codes} />);
      },
      again(frame),
    );
  });

  app.post('/profile/sessions/:sid/end', async (c) => {
    await fieldsOf(c);
    const { deps, visitor } = await pageContext(c);
    await endSession(deps, visitor, c.req.param('sid'));
    return redirectAfter(c, '/profile', 'session_ended');
  });

  app.post('/profile/passkeys/remove', async (c) => {
    const { id = '' } = await fieldsOf(c);
    const { deps, visitor } = await pageContext(c);
    await removePasskey(deps, visitor, id);
    return redirectAfter(c, '/profile', 'passkey_removed');
  });

  app.post('/profile/sessions/end-others', async (c) => {
    await fieldsOf(c);
    const { deps, visitor } = await pageContext(c);
    await endOtherSessions(deps, visitor);
    return redirectAfter(c, '/profile', 'session_ended');
  });

  return app;
}

/** A wrong password or code is said at its field. */
async function at<T>(field: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'auth_failed') throw new ApiError('auth_failed', `${field}: The password is wrong.`);
    if (error.code === 'auth_totp_wrong') throw new ApiError('auth_totp_wrong', `${field}: ${error.message}`);
    throw error;
  });
}

async function profilePage(frame: PageContext, draft: Draft) {
  const { deps, visitor } = frame;
  const [sessions, passkeys] = await Promise.all([listSessions(deps, visitor), listPasskeys(deps, visitor)]);
  return <ProfilePage frame={frame} sessions={sessions} passkeys={passkeys} draft={draft} />;
}
