// Tokens of mails. They come behind a # so that no log and no Referer holds them, which only a script can read; without
// one the link is pasted. Called by the pages that a mail leads to.

import * as z from 'zod';
import { TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';

/** A token, or the whole link of the mail. */
export const tokenField = z
  .string()
  .trim()
  .max(2_200, 'Paste the whole link from the mail.')
  .transform((text) => /[#?&]token=([^&\s]+)/.exec(text)?.[1] ?? text)
  .pipe(z.string().min(1, 'Paste the link from the mail.').max(2_000, 'Paste the whole link from the mail.'));

/** The script fills it in and hides it. */
export function TokenField({ draft }: { draft: FormDraft }) {
  return (
    <div data-token>
      <TextField
        draft={draft}
        name="token"
        label="Link from the mail"
        hint="Open the link in our mail, or copy it whole and paste it here."
        autocomplete="off"
      />
    </div>
  );
}
