// /unsubscribe: where the link in a store's mails leads, without a log-in. Following it changes nothing, since mail
// scanners follow links; the button does, and what mail programs post (RFC 8058).

import { Hono } from 'hono';
import { readAtMost } from '../../../core/text/bounded.ts';
import { ApiError } from '../../../errors.ts';
import { subscriptionOf, unsubscribe } from '../../../services/mails/choices.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { FormToken } from '../form-token.tsx';
import { page } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { MAILS } from '../text.ts';

const MAX_BODY_BYTES = 4_096;

export function unsubscribeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/unsubscribe', async (c) => {
    const token = c.req.query('token') ?? '';
    const { kind, choice } = await subscriptionOf(c.get('deps'), token);
    const to = `/unsubscribe?token=${encodeURIComponent(token)}`;
    return page(
      c,
      <Entry title="Stop these mails" below={<SettingsLink />}>
        <p>
          Store: <strong>{choice.name}</strong>
          <br />
          Mails: <strong>{MAILS[kind].word}</strong>
        </p>
        <form method="post" action={to}>
          <FormToken />
          <button type="submit" class="button wide">
            Stop these mails
          </button>
        </form>
        <form method="post" action={to}>
          <FormToken />
          <input type="hidden" name="all" value="1" />
          <button type="submit" class="button quiet wide">
            Stop all mails of this store
          </button>
        </form>
      </Entry>,
    );
  });

  // The token is what permits it: a mail program has no cookie and names no origin.
  app.post('/unsubscribe', async (c) => {
    const isAll = await asksForAll(c);
    const { kind, choice } = await unsubscribe(c.get('deps'), c.req.query('token') ?? '', isAll);
    return page(
      c,
      <Entry title="Mails stopped" below={<SettingsLink />}>
        <p>
          You get no more mails from <strong>{choice.name}</strong>
          {isAll ? '.' : <> of this kind: {MAILS[kind].word}.</>}
        </p>
      </Entry>,
    );
  });

  return app;
}

const SettingsLink = () => <a href="/profile/mails">Choose your mails</a>;

async function asksForAll(c: Ctx): Promise<boolean> {
  const bytes = await readAtMost(c.req.raw, MAX_BODY_BYTES);
  if (bytes === null) throw new ApiError('validation_error', 'The form is too large.');
  return new URLSearchParams(new TextDecoder().decode(bytes)).get('all') === '1';
}
