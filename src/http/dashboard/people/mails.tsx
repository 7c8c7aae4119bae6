// /profile/mails: which mails one gets of which store.

import { Hono } from 'hono';
import * as z from 'zod';
import { hasKind, MAIL_KINDS, MAILS_PER_HOUR, ofEachKind } from '../../../core/invoice/mail-digest.ts';
import { type ChoiceRow, changeChoices, listChoices } from '../../../services/mails/choices.ts';
import type { HonoEnv } from '../../api/http.ts';
import { FormToken } from '../form-token.tsx';
import { BLANK, type FormDraft, formsOn } from '../forms.ts';
import { type PageContext, page, pageContext, redirectAfter } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Badge, Callout, Card, PageHead } from '../parts.tsx';
import { MAILS } from '../text.ts';

/** A box that is not ticked is not sent. */
const box = z
  .string()
  .optional()
  .transform((value) => value !== undefined);
const choiceForm = z.object(ofEachKind(() => box));

export function mailRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/profile/mails', async (c) => page(c, await mailsPage(await pageContext(c), BLANK)));

  const form = formsOn(app, pageContext, mailsPage);
  form('/profile/mails/:store', choiceForm, async ({ deps, person }, choices, c) => {
    const store = c.req.param('store') ?? '';
    await changeChoices(deps, person, store, choices);
    return redirectAfter(c, `/profile/mails#store-${store}`, 'mails_saved');
  });

  return app;
}

async function mailsPage(frame: PageContext, draft: FormDraft) {
  const choices = await listChoices(frame.deps, frame.person);
  return (
    <Shell title="Mails" frame={frame}>
      <div class="narrow">
        <PageHead
          title="Mails"
          back={{ href: '/profile', text: 'Profile' }}
          lead={`To ${frame.person.email}. Of each kind and store at most ${MAILS_PER_HOUR} an hour; a busy hour ends with one summary.`}
        />
        {draft.problem !== null && <Callout tone="stop">{draft.problem}</Callout>}
        {frame.deps.mailer === null && <Callout tone="warn">This deployment cannot send mail.</Callout>}
        {choices.length === 0 && <p>No stores yet. You choose mails for each store.</p>}
        {choices.map((choice) => (
          <StoreMails choice={choice} />
        ))}
      </div>
    </Shell>
  );
}

function StoreMails({ choice: { storeId, name, testMode, kinds } }: { choice: ChoiceRow }) {
  return (
    <Card
      title={name}
      id={`store-${storeId}`}
      {...(testMode && { aside: <Badge tone="wait">Test mode</Badge>, lead: 'Simulated payments send no mail.' })}
    >
      <form method="post" action={`/profile/mails/${storeId}`} class="form">
        <FormToken />
        <div class="checks">
          {MAIL_KINDS.map((kind) => {
            const id = `${kind}-${storeId}`;
            return (
              <div class="check">
                <input
                  type="checkbox"
                  id={id}
                  name={kind}
                  value="on"
                  checked={hasKind(kinds, kind)}
                  aria-describedby={`${id}-hint`}
                />
                <label for={id}>{MAILS[kind].word}</label>
                <p class="hint" id={`${id}-hint`}>
                  {MAILS[kind].hint}
                </p>
              </div>
            );
          })}
        </div>
        <div class="form-actions">
          <button type="submit" class="button quiet" aria-label={`Save mails of ${name}`}>
            Save
          </button>
        </div>
      </form>
    </Card>
  );
}
