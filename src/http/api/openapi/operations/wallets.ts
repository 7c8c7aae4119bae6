// /v1/wallets/recognise and /v1/stores/{id}/wallets.

import { pageQuery, question, registration, rescueQuery, walletChange } from '../../native/store-wallets.ts';
import { type Answer, created, type Notes, type Operation, ok } from '../operation.ts';
import { addresses, gap, recognised, rescue, walletAnswer, wallets } from '../shapes/stores.ts';
import { OWNER, VIEWER } from './stores.ts';

const tag = 'Wallets';
const path = '/v1/stores/{id}/wallets';

const text =
  'An extended public key, a descriptor, or an export of Electrum, Sparrow, Coldcard, Specter, BlueWallet or Bitcoin ' +
  'Core. Private keys and seeds are refused.';
const gapLimit = 'How many unused addresses in a row your wallet looks at: set the same there.';
const from: Notes = { from: 'The first index of this page.' };

const file = (description: string, type: string): Answer => ({
  status: 200,
  description,
  type,
  headers: { 'x-next-from': 'Where there is more: ask with it as `from`.' },
});

export const walletOperations: Operation[] = [
  {
    id: 'recogniseWallet',
    method: 'POST',
    path: '/v1/wallets/recognise',
    tag,
    summary: 'What is this text?',
    description: 'Says which wallet wrote it and the first addresses of each kind that it can mean. Nothing is kept.',
    who: { key: 'any', person: 'viewer' },
    body: { schema: question, notes: { text }, required: true, example: { text: 'zpub6r…' } },
    answers: [ok(recognised, 'What it is.')],
  },
  {
    id: 'listWallets',
    method: 'GET',
    path,
    tag,
    summary: 'List wallets',
    who: VIEWER,
    answers: [ok(wallets, 'The one in use, and earlier ones, which stay watched.')],
  },
  {
    id: 'registerWallet',
    method: 'POST',
    path,
    tag,
    summary: 'Register a wallet and use it',
    description: 'Takes the place of the one in use. Compare its first addresses with your wallet before you go live.',
    who: OWNER,
    body: {
      schema: registration,
      notes: {
        text,
        script_type: 'Which kind of addresses; needed where the text can mean several.',
        gap_limit: gapLimit,
        label: 'To tell wallets apart.',
        start_index: 'The first index to give out: for a wallet that was used elsewhere before.',
      },
      required: true,
      example: { text: 'zpub6r…', label: 'Electrum at home' },
    },
    answers: [created(walletAnswer)],
    errors: ['conflict'],
  },
  {
    id: 'getWallet',
    method: 'GET',
    path: `${path}/{wid}`,
    tag,
    summary: 'Read a wallet',
    who: VIEWER,
    answers: [ok(walletAnswer, 'The wallet.')],
  },
  {
    id: 'updateWallet',
    method: 'PATCH',
    path: `${path}/{wid}`,
    tag,
    summary: 'Change its label or gap limit',
    who: OWNER,
    body: {
      schema: walletChange,
      notes: { label: 'To tell wallets apart.', gap_limit: gapLimit },
      required: true,
      example: { gap_limit: 200 },
    },
    answers: [ok(walletAnswer, 'The wallet after that.')],
    errors: ['conflict'],
  },
  {
    id: 'activateWallet',
    method: 'POST',
    path: `${path}/{wid}/activate`,
    tag,
    summary: 'Use an earlier wallet again',
    who: OWNER,
    answers: [ok(walletAnswer, 'New invoices are paid to it.')],
    errors: ['conflict'],
  },
  {
    id: 'getGap',
    method: 'GET',
    path: `${path}/{wid}/gap`,
    tag,
    summary: 'How full its gap is',
    who: VIEWER,
    answers: [ok(gap, 'Where it stands.')],
  },
  {
    id: 'listAddresses',
    method: 'GET',
    path: `${path}/{wid}/addresses`,
    tag,
    summary: 'Which invoice has which address',
    who: VIEWER,
    query: { schema: pageQuery, notes: from },
    answers: [ok(addresses, 'A page of a thousand indexes.')],
  },
  {
    id: 'getLabels',
    method: 'GET',
    path: `${path}/{wid}/labels`,
    tag,
    summary: 'Labels for your wallet (BIP 329)',
    who: VIEWER,
    query: { schema: pageQuery, notes: from },
    answers: [file('One JSON text a line, to be imported.', 'application/jsonl')],
  },
  {
    id: 'getRescue',
    method: 'GET',
    path: `${path}/{wid}/rescue`,
    tag,
    summary: 'Find my money',
    description: 'Where money came, and the gap limit that makes your wallet show all of it.',
    who: VIEWER,
    query: {
      schema: rescueQuery,
      notes: { ...from, format: '`electrum` or `sparrow`: steps to follow in that program, as a text.' },
    },
    answers: [ok(rescue, 'Where it came. With another `format` a text.')],
  },
];
