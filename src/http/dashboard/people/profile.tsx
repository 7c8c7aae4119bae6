// /profile: one's own password, second factor, recovery codes and sessions.

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { endOtherSessions, endSession, listSessions } from '../../../services/access/sessions.ts';
import { askEmailChange } from '../../../services/accounts/email-change.ts';
import { listPasskeys, removePasskey } from '../../../services/accounts/passkeys.ts';
import { change } from '../../../services/accounts/passwords.ts';
import { confirm, disable, type Enrolment, enable, renewRecoveryCodes } from '../../../services/accounts/totp.ts';
import type { HonoEnv } from '../../api/http.ts';
import { email, newPassword, password, setCookies } from '../../api/native/person.ts';
import { limitAttempts } from '../entry/login.tsx';
import { BLANK, type FormDraft, formFields, formsOn } from '../forms.ts';
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
  app.get('/profile', async (c) => page(c, await profilePage(await pageContext(c), BLANK)));

  const form = formsOn(app, pageContext, profilePage);
  form('/profile/password', passwordForm, async ({ deps, visitor }, words, c) => {
    await limitAttempts(c);
    const changed = change(deps, c.req.raw, visitor, { current: words.current, next: words.new });
    setCookies(c, await at('current', changed));
    return redirectAfter(c, '/profile', 'password_changed');
  });
  form('/profile/email', emailForm, async ({ deps, visitor }, { email, email_password: password }, c) => {
    await limitAttempts(c);
    await at('email_password', askEmailChange(deps, c.req.raw, visitor, { email, password }));
    return redirectAfter(c, '/profile', 'email_sent');
  });
  form('/profile/totp', totpForm, async (frame, { totp_password: password }, c) => {
    await limitAttempts(c);
    const enrolment = await at('totp_password', enable(frame.deps, c.req.raw, frame.visitor, password));
    return page(c, <EnrolPage frame={frame} enrolment={enrolment} draft={BLANK} />);
  });
  form('/profile/totp/off', offForm, async ({ deps, visitor }, { off_password: password }, c) => {
    await limitAttempts(c);
    setCookies(c, await at('off_password', disable(deps, c.req.raw, visitor, password)));
    return redirectAfter(c, '/profile', 'totp_off');
  });
  form('/profile/totp/codes', codesForm, async (frame, { codes_password: password }, c) => {
    await limitAttempts(c);
    const codes = await at('codes_password', renewRecoveryCodes(frame.deps, c.req.raw, frame.visitor, password));
    return page(c, <RecoveryCodesPage frame={frame} codes={codes} />);
  });

  const confirmation = formsOn(app, pageContext, (frame, draft) => {
    const enrolment = enrolmentIn(draft);
    return enrolment ? (
      <EnrolPage frame={frame} enrolment={enrolment} draft={draft} />
    ) : (
      <ConfirmTotpPage frame={frame} draft={draft} />
    );
  });
  confirmation('/profile/totp/confirm', codeForm, async ({ deps, visitor }, { code }, c) => {
    await limitAttempts(c);
    setCookies(c, await at('code', confirm(deps, c.req.raw, visitor, code)));
    return redirectAfter(c, '/profile', 'totp_on');
  });

  app.post('/profile/sessions/:sid/end', async (c) => {
    await formFields(c);
    const { deps, visitor } = await pageContext(c);
    await endSession(deps, visitor, c.req.param('sid'));
    return redirectAfter(c, '/profile', 'session_ended');
  });

  app.post('/profile/passkeys/remove', async (c) => {
    const { id = '' } = await formFields(c);
    const { deps, visitor } = await pageContext(c);
    await removePasskey(deps, visitor, id);
    return redirectAfter(c, '/profile', 'passkey_removed');
  });

  app.post('/profile/sessions/end-others', async (c) => {
    await formFields(c);
    const { deps, visitor } = await pageContext(c);
    await endOtherSessions(deps, visitor);
    return redirectAfter(c, '/profile', 'session_ended');
  });

  return app;
}

/** What the page with the form has shown; null where that was another page. */
function enrolmentIn({ values: { uri = '', codes = '' } }: FormDraft): Enrolment | null {
  const isShown =
    /^otpauth:\/\/totp\/[\x21-\x7e]{1,500}$/.test(uri) && /^[\w-]{4,40}(?: [\w-]{4,40}){0,20}$/.test(codes);
  return isShown ? { uri, recoveryCodes: codes.split(' ') } : null;
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

async function profilePage(frame: PageContext, draft: FormDraft) {
  const { deps, visitor } = frame;
  const [sessions, passkeys] = await Promise.all([listSessions(deps, visitor), listPasskeys(deps, visitor)]);
  return <ProfilePage frame={frame} sessions={sessions} passkeys={passkeys} draft={draft} />;
}
