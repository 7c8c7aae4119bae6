// The pages of the second factor: the code to scan, the first code, and the recovery codes, shown once. Called by
// profile.tsx.

import type { Enrolment } from '../../../services/accounts/totp.ts';
import { CopyField } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr.tsx';
import { Form, TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import type { PageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, PageHead } from '../parts.tsx';

const BACK = { href: '/profile', text: 'Profile' };

/** @param draft after a wrong code: key and recovery codes stay, for they are shown nowhere else */
export function EnrolPage(props: { frame: PageContext; enrolment: Enrolment; draft: FormDraft }) {
  const { frame, enrolment, draft } = props;
  const { uri, recoveryCodes } = enrolment;
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  return (
    <Shell title="Set up your authenticator" frame={frame}>
      <div class="narrow">
        <PageHead title="Set up your authenticator" back={BACK} />
        <Card title="1. Scan this code" lead="Use an authenticator app on your phone.">
          <div class="qr-box">
            <QrCode data={uri} label="QR code for your authenticator app" />
          </div>
          <div class="fields">
            <CopyField id="totp-secret" label="Or type this key" value={secret} />
          </div>
        </Card>
        <Card
          title="2. Save your recovery codes"
          lead="If you lose your phone, enter one of these in place of a code. Each works once. They are shown only now."
        >
          <Codes codes={recoveryCodes} />
        </Card>
        <Card title="3. Enter the first code">
          <CodeForm draft={{ ...draft, values: {} }} enrolment={enrolment} />
        </Card>
      </div>
    </Shell>
  );
}

export function ConfirmTotpPage({ frame, draft }: { frame: PageContext; draft: FormDraft }) {
  return (
    <Shell title="Enter the code" frame={frame}>
      <div class="narrow">
        <PageHead
          title="Enter the code"
          back={BACK}
          lead="Your app already has the key. Its codes change every 30 seconds."
        />
        <Card>
          <CodeForm draft={{ ...draft, values: {} }} />
        </Card>
      </div>
    </Shell>
  );
}

export function RecoveryCodesPage({ frame, codes }: { frame: PageContext; codes: string[] }) {
  return (
    <Shell title="Recovery codes" frame={frame}>
      <div class="narrow">
        <PageHead title="Your new recovery codes" back={BACK} />
        <Callout tone="warn">Copy them now. They are shown this once; the ones before stopped working.</Callout>
        <Card>
          <Codes codes={codes} />
          <p class="form-actions">
            <a class="button" href="/profile">
              I saved the codes
            </a>
          </p>
        </Card>
      </div>
    </Shell>
  );
}

function Codes({ codes }: { codes: string[] }) {
  return (
    <>
      <ul class="codes">
        {codes.map((code) => (
          <li class="mono">{code}</li>
        ))}
      </ul>
      <div class="fields">
        <CopyField id="codes" label="All of them" value={codes.join('\n')}>
          {codes.length} codes
        </CopyField>
      </div>
    </>
  );
}

function CodeForm({ draft, enrolment }: { draft: FormDraft; enrolment?: Enrolment }) {
  return (
    <Form to="/profile/totp/confirm" draft={draft} submit="Switch it on">
      {enrolment && <input type="hidden" name="uri" value={enrolment.uri} />}
      {enrolment && <input type="hidden" name="codes" value={enrolment.recoveryCodes.join(' ')} />}
      <TextField
        draft={draft}
        name="code"
        label="Six digits"
        inputmode="numeric"
        autocomplete="one-time-code"
        maxlength={6}
      />
    </Form>
  );
}
