// /stores/:id/wallets: pasting a public key, comparing its first addresses, putting a wallet to use. What was pasted goes
// from the first step to the second sealed: no page ever holds it.

import { Hono } from 'hono';
import * as z from 'zod';
import { SCRIPT_TYPES } from '../../../core/wallet/address.ts';
import { MAX_FILE_LENGTH, withoutHistory } from '../../../core/wallet/exports.ts';
import { ApiError } from '../../../errors.ts';
import { readGap } from '../../../services/wallets/files.ts';
import {
  activateWallet,
  DEFAULT_GAP_LIMIT,
  listWallets,
  MAX_GAP_LIMIT,
  MIN_GAP_LIMIT,
  recogniseWallet,
  registerWallet,
  updateWallet,
  type WalletRow,
} from '../../../services/wallets/wallets.ts';
import type { HonoEnv } from '../../api/http.ts';
import { BLANK, draftOf, type FormDraft, formFields, formsOn, submit } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { wholeField } from '../numbers.ts';
import { ConfirmPage } from './wallet-confirm.tsx';
import { WalletsPage } from './wallet-list.tsx';

/** An empty field means what is usual. */
const gapLimit = wholeField('addresses', MIN_GAP_LIMIT, MAX_GAP_LIMIT, DEFAULT_GAP_LIMIT);
const pasted = z.string().trim().max(MAX_FILE_LENGTH, 'This is larger than 1 MiB: paste the key alone.');
const pasteForm = z
  .object({ text: pasted, file: pasted.default('') })
  .refine(({ text, file }) => text !== '' || file !== '', {
    path: ['text'],
    message: 'Paste the public key of your wallet, or choose its file.',
  })
  .transform(({ text, file }) => text || file);
/** What a browser sends beside a file, and a little more, so that the error for a large file stands at its field. */
const MAX_PASTED_BYTES = 2 * MAX_FILE_LENGTH;
const confirmForm = z.object({
  sealed: z.string(),
  script_type: z.enum(SCRIPT_TYPES, 'Choose the kind whose addresses your wallet shows.'),
  label: z.string().trim().max(100, 'longer than 100 characters'),
  gap_limit: gapLimit,
  start_index: wholeField('addresses', 0, 1_000_000, 0),
});
const settingsForm = z.object({ label: z.string().trim().max(100, 'longer than 100 characters'), gap_limit: gapLimit });

export function walletRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/stores/:id/wallets';
  const home = ({ store }: StorePageContext) => `/stores/${store.id}/wallets`;

  app.get(path, async (c) => {
    const frame = await storePageContext(c);
    return page(c, await walletsPage(frame, BLANK));
  });

  app.post(path, async (c) => {
    const frame = await storePageContext(c, 'owner');
    return submit(
      c,
      pasteForm,
      async (text) => {
        const recognition = recogniseWallet(frame.deps, text);
        const [only, second] = recognition.candidates;
        const draft = draftOf({
          sealed: await frame.deps.vault.seal(withoutHistory(text), purposeOf(frame)),
          script_type: second ? '' : only?.wallet.scriptType,
          label: recognition.label,
          gap_limit: DEFAULT_GAP_LIMIT,
          start_index: 0,
        });
        return page(c, <ConfirmPage frame={frame} recognition={recognition} draft={draft} />);
      },
      (draft) => walletsPage(frame, draft),
      { maxBytes: MAX_PASTED_BYTES },
    );
  });

  app.post(`${path}/confirm`, async (c) => {
    const frame = await storePageContext(c, 'owner');
    let text = '';
    return submit(
      c,
      confirmForm,
      async (form) => {
        text = await pastedBefore(frame, form.sealed);
        const wallet = await registerWallet(frame.deps, frame.store, {
          text,
          scriptType: form.script_type,
          gapLimit: form.gap_limit,
          label: form.label === '' ? undefined : form.label,
          startIndex: form.start_index,
        });
        return redirectAfter(
          c,
          frame.store.testMode && wallet.usedBefore === 0 ? `/stores/${frame.store.id}` : home(frame),
          'wallet_added',
        );
      },
      async (draft) => {
        const recognition = recogniseWallet(frame.deps, text || (await pastedBefore(frame, draft.values.sealed ?? '')));
        return <ConfirmPage frame={frame} recognition={recognition} draft={draft} />;
      },
    );
  });

  app.post(`${path}/:wid/use`, async (c) => {
    await formFields(c);
    const frame = await storePageContext(c, 'owner');
    await activateWallet(frame.deps, frame.store, c.req.param('wid'));
    return redirectAfter(c, home(frame), 'wallet_used');
  });

  const form = formsOn(
    app,
    (c) => storePageContext(c, 'owner'),
    (frame, draft) =>
      walletsPage(frame, { ...draft, problem: draft.problem ?? Object.values(draft.errors)[0] ?? null }),
  );
  form(`${path}/:wid`, settingsForm, async (frame, { label, gap_limit }, c) => {
    await updateWallet(frame.deps, frame.store, c.req.param('wid') ?? '', { label, gapLimit: gap_limit });
    return redirectAfter(c, home(frame), 'wallet_saved');
  });

  return app;
}

/** A pasted key opens for the person who pasted it, in the store they pasted it for. */
function purposeOf({ store, person }: StorePageContext): string {
  return `paste:${store.id}:${person.userId}`;
}

async function pastedBefore(frame: StorePageContext, sealed: string): Promise<string> {
  return frame.deps.vault.open(sealed, purposeOf(frame)).catch(() => {
    throw new ApiError('gone', 'The pasted key has expired. Go back and paste it again.');
  });
}

async function walletsPage(frame: StorePageContext, draft: FormDraft) {
  const { deps, store } = frame;
  const wallets = await listWallets(deps, store);
  const isUsed = ({ id }: WalletRow) => id === store.walletId;
  const gap = store.walletId === null ? null : await readGap(deps, store, store.walletId);
  return (
    <WalletsPage
      frame={frame}
      active={wallets.find(isUsed) ?? null}
      others={wallets.filter((one) => !isUsed(one))}
      gap={gap}
      draft={draft}
    />
  );
}
