// /v1/platform: settings, fees, bills, reviews. Its accounts are in account.ts.

import { resolution } from '../../native/invoices.ts';
import { billSchema, csvQuery, feesQuery } from '../../native/platform-fees.ts';
import { reviewsQuery } from '../../native/platform-reviews.ts';
import { settingsChange } from '../../native/platform-settings.ts';
import { created, type Operation, ok } from '../operation.ts';
import { billAnswer, bills, decision, feesPage, ownFees, reviews, settingsAnswer } from '../shapes/platform.ts';

const tag = 'Platform';
const who = { person: 'owner', operator: true } as const;
const DAYS = { from: 'The first day, in UTC. The present month’s where neither is given.', to: 'The last day.' };
const PAGE = { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.' };
const HOURLY = 'Settled invoices are counted once an hour.';

export const platformOperations: Operation[] = [
  {
    id: 'getOwnFees',
    method: 'GET',
    path: '/v1/account/fees',
    tag: 'Account',
    summary: 'What the account owes the operator',
    description: `Since the account’s first day, with the bills so far. ${HOURLY}`,
    who: { person: 'viewer' },
    answers: [ok(ownFees, 'The fees and the bills, the newest first.')],
  },
  {
    id: 'getPlatformSettings',
    method: 'GET',
    path: '/v1/platform/settings',
    tag,
    summary: 'What may be set without a deployment',
    who,
    answers: [ok(settingsAnswer, 'Each with its default.')],
  },
  {
    id: 'updatePlatformSettings',
    method: 'PATCH',
    path: '/v1/platform/settings',
    tag,
    summary: 'Change it',
    description:
      'What is left out stays; null goes back to the default. New invoices obey at once, rates with their next round, ' +
      'limits within a minute.',
    who,
    body: {
      schema: settingsChange,
      notes: {
        payment_tolerance_bp: 'Where a store has none of its own.',
        fee_bp: 'Of invoices made from now on.',
        rate_sources: 'With a single one nothing vouches for its price.',
        creates_per_minute: 'Invoices per API key.',
        auth_per_second: 'Log-ins and the like per IP address.',
        requests_per_second: 'Everything else, per IP address.',
      },
      required: true,
      example: { fee_bp: 50, creates_per_minute: null },
    },
    answers: [ok(settingsAnswer, 'All of them after that.')],
  },
  {
    id: 'listFees',
    method: 'GET',
    path: '/v1/platform/fees',
    tag,
    summary: 'List what accounts owe',
    description: `A fee is due when a live invoice is settled, and taken away when that is reversed. ${HOURLY}`,
    who,
    query: { schema: feesQuery, notes: { ...DAYS, ...PAGE } },
    answers: [ok(feesPage, 'A page of accounts, the newest first.')],
  },
  {
    id: 'downloadFees',
    method: 'GET',
    path: '/v1/platform/fees.csv',
    tag,
    summary: 'The same for all accounts, as a table',
    who,
    query: { schema: csvQuery, notes: DAYS },
    answers: [{ status: 200, description: 'With a line of names.', type: 'text/csv' }],
  },
  {
    id: 'listBills',
    method: 'GET',
    path: '/v1/platform/accounts/{id}/bills',
    tag,
    summary: 'List an account’s bills',
    who,
    answers: [ok(bills, 'The newest first.')],
  },
  {
    id: 'makeBill',
    method: 'POST',
    path: '/v1/platform/accounts/{id}/bills',
    tag,
    summary: 'Bill an account',
    description:
      'Asks for everything until the end of a day less what was billed before: what was reversed since lowers it. The same ' +
      'day again answers with the bill that was made.',
    who,
    body: {
      schema: billSchema,
      notes: { up_to: 'The last day that is in it, in UTC; it has to be over.' },
      required: true,
      example: { up_to: '2026-05-31' },
    },
    answers: [created(billAnswer), ok(billAnswer, 'It was made before.')],
    errors: ['conflict'],
  },
  {
    id: 'listReviews',
    method: 'GET',
    path: '/v1/platform/reviews',
    tag,
    summary: 'List invoices of all stores that wait for a decision',
    who,
    query: {
      schema: reviewsQuery,
      notes: { environment: 'Test invoices are simulated by their own people.', ...PAGE },
    },
    answers: [ok(reviews, 'The oldest invoices first.')],
  },
  {
    id: 'resolveReview',
    method: 'POST',
    path: '/v1/platform/reviews/{id}/resolve',
    tag,
    summary: 'Decide in the place of the store’s people',
    description: 'The record says that it was the operator. The store is told as of any decision.',
    who,
    body: {
      schema: resolution,
      notes: { decision: '`accept` credits the money, `reject` does not.', note: 'Why, for the record.' },
      required: true,
      example: { decision: 'accept', note: 'Agreed with the shop by phone' },
    },
    answers: [ok(decision, 'It has left review.')],
    errors: ['not_in_review'],
  },
];
