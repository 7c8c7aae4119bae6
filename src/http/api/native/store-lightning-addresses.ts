// /v1/stores/{id}/lightning-addresses: the names by which a store is paid over Lightning, `name@host`.

import * as z from 'zod';
import { lnurlOf, schemeLink } from '../../../core/lightning/lnurl.ts';
import {
  MAX_COMMENT_LENGTH,
  MAX_NAME_LENGTH,
  MAX_NAME_SATS,
  MAX_SUCCESS_MESSAGE,
  payAddressOf,
  payUrlOf,
} from '../../../core/lightning/pay-request.ts';
import type { Deps } from '../../../deps.ts';
import {
  addName,
  changeName,
  type LightningName,
  listNames,
  type NameChange,
  readName,
  removeName,
  USUAL_TERMS,
} from '../../../services/lnurl/names.ts';
import { iso } from './iso.ts';
import { created, type Notes, noContent, ok, operation } from './operation.ts';
import { textUpTo } from './order.ts';
import { satsUpTo, whole } from './store-body.ts';
import { MANAGER, OWNER, VIEWER } from './store-who.ts';

const bound = satsUpTo(BigInt(MAX_NAME_SATS)).refine((sats) => sats > 0, 'must be at least 1');
const terms = {
  min_sats: bound.optional(),
  max_sats: bound.optional(),
  comment_length: whole('characters', 0, MAX_COMMENT_LENGTH).optional(),
  success_message: textUpTo(MAX_SUCCESS_MESSAGE)
    .trim()
    .min(1, 'must not be empty; null for none')
    .nullable()
    .optional(),
};
const newAddress = z.strictObject({ name: textUpTo(MAX_NAME_LENGTH).trim(), ...terms });
const addressChange = z.strictObject({ ...terms, enabled: z.boolean('must be true or false').optional() });

const tag = 'Lightning';

const termNotes: Notes = {
  min_sats: `The least that is taken at a time; ${USUAL_TERMS.minSats} where it was never said.`,
  max_sats: `The most that is taken at a time; ${USUAL_TERMS.maxSats} where it was never said.`,
  comment_length: `So many characters a payer may write, 0 for none; ${USUAL_TERMS.commentLength} where it was never said.`,
  success_message: 'The payer’s wallet shows it after the payment; null for none.',
};
const nameNote = 'Before the @: a to z, 0 to 9, hyphen, underscore and dot. Upper case becomes lower case.';
const enabledNote = 'false: wallets are answered that there is no such address.';

export const lightningAddressApi = [
  operation('GET /v1/stores/{id}/lightning-addresses', () => ({
    id: 'listLightningAddresses',
    tag,
    summary: 'List Lightning addresses',
    who: VIEWER,
    answers: [ok('lightningAddresses', 'The oldest first.')],
    run: async ({ deps, caller: { store } }) => ({
      lightning_addresses: (await listNames(deps, store)).map((one) => addressBody(deps, one)),
    }),
  })),

  operation('POST /v1/stores/{id}/lightning-addresses', () => ({
    id: 'addLightningAddress',
    tag,
    summary: 'Make a Lightning address',
    description:
      'Any wallet pays it at any time, and each payment becomes a paid invoice of the store. Payments go to the store’s connection; it ' +
      'needs one with the capability `description_hashes`. Test mode needs none.',
    who: OWNER,
    body: { schema: newAddress, notes: { name: nameNote, ...termNotes }, example: { name: 'shop' } },
    answers: [created('lightningAddressAnswer')],
    errors: ['conflict'],
    run: async ({ deps, caller: { store }, body: { name, ...given } }) =>
      shown(deps, await addName(deps, store, name, { ...USUAL_TERMS, ...changeOf(given) })),
  })),

  operation('GET /v1/stores/{id}/lightning-addresses/{name}', () => ({
    id: 'getLightningAddress',
    tag,
    summary: 'Read a Lightning address',
    who: VIEWER,
    answers: [ok('lightningAddressAnswer', 'The Lightning address.')],
    run: async ({ deps, caller: { store }, params }) => shown(deps, await readName(deps, store, params.name)),
  })),

  operation('PATCH /v1/stores/{id}/lightning-addresses/{name}', () => ({
    id: 'updateLightningAddress',
    tag,
    summary: 'Change a Lightning address',
    description: 'What is not named stays as it is. The name itself cannot be changed: codes with it are printed.',
    who: MANAGER,
    body: { schema: addressChange, notes: { ...termNotes, enabled: enabledNote }, example: { max_sats: '50000' } },
    answers: [ok('lightningAddressAnswer', 'The Lightning address after that.')],
    errors: ['conflict'],
    run: async ({ deps, caller: { store }, params, body }) =>
      shown(deps, await changeName(deps, store, params.name, changeOf(body))),
  })),

  operation('DELETE /v1/stores/{id}/lightning-addresses/{name}', () => ({
    id: 'removeLightningAddress',
    tag,
    summary: 'Remove a Lightning address',
    description:
      'No other store can take the name: a code that was printed pays no other merchant. The store itself can.',
    who: OWNER,
    answers: [noContent],
    run: async ({ deps, caller: { store }, params }) => removeName(deps, store, params.name),
  })),
];

function changeOf(body: z.infer<typeof addressChange>): NameChange {
  const all = {
    minSats: body.min_sats,
    maxSats: body.max_sats,
    commentLength: body.comment_length,
    successMessage: body.success_message,
    enabled: body.enabled,
  };
  // What was not named stays as it is.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const shown = (deps: Deps, name: LightningName) => ({ lightning_address: addressBody(deps, name) });

function addressBody({ config }: Deps, known: LightningName) {
  const { host } = new URL(config.ORIGIN);
  const url = payUrlOf(known.name, host);
  return {
    name: known.name,
    address: payAddressOf(known.name, host),
    lnurl: lnurlOf(url).toUpperCase(),
    link: schemeLink(url, 'lnurlp'),
    min_sats: String(known.minSats),
    max_sats: String(known.maxSats),
    comment_length: known.commentLength,
    success_message: known.successMessage,
    enabled: known.enabled,
    created_at: iso(known.createdAtMs),
  };
}
