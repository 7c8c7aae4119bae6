// The second step of connecting a wallet: its first addresses, to be compared with the wallet's own. Called by wallets.tsx.

import type { Recognition } from '../../../core/wallet/recognise.ts';
import type { Wallet } from '../../../core/wallet/wallet.ts';
import { Address } from '../../ui/parts.tsx';
import { FormProblem, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, PageHead } from '../parts.tsx';
import { SCRIPT_TYPE } from '../text.ts';

interface ConfirmProps {
  frame: StorePageContext;
  recognition: Recognition & { usableLive: boolean };
  draft: FormDraft;
}

export function ConfirmPage({ frame, recognition, draft }: ConfirmProps) {
  const { store, deps } = frame;
  const { candidates, usableLive, source, network } = recognition;
  const to = `/stores/${store.id}/wallets`;
  const isChoice = candidates.length > 1;
  const error = draft.errors.script_type;
  return (
    <Shell title="Compare addresses" frame={frame} store={store} tab="/wallets">
      <PageHead
        title="Compare three addresses"
        back={{ href: to, text: 'Paste another key' }}
        lead={`Recognised: ${source}. Open the list of receiving addresses in your wallet and check that it begins with these. Indexes count from 0, as in your wallet.`}
      />
      {!usableLive && (
        <Callout tone="warn">
          This wallet is on {network}. It works for test invoices; to go live you need one on {deps.config.NETWORK}.
        </Callout>
      )}
      {store.walletId !== null && (
        <Callout tone="warn">
          It replaces the current wallet: new invoices get their addresses from it. SatLane keeps watching the previous
          addresses.
        </Callout>
      )}
      <form method="post" action={`${to}/confirm`} class="form wide-form">
        <FormToken />
        <FormProblem draft={draft} />
        <input type="hidden" name="sealed" value={draft.values.sealed} />
        <fieldset
          class={error === undefined ? 'choices' : 'choices wrong'}
          aria-describedby={error === undefined ? undefined : 'script_type-error'}
        >
          <legend>{isChoice ? 'Which of these does your wallet show?' : 'Your wallet shows these addresses'}</legend>
          {error !== undefined && (
            <p class="error" id="script_type-error">
              {error}
            </p>
          )}
          {candidates.map(({ wallet, addresses }, place) => (
            <label class="choice">
              <input
                type="radio"
                name="script_type"
                value={wallet.scriptType}
                checked={draft.values.script_type === wallet.scriptType}
                autofocus={(error !== undefined && place === 0) || undefined}
                required
              />
              <span class="choice-body">
                <strong>{SCRIPT_TYPE[wallet.scriptType].word}</strong>
                {network === 'mainnet' && <small>{SCRIPT_TYPE[wallet.scriptType].hint}</small>}
                {wallet.keys.length > 1 && <Signers wallet={wallet} />}
                <span class="choice-addresses">
                  {addresses.map(({ index, address }) => (
                    <span class="mono">
                      <span class="ordinal">{index}</span> <Address address={address} />
                    </span>
                  ))}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
        <Callout tone="calm" icon="look">
          None of them? Do not continue: payments would go where you do not see them. Export the public key of the
          account that you use.
        </Callout>
        <Card>
          <div class="form">
            <TextField
              draft={draft}
              name="label"
              label="Name for this wallet"
              optional
              maxlength={100}
              autocomplete="off"
            />
            <details class="more" open={draft.errors.gap_limit !== undefined || draft.errors.start_index !== undefined}>
              <summary>For wallets already in use</summary>
              <TextField
                draft={draft}
                name="start_index"
                label="First address to issue"
                hint="Its index in your wallet: 0 for a new account. If other programs have issued addresses, enter a number after the last one."
                inputmode="numeric"
                autocomplete="off"
              />
              <TextField
                draft={draft}
                name="gap_limit"
                label="Gap limit"
                hint="How many unpaid addresses in a row your wallet checks. Set the same number in your wallet, if it has this setting."
                inputmode="numeric"
                autocomplete="off"
              />
            </details>
            <div class="form-actions">
              <button type="submit" class="button">
                They match: connect wallet
              </button>
              <a class="button quiet" href={to}>
                Back
              </a>
            </div>
          </div>
        </Card>
      </form>
    </Shell>
  );
}

function Signers({ wallet: { required, keys } }: { wallet: Wallet }) {
  return (
    <small>
      {required} of {keys.length} keys have to sign. Their fingerprints:{' '}
      <span class="mono">{keys.map(({ fingerprint }) => fingerprint ?? 'unknown').join(', ')}</span>
    </small>
  );
}
