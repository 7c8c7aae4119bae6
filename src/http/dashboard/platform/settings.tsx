// /platform/settings: what the operator may set without a deployment. Empty is the default.

import { Hono } from 'hono';
import * as z from 'zod';
import { readTypedWhole } from '../../../core/money/typed.ts';
import { EXCHANGE_NAMES, platformSettingsOf, updatePlatformSettings } from '../../../services/platform/settings.ts';
import type { HonoEnv } from '../../api/http.ts';
import { changeOf, SETTINGS, type Setting, settingsBody, settingsChange } from '../../api/native/platform-settings.ts';
import { CheckField, FormProblem, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { draftOf, type FormDraft, formsOn } from '../forms.ts';
import { type PageContext, page, redirectAfter } from '../http.tsx';
import { Card, PageHead } from '../parts.tsx';
import { operatorPageContext, PlatformShell } from './frame.tsx';

type Settings = ReturnType<typeof settingsBody>;

const numberOrNull = (text = '') => {
  const trimmed = text.trim();
  return trimmed === '' ? null : (readTypedWhole(trimmed) ?? Number.NaN);
};

/** The form as the body of PATCH /v1/platform/settings, whose rules then hold for both. */
const settingsForm = z
  .record(z.string(), z.string())
  .transform((form) =>
    Object.fromEntries(
      SETTINGS.map((field) => [
        field,
        field === 'rate_sources' ? (form[field]?.split('\n') ?? null) : numberOrNull(form[field]),
      ]),
    ),
  )
  .pipe(settingsChange);

export function platformSettingsRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/platform/settings';

  app.get(path, async (c) => {
    const frame = await operatorPageContext(c);
    const settings = settingsBody(await platformSettingsOf(frame.deps));
    return page(c, <SettingsPage frame={frame} settings={settings} draft={draftFrom(settings)} />);
  });

  const form = formsOn(app, operatorPageContext, async (frame, draft) => (
    <SettingsPage frame={frame} settings={settingsBody(await platformSettingsOf(frame.deps))} draft={draft} />
  ));
  form(path, settingsForm, async ({ deps, person }, change, c) => {
    await updatePlatformSettings(deps, person, changeOf(change));
    return redirectAfter(c, path, 'platform_saved');
  });

  return app;
}

function draftFrom(settings: Settings): FormDraft {
  const text = ({ value, is_set }: Setting) => (is_set ? [value].flat().join('\n') : '');
  return draftOf(Object.fromEntries(SETTINGS.map((field) => [field, text(settings[field])])));
}

const usual = ({ default: value }: Setting): string => [value].flat().join(', ');

function SettingsPage({ frame, settings, draft }: { frame: PageContext; settings: Settings; draft: FormDraft }) {
  const field = (name: keyof Settings, label: string, hint: string) => (
    <TextField
      draft={draft}
      name={name}
      label={label}
      hint={`${hint} Empty for ${usual(settings[name])}.`}
      inputmode="numeric"
      optional
    />
  );
  return (
    <PlatformShell title="Settings" tab="/settings" frame={frame}>
      <div class="narrow">
        <PageHead title="Settings" lead="They override the deployment’s configuration, without a new deployment." />
        <form method="post" action="/platform/settings" class="stack">
          <FormToken />
          <FormProblem draft={draft} />
          <Card title="New invoices" lead="For new invoices. Existing ones keep their values.">
            <div class="form">
              {field('fee_bp', 'Fee in basis points', 'Of each invoice that is settled; 100 are 1 %.')}
              {field(
                'payment_tolerance_bp',
                'Tolerance in basis points',
                'How far a payment may differ from the amount, unless a store sets its own.',
              )}
            </div>
          </Card>
          <RateSources settings={settings} draft={draft} />
          <Card title="Limits" lead="Changes apply within a minute.">
            <div class="form">
              {field('creates_per_minute', 'Invoices a minute', 'Of one API key, from 1 to 1,000.')}
              {field(
                'auth_per_second',
                'Log-ins a second',
                'Of one IP address, from 1 to 50; sign-ups and the like too.',
              )}
              {field('requests_per_second', 'Requests a second', 'Of one IP address, from 5 to 200.')}
            </div>
          </Card>
          <div class="form-actions">
            <button type="submit" class="button">
              Save settings
            </button>
          </div>
        </form>
      </div>
    </PlatformShell>
  );
}

function RateSources({ settings, draft }: { settings: Settings; draft: FormDraft }) {
  const error = draft.errors.rate_sources;
  return (
    <Card
      title="Exchange rates"
      lead="Changes apply within a minute. With several sources two must agree; a single one is trusted."
    >
      <fieldset class="checks" aria-describedby={error === undefined ? undefined : 'rate_sources-error'}>
        <legend>Sources</legend>
        <p class="hint">Tick none for the default: {usual(settings.rate_sources)}.</p>
        {error !== undefined && (
          <p class="error" id="rate_sources-error">
            {error}
          </p>
        )}
        {EXCHANGE_NAMES.map((name) => (
          <CheckField draft={draft} name="rate_sources" value={name} label={name} />
        ))}
      </fieldset>
    </Card>
  );
}
