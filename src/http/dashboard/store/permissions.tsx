// What an API key may do, in sentences: the choice for a new key, and the list of one that is limited. Called by keys.tsx.

import { PERMISSIONS, type Permission } from '../../../services/access/permissions.ts';
import { CheckField, RadioField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';

/** What each opens in SatLane. */
const OWN: Partial<Record<Permission, string>> = {
  'btcpay.store.cancreateinvoice': 'Create invoices. Enough for a checkout that shows SatLane’s page.',
  'btcpay.store.canviewinvoices': 'Read invoices, their events and evidence, with the addresses of buyers.',
  'btcpay.store.canmodifyinvoices': 'Create, read, cancel and review invoices, and resend their webhooks.',
  'btcpay.store.canviewstoresettings':
    'Read everything: settings, keys without their text, wallets’ addresses, invoices.',
  'btcpay.store.canmodifystoresettings':
    'Change everything that a manager may: settings, keys, webhooks, invoices. Never wallets.',
  'satlane.store.canrunpayoutagent':
    'Pay approved Lightning payouts from your own machine: for “satlane payouts”, and nothing else.',
  unrestricted: 'Everything, including features that SatLane adds later.',
};

/** Names that programs written for BTCPay Server ask for. */
const FOREIGN: Partial<Record<Permission, string>> = {
  'btcpay.store.webhooks.canmodifywebhooks': 'Manage webhooks.',
  'btcpay.store.cancreatelightninginvoice': 'Create BOLT11 invoices on the store’s Lightning node.',
  'btcpay.store.canviewlightninginvoice': 'Read the store’s BOLT11 invoices.',
  'btcpay.store.canmodifypaymentrequests': 'Create and change payment requests.',
  'btcpay.store.canviewpaymentrequests': 'Read payment requests.',
  'btcpay.store.canviewreports': 'Read reports.',
  'btcpay.store.canmanagepullpayments': 'Manage pull payments.',
  'btcpay.store.canarchivepullpayments': 'Archive pull payments.',
  'btcpay.store.cancreatepullpayments': 'Create pull payments.',
  'btcpay.store.cancreatenonapprovedpullpayments': 'Request pull payments.',
  'btcpay.store.canviewpullpayments': 'Read pull payments.',
  'btcpay.store.canmanagepayouts': 'Manage payouts.',
  'btcpay.store.canviewpayouts': 'Read payouts.',
  'btcpay.user.canviewprofile': 'Read the name and the e-mail address of the account’s owner.',
  'btcpay.user.canmanagenotificationsforuser': 'Manage notifications.',
  'btcpay.user.canviewnotificationsforuser': 'Read notifications.',
};

const entriesOf = (words: typeof OWN) => Object.entries(words) as [Permission, string][];

/** "All", or a set to tick; the set is shown where it counts, by the style sheet alone. */
export function PermissionFields({ draft }: { draft: FormDraft }) {
  const error = draft.errors.permissions;
  const chosen = draft.values.permissions?.split('\n') ?? [];
  return (
    <>
      <RadioField
        draft={draft}
        name="scope"
        label="What it may do"
        options={[
          { value: 'all', text: 'Full access to this store', hint: 'For a shop system that you trust fully.' },
          { value: 'some', text: 'Selected permissions', hint: 'A stolen key has only these permissions.' },
        ]}
      />
      <div class="when-some">
        <fieldset class="checks" aria-describedby={error === undefined ? undefined : 'permissions-error'}>
          <legend>Permissions</legend>
          {error !== undefined && (
            <p class="error" id="permissions-error">
              {error}
            </p>
          )}
          {entriesOf(OWN).map(([name, sentence]) => (
            <Choice draft={draft} name={name} sentence={sentence} />
          ))}
          <details class="more" open={entriesOf(FOREIGN).some(([name]) => chosen.includes(name))}>
            <summary>Permissions that programs for BTCPay Server request</summary>
            <p class="hint">Payouts are made from your own node or wallet, within the store’s limits.</p>
            {entriesOf(FOREIGN).map(([name, sentence]) => (
              <Choice draft={draft} name={name} sentence={sentence} />
            ))}
          </details>
        </fieldset>
      </div>
    </>
  );
}

function Choice({ draft, name, sentence }: { draft: FormDraft; name: Permission; sentence: string }) {
  const hint = <span class="mono">{name}</span>;
  return <CheckField draft={draft} name="permissions" value={name} label={sentence} hint={hint} />;
}

/** For keys of plugins that are older than BTCPay Server 2.0. */
export function OldShapes({ draft }: { draft: FormDraft }) {
  return (
    <details class="more">
      <summary>For old plugins</summary>
      <CheckField
        draft={draft}
        name="old_shapes"
        label="Answer as BTCPay Server 1.x"
        hint="Only if the plugin was written for a version before 2.0 and cannot read the payment methods."
      />
    </details>
  );
}

export function sentenceOf(name: Permission): string {
  return OWN[name] ?? FOREIGN[name] ?? name;
}

/** Of a key that is limited. */
export function PermissionList({ permissions }: { permissions: string[] }) {
  return (
    <details class="more">
      <summary>What it may do</summary>
      <ul class="help">
        {permissions.map((held) => {
          const name = PERMISSIONS.find((known) => known === held.split(':')[0]);
          return (
            <li>
              {name && sentenceOf(name)} <span class="mono">{held}</span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
