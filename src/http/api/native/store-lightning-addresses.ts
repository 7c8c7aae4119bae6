// /v1/stores/{id}/lightning-addresses: the names by which a store is paid over Lightning, `name@host`.

import type { Deps } from '../../../deps.ts';
import {
  addName,
  changeName,
  type LightningName,
  listNames,
  readName,
  removeName,
  USUAL_TERMS,
} from '../../../services/lnurl/names.ts';
import { addressBody, addressChange, newAddress } from './lightning-address-body.ts';
import { created, type Notes, noContent, ok, operation } from './operation.ts';
import { MANAGER, OWNER, VIEWER } from './store-who.ts';

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
    run: async ({ deps, caller: { store }, body: { name, terms } }) =>
      shown(deps, await addName(deps, store, name, terms)),
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
      shown(deps, await changeName(deps, store, params.name, body)),
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

const shown = (deps: Deps, name: LightningName) => ({ lightning_address: addressBody(deps, name) });
