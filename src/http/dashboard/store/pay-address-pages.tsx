// The Lightning addresses of a store, and one of them with its codes to print. Called by pay-addresses.tsx.

import { MAX_NAME_LENGTH, MAX_SUCCESS_MESSAGE, payCodesOf } from '../../../core/lightning/pay-request.ts';
import type { LightningName } from '../../../services/lnurl/names.ts';
import { CopyField } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr.tsx';
import { satsText } from '../../ui/text.ts';
import { Form, TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, Badge, Callout, Card, Danger, Empty, PageHead } from '../parts.tsx';

const hostOf = ({ deps }: StorePageContext) => new URL(deps.config.ORIGIN).host;

interface ListProps {
  frame: StorePageContext;
  names: LightningName[];
  draft: FormDraft;
}

export function PayAddressesPage({ frame, names, draft }: ListProps) {
  const { store, person } = frame;
  const isOwner = may(person, 'owner') && store.archivedAtMs === null;
  const to = `/stores/${store.id}/lightning-addresses`;
  const host = hostOf(frame);
  return (
    <Shell title="Lightning addresses" frame={frame} store={store} tab="/lightning">
      <PageHead
        title="Lightning addresses"
        back={{ href: `/stores/${store.id}/lightning`, text: 'Lightning' }}
        lead="A name and a QR code that never change, for a counter, a website or a donation page. The payer enters the amount. Each payment becomes a paid invoice."
      />
      <Card title="Addresses">
        {names.length === 0 ? (
          <Empty icon="look" title="No Lightning addresses yet">
            <p>{isOwner ? 'Choose a name below.' : 'Only an owner can add one.'}</p>
          </Empty>
        ) : (
          <ul class="lines">
            {names.map(({ name, minSats, maxSats, enabled }) => (
              <li>
                <div>
                  <a href={`${to}/${name}`}>
                    <strong class="mono">
                      {name}@{host}
                    </strong>
                  </a>{' '}
                  {!enabled && <Badge tone="warn">Off</Badge>}
                  <p class="hint">
                    {satsText(BigInt(minSats))} to {satsText(BigInt(maxSats))}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Card>
      {isOwner && (
        <Card title="New Lightning address">
          <Form to={to} draft={draft} submit="Add address">
            <TextField
              draft={draft}
              name="name"
              label={`Name before @${host}`}
              hint="a to z, 0 to 9, hyphen, underscore and dot. You cannot change it later."
              maxlength={MAX_NAME_LENGTH}
              autocomplete="off"
            />
            <TermFields draft={draft} />
          </Form>
        </Card>
      )}
    </Shell>
  );
}

function TermFields({ draft }: { draft: FormDraft }) {
  return (
    <>
      <TextField
        draft={draft}
        name="min_sats"
        label="Smallest payment, in sats"
        inputmode="numeric"
        autocomplete="off"
      />
      <TextField
        draft={draft}
        name="max_sats"
        label="Largest payment, in sats"
        inputmode="numeric"
        autocomplete="off"
      />
      <TextField
        draft={draft}
        name="comment_length"
        label="Length of a payer’s comment, in characters"
        hint="0 for no comment. You find it in the metadata of the invoice."
        inputmode="numeric"
        autocomplete="off"
      />
      <TextField
        draft={draft}
        name="success_message"
        label="Message after the payment"
        hint="The payer’s wallet shows it."
        maxlength={MAX_SUCCESS_MESSAGE}
        autocomplete="off"
        optional
      />
    </>
  );
}

interface OneProps {
  frame: StorePageContext;
  known: LightningName;
  draft: FormDraft;
}

export function PayAddressPage({ frame, known, draft }: OneProps) {
  const { store, person } = frame;
  const isOwner = may(person, 'owner') && store.archivedAtMs === null;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const to = `/stores/${store.id}/lightning-addresses/${known.name}`;
  const { address, lnurl, link } = payCodesOf(known.name, hostOf(frame));
  return (
    <Shell title={address} frame={frame} store={store} tab="/lightning">
      <PageHead
        title={<span class="mono">{known.name}</span>}
        badge={!known.enabled && <Badge tone="warn">Off</Badge>}
        back={{ href: `/stores/${store.id}/lightning-addresses`, text: 'Lightning addresses' }}
      />
      {store.testMode && (
        <Callout tone="calm">
          This store is in test mode: a payment request becomes an open invoice, and you simulate its payment there.
        </Callout>
      )}
      <section class="card poster" aria-label="QR code to print">
        <p class="poster-name">{store.name}</p>
        <div class="qr-box">
          <QrCode data={lnurl} label={`QR code that pays ${address}`} />
        </div>
        <p class="mono">{address}</p>
        <p class="hint">Scan with a Lightning wallet</p>
      </section>
      <Card
        title="Codes"
        lead="Print this page: the printout holds the code alone. Or download it for your own design."
      >
        <p class="form-actions">
          <a class="button quiet" href={`${to}/lnurl.svg`}>
            Download QR code
          </a>
          <a class="button quiet" href={`${to}/link.svg`}>
            Download as lnurlp code
          </a>
        </p>
        <div class="fields">
          <CopyField id="address" label="Lightning address" value={address} />
          <CopyField id="lnurl" label="LNURL, which every wallet reads" value={lnurl} />
          <CopyField id="link" label="Link for newer wallets" value={link} />
        </div>
      </Card>
      {isManager && (
        <Card title="Settings">
          <Form to={to} draft={draft} submit="Save" quiet>
            <TermFields draft={draft} />
          </Form>
          <Action to={`${to}/enabled`} hidden={{ enabled: known.enabled ? 'off' : 'on' }}>
            {known.enabled ? 'Switch off' : 'Switch on'}
          </Action>
          {isOwner && (
            <Danger
              summary="Remove"
              warning="Wallets can no longer pay printed codes. No other store can take the name; yours can."
            >
              <Action to={`${to}/remove`} kind="stop">
                Remove address
              </Action>
            </Danger>
          )}
        </Card>
      )}
    </Shell>
  );
}
