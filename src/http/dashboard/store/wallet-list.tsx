// The wallets of a store: the one in use with the state of its gap, those before it, and the form for another one. Called
// by wallets.tsx.

import type { ScriptType } from '../../../core/wallet/address.ts';
import { MAX_FILE_LENGTH } from '../../../core/wallet/exports.ts';
import { type Gap, USUAL_GAP_LIMIT } from '../../../services/wallets/files.ts';
import type { WalletRow } from '../../../services/wallets/wallets.ts';
import { FileField, Form, FormProblem, TextArea, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Danger, FactList, PageHead } from '../parts.tsx';
import { SCRIPT_TYPE } from '../text.ts';

interface WalletsProps {
  frame: StorePageContext;
  active: WalletRow | null;
  others: WalletRow[];
  gap: Gap | null;
  draft: FormDraft;
}

export function WalletsPage({ frame, active, others, gap, draft }: WalletsProps) {
  const { store, person } = frame;
  const isOwner = may(person, 'owner') && store.archivedAtMs === null;
  const isPasting = draft.errors.text !== undefined || (draft.problem !== null && draft.values.text !== undefined);
  return (
    <Shell title="Wallets" frame={frame} store={store} tab="/wallets">
      <PageHead title="Wallets" lead="Payments go straight from the buyer to your own wallet." />
      {draft.problem !== null && !isPasting && <Callout tone="stop">{draft.problem}</Callout>}
      {active && <ActiveWallet frame={frame} wallet={active} gap={gap} isOwner={isOwner} />}
      {active === null && !isOwner && (
        <Callout tone="warn">No wallet is connected yet. Only an owner can connect one.</Callout>
      )}
      {isOwner &&
        (active === null || isPasting ? (
          <Paste
            frame={frame}
            draft={draft}
            title={active === null ? 'Connect your wallet' : 'Connect another wallet'}
          />
        ) : (
          <details class="more boxed">
            <summary>Connect another wallet</summary>
            <Paste frame={frame} draft={draft} title="Connect another wallet" />
          </details>
        ))}
      {others.length > 0 && (
        <Card
          title="Previous wallets"
          lead="SatLane keeps watching their addresses, so it still recognises late payments."
        >
          <ul class="lines">
            {others.map((wallet) => (
              <li>
                <div>
                  <strong>{titleOf(wallet)}</strong>
                  <p class="hint">
                    {kindOf(wallet)} on {wallet.network}, since <At ms={wallet.createdAtMs} />
                  </p>
                  <Files frame={frame} wallet={wallet} />
                </div>
                {isOwner && (
                  <Danger summary="Use again" warning="New invoices get their addresses from this wallet again.">
                    <Action to={`/stores/${store.id}/wallets/${wallet.id}/use`} kind="">
                      Use it
                    </Action>
                  </Danger>
                )}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Shell>
  );
}

function ActiveWallet(props: { frame: StorePageContext; wallet: WalletRow; gap: Gap | null; isOwner: boolean }) {
  const { frame, wallet, gap, isOwner } = props;
  const { store, deps } = frame;
  const isLive = wallet.network === deps.config.NETWORK;
  return (
    <Card title={titleOf(wallet)} id="active-wallet" aside={<Badge tone="good">In use</Badge>}>
      <FactList
        rows={[
          ['Addresses', kindOf(wallet)],
          ['Network', isLive ? wallet.network : `${wallet.network}: for test invoices only`],
          ['Connected', <At ms={wallet.createdAtMs} />],
          gap && ['Unpaid in a row', `${Math.max(0, gap.unusedInARow)} of ${gap.gapLimit}`],
        ]}
      />
      {gap && (
        <progress
          value={Math.min(gap.unusedInARow, gap.gapLimit)}
          max={gap.gapLimit}
          aria-label="Unpaid addresses in a row"
        />
      )}
      <WalletHistory wallet={wallet} isLive={isLive} />
      {gap?.warning && <Callout tone="warn">{gap.warning}</Callout>}
      <p class="hint">
        Most wallets check {USUAL_GAP_LIMIT} unpaid addresses in a row. Set the gap limit of yours to {wallet.gapLimit},
        so that it shows everything.
      </p>
      <Files frame={frame} wallet={wallet} />
      {isOwner && (
        <details class="more">
          <summary>Name and gap limit</summary>
          <Form to={`/stores/${store.id}/wallets/${wallet.id}`} submit="Save" quiet>
            <TextField
              draft={draftOf({ label: wallet.label })}
              name="label"
              label="Name"
              optional
              maxlength={100}
              autocomplete="off"
            />
            <TextField
              draft={draftOf({ gap_limit: wallet.gapLimit })}
              name="gap_limit"
              label="Gap limit"
              hint="Raise it in your wallet first, then here."
              inputmode="numeric"
              autocomplete="off"
            />
          </Form>
        </details>
      )}
    </Card>
  );
}

/** What was found out about the wallet's addresses, and where new invoices begin. */
function WalletHistory({ wallet, isLive }: { wallet: WalletRow; isLive: boolean }) {
  const { usedBefore, poolFloor, historyCheckedAtMs, reusedAtMs } = wallet;
  const count = usedBefore === 1 ? '1 address of this wallet has' : `${usedBefore} addresses of this wallet have`;
  return (
    <>
      {usedBefore > 0 && (
        <p class="hint">
          {count} been used before. The next invoice gets address number {poolFloor}.
        </p>
      )}
      {isLive && historyCheckedAtMs === null && (
        <p class="hint">
          SatLane is checking which addresses of this wallet have been used. It skips those that have. You can create
          invoices meanwhile.
        </p>
      )}
      {reusedAtMs !== null && (
        <Callout tone="warn">
          A payment without an invoice reached an address of this wallet (<At ms={reusedAtMs} />
          ). Something else hands out the same addresses: your wallet app, another shop, or another payment service.
          Create a new account in your wallet app, use it for SatLane alone, and connect it here.
        </Callout>
      )}
    </>
  );
}

function Files({ frame, wallet }: { frame: StorePageContext; wallet: WalletRow }) {
  const to = `/v1/stores/${frame.store.id}/wallets/${wallet.id}`;
  return (
    <details class="more">
      <summary>Addresses, labels, money missing in your wallet?</summary>
      <ul class="links">
        <li>
          <a href={`${to}/rescue?format=electrum`}>Find my money in Electrum</a>
        </li>
        <li>
          <a href={`${to}/rescue?format=sparrow`}>Find my money in Sparrow</a>
        </li>
        <li>
          <a href={`/stores/${frame.store.id}/wallets/${wallet.id}/addresses`}>Which invoice has which address</a>
        </li>
        <li>
          <a href={`${to}/labels`}>Labels of all addresses, for wallets that read BIP 329</a>
        </li>
      </ul>
    </details>
  );
}

function Paste({ frame, draft, title }: { frame: StorePageContext; draft: FormDraft; title: string }) {
  return (
    <Card
      title={title}
      lead="Paste the public key of your wallet: an xpub, ypub, zpub, a descriptor, or an export of Electrum, Sparrow, Coldcard and others."
    >
      <form method="post" action={`/stores/${frame.store.id}/wallets`} class="form" enctype="multipart/form-data">
        <FormToken />
        <FormProblem draft={draft} />
        <TextArea
          draft={draft}
          name="text"
          label="Public key or export"
          hint="A public key derives addresses and cannot spend. Never paste a seed or a private key, here or anywhere."
          rows={4}
          maxlength={MAX_FILE_LENGTH}
          secret
          required={false}
        />
        <FileField
          draft={draft}
          name="file"
          label="Or its file"
          hint="A wallet file or an export without private keys, up to 1 MiB."
        />
        <div class="form-actions">
          <button type="submit" class="button">
            Show its addresses
          </button>
        </div>
        <details class="more">
          <summary>Where do I find it?</summary>
          <ul class="help">
            <li>
              <strong>Sparrow</strong>: Settings ▸ Keystores, the field “xpub”; or File ▸ Export Wallet ▸ Descriptor.
            </li>
            <li>
              <strong>Electrum</strong>: Wallet ▸ Information, “Master Public Key”.
            </li>
            <li>
              <strong>BlueWallet</strong>: the wallet ▸ ⋯ ▸ Show Wallet XPUB.
            </li>
            <li>
              <strong>Ledger, Trezor</strong>: Ledger Live or Trezor Suite, the account’s details, “extended public
              key”.
            </li>
          </ul>
          <p class="hint">An account of its own for the shop keeps its history apart from yours.</p>
        </details>
      </form>
    </Card>
  );
}

export function titleOf(wallet: WalletRow): string {
  return wallet.label || `${kindOf(wallet)} wallet`;
}

function kindOf(wallet: WalletRow): string {
  return SCRIPT_TYPE[wallet.scriptType as ScriptType]?.word ?? wallet.scriptType;
}
