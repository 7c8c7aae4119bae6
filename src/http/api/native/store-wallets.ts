// /v1/stores/{id}/wallets and /v1/wallets/recognise: which wallet a store's money goes to. No answer holds an extended key.

import * as z from 'zod';
import { SCRIPT_TYPES } from '../../../core/wallet/address.ts';
import { MAX_FILE_LENGTH } from '../../../core/wallet/exports.ts';
import type { Deps } from '../../../deps.ts';
import { USUAL_GAP_LIMIT } from '../../../services/wallets/files.ts';
import {
  activateWallet,
  DEFAULT_GAP_LIMIT,
  listWallets,
  MAX_GAP_LIMIT,
  MIN_GAP_LIMIT,
  readWallet,
  recogniseWallet,
  registerWallet,
  updateWallet,
  type WalletRow,
} from '../../../services/wallets/wallets.ts';
import type { BodyLimit } from '../http.ts';
import { iso } from './iso.ts';
import { created, ok, operation } from './operation.ts';
import { label } from './store-body.ts';
import { keyOrPerson, OWNER, VIEWER } from './store-who.ts';

const TOO_LARGE = 'is larger than 1 MiB: paste the key alone';
const pasted = z.string('must be a text').min(1, 'must not be empty').max(MAX_FILE_LENGTH, TOO_LARGE);
/** As JSON a file is longer by what is escaped. */
const fileLimit: BodyLimit = { bytes: 2 * MAX_FILE_LENGTH, problem: `text: ${TOO_LARGE}.` };
const gapLimit = z
  .number()
  .int('must be whole')
  .min(MIN_GAP_LIMIT, `must be at least ${MIN_GAP_LIMIT}`)
  .max(MAX_GAP_LIMIT, `must be at most ${MAX_GAP_LIMIT}`);

const question = z.strictObject({ text: pasted });

const registration = z.strictObject({
  text: pasted,
  script_type: z.enum(SCRIPT_TYPES, `must be one of ${SCRIPT_TYPES.join(', ')}`).optional(),
  gap_limit: gapLimit.default(DEFAULT_GAP_LIMIT),
  label: label.optional(),
  start_index: z.number().int('must be whole').min(0, 'must be at least 0').max(1_000_000, 'is too high').default(0),
});

const walletChange = z.strictObject({ label: label.optional(), gap_limit: gapLimit.optional() });

const tag = 'Wallets';
const TEXT =
  'An extended public key, a descriptor, or an export of Electrum, Sparrow, Coldcard, Specter, BlueWallet or Bitcoin ' +
  'Core. Private keys and seeds are refused.';
const LABEL = 'To tell wallets apart.';
const GAP_LIMIT = 'How many unused addresses in a row your wallet looks at: set the same there.';

export const recogniseApi = [
  operation('POST /v1/wallets/recognise', () => ({
    id: 'recogniseWallet',
    tag,
    summary: 'What is this text?',
    description: 'Says which wallet wrote it and the first addresses of each kind that it can mean. Nothing is kept.',
    // Nothing is kept and nothing of a store is shown: who may ask anything may ask this.
    who: keyOrPerson('any'),
    body: { schema: question, notes: { text: TEXT }, limit: fileLimit, example: { text: 'zpub6r…' } },
    answers: [ok('recognised', 'What it is.')],
    run: async ({ deps, body }) => ({ recognised: recognisedBody(deps, body.text) }),
  })),
];

export const walletApi = [
  operation('GET /v1/stores/{id}/wallets', () => ({
    id: 'listWallets',
    tag,
    summary: 'List wallets',
    who: VIEWER,
    answers: [ok('wallets', 'The one in use, and earlier ones, which stay watched.')],
    async run({ deps, caller: { store } }) {
      const wallets = await listWallets(deps, store);
      return { wallets: wallets.map((wallet) => walletBody(wallet, store.walletId)) };
    },
  })),

  operation('POST /v1/stores/{id}/wallets', () => ({
    id: 'registerWallet',
    tag,
    summary: 'Register a wallet and use it',
    description: 'Takes the place of the one in use. Compare its first addresses with your wallet before you go live.',
    who: OWNER,
    body: {
      schema: registration,
      notes: {
        text: TEXT,
        script_type: 'Which kind of addresses; needed where the text can mean several.',
        gap_limit: GAP_LIMIT,
        label: LABEL,
        start_index: 'The first index to give out: for a wallet that was used elsewhere before.',
      },
      limit: fileLimit,
      example: { text: 'zpub6r…', label: 'Electrum at home' },
    },
    answers: [created('walletAnswer')],
    errors: ['conflict'],
    async run({ deps, caller, body: { text, label: name, ...body } }) {
      const wallet = await registerWallet(deps, caller.store, {
        text,
        scriptType: body.script_type,
        gapLimit: body.gap_limit,
        label: name,
        startIndex: body.start_index,
      });
      return { wallet: walletBody(wallet, wallet.id) };
    },
  })),

  operation('GET /v1/stores/{id}/wallets/{wid}', () => ({
    id: 'getWallet',
    tag,
    summary: 'Read a wallet',
    who: VIEWER,
    answers: [ok('walletAnswer', 'The wallet.')],
    run: async ({ deps, caller: { store }, params }) => ({
      wallet: walletBody(await readWallet(deps, store, params.wid), store.walletId),
    }),
  })),

  operation('PATCH /v1/stores/{id}/wallets/{wid}', () => ({
    id: 'updateWallet',
    tag,
    summary: 'Change its label or gap limit',
    who: OWNER,
    body: {
      schema: walletChange,
      notes: { label: LABEL, gap_limit: GAP_LIMIT },
      example: { gap_limit: 200 },
    },
    answers: [ok('walletAnswer', 'The wallet after that.')],
    errors: ['conflict'],
    async run({ deps, caller: { store }, params, body: { label: name, gap_limit } }) {
      const change = {
        ...(name !== undefined && { label: name }),
        ...(gap_limit !== undefined && { gapLimit: gap_limit }),
      };
      return { wallet: walletBody(await updateWallet(deps, store, params.wid, change), store.walletId) };
    },
  })),

  operation('POST /v1/stores/{id}/wallets/{wid}/activate', () => ({
    id: 'activateWallet',
    tag,
    summary: 'Use an earlier wallet again',
    who: OWNER,
    answers: [ok('walletAnswer', 'New invoices are paid to it.')],
    errors: ['conflict'],
    async run({ deps, caller, params }) {
      const wallet = await activateWallet(deps, caller.store, params.wid);
      return { wallet: walletBody(wallet, wallet.id) };
    },
  })),
];

function recognisedBody(deps: Deps, text: string) {
  const { source, label: name, network, usableLive, candidates } = recogniseWallet(deps, text);
  const needsChoice = candidates.length > 1;
  return {
    source,
    label: name,
    network,
    usable_live: usableLive,
    script_type_needed: needsChoice,
    candidates: candidates.map(({ wallet, declared, addresses }) => {
      const signers = wallet.keys.map(({ fingerprint, originPath }) => ({
        fingerprint: fingerprint ?? null,
        origin_path: originPath ?? null,
      }));
      const [only] = signers.length === 1 ? signers : [];
      return {
        script_type: wallet.scriptType,
        declared,
        fingerprint: only?.fingerprint ?? null,
        origin_path: only?.origin_path ?? null,
        required_signatures: wallet.required,
        signers,
        addresses,
      };
    }),
    warnings: [
      ...(usableLive
        ? []
        : [`This wallet is on ${network}; live invoices of this server need ${deps.config.NETWORK}.`]),
      ...(needsChoice
        ? ['Compare the first addresses with those in your wallet, and choose the kind that matches.']
        : []),
      `Set the gap limit of your wallet to the store's: most look at ${USUAL_GAP_LIMIT} unused addresses and no further.`,
    ],
  };
}

/** A closed list: the descriptor is not on it. */
function walletBody(wallet: WalletRow, activeId: string | null) {
  return {
    id: wallet.id,
    label: wallet.label,
    network: wallet.network,
    script_type: wallet.scriptType,
    gap_limit: wallet.gapLimit,
    active: wallet.id === activeId,
    first_index: wallet.poolFloor,
    used_addresses: wallet.usedBefore,
    history_checked: wallet.historyCheckedAtMs !== null,
    used_elsewhere_at: wallet.reusedAtMs === null ? null : iso(wallet.reusedAtMs),
    created_at: iso(wallet.createdAtMs),
  };
}
