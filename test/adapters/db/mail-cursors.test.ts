// A deployment with a past learns to send mails: its people get them of what happens from then on, and of no old invoice.

import { expect, it } from 'vitest';
import type { Mail } from '../../../src/adapters/mail/mailer.ts';
import { mailMerchants } from '../../../src/services/mails/merchant-mails.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const NOW = Date.parse('2026-05-16T11:15:00.000Z');
/** Created in the minutes before the upgrade: no mail is too old to be sent. */
const OLD_INVOICES = 120;
const KINDS = ['invoice.paid', 'invoice.underpaid', 'invoice.requires_review'];
const STATUSES = ['paid', 'underpaid', 'requires_review'];

const store = (id: string, testMode: 0 | 1): Row => [
  'stores',
  {
    ...{ id, account_id: 'account', name: id, test_mode: testMode, default_expiry_minutes: 15, late_grace_minutes: 60 },
    ...{ callback_secret_sealed: '', created_at: 1 },
  },
];
const event = (storeId: string, logSeq: number, seq: number, kind: number): Row => [
  'events',
  {
    ...{ store_id: storeId, log_seq: logSeq, invoice_id: `${storeId}-${logSeq - seq + 1}`, seq, created_at: NOW - 1 },
    type: seq === 1 ? 'invoice.created' : (KINDS[kind] ?? ''),
    snapshot: JSON.stringify({
      ...{ status: STATUSES[kind], amount_sats: '1000', amount_paid_sats: '1000' },
      ...{ amount_confirmed_sats: '1000', amount_due_sats: '0', review_reason: null },
    }),
  },
];
/** The same row as the log has it today. */
const today = (row: Row): Row => {
  if (row[0] !== 'events') return row;
  const { invoice_id: id = null, ...event } = row[1];
  const figures = { status: JSON.parse(String(event.snapshot)).status, seen_sats: 1000, confirmed_sats: 1000 };
  return ['events', { ...event, ...figures, subject: 'invoice', subject_id: id, livemode: 1, snapshot_version: 1 }];
};
/** An invoice that was created, and then became something that is worth a mail. */
const invoice = (storeId: string, nth: number): Row[] => [
  [
    'invoices',
    {
      ...{ id: `${storeId}-${2 * nth + 1}`, store_id: storeId, environment: 'live', network: 'regtest' },
      ...{ wallet_id: `${storeId}-wallet`, address_index: nth, address: '', script: `${storeId}/${nth}` },
      ...{ tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 0, late_grace_minutes: 1 },
      ...{ created_at: NOW - 1, expires_at: 1, late_deadline_at: 1, metadata: '{}', payment_uri: '' },
      ...{ status: STATUSES[nth % 3] ?? '', version: 2, marks: '[]', history: '{}' },
      log: JSON.stringify([2 * nth + 1, 2 * nth + 2]),
    },
  ],
  event(storeId, 2 * nth + 1, 1, nth % 3),
  event(storeId, 2 * nth + 2, 2, nth % 3),
];
const old = (storeId: string) => Array.from({ length: OLD_INVOICES }, (_, nth) => invoice(storeId, nth)).flat();

it('After the upgrade people get mails of new events alone', async () => {
  await databaseBefore('0012_mail');
  await insertRows([
    ['accounts', { id: 'account', name: 'Ada', created_at: 1 }],
    ['users', { id: 'ada', name: 'Ada', email: 'ada@shop.example', email_verified: 1, created_at: 1, updated_at: 1 }],
    ['members', { account_id: 'account', user_id: 'ada', role: 'owner', created_at: 1 }],
    store('busy', 0),
    store('idle', 0),
    store('trial', 1),
    ...['busy', 'trial', 'idle'].map(
      (id): Row => [
        'wallets',
        {
          ...{ id: `${id}-wallet`, account_id: 'account', network: 'regtest', script_type: 'p2wpkh' },
          ...{ descriptor_sealed: '', gap_limit: 20, identity: id, created_at: 1 },
        },
      ],
    ),
    ...old('busy'),
    ...old('trial'),
  ]);
  await migrate();

  const end = 2 * OLD_INVOICES;
  const { results } = await bindings.DB.prepare('SELECT store_id, seq FROM mail_cursors ORDER BY 1').all();
  expect(results).toEqual([
    { store_id: 'busy', seq: end },
    { store_id: 'idle', seq: 0 },
    { store_id: 'trial', seq: end },
  ]);

  const mails: Mail[] = [];
  const { deps, clock } = await openMerchant({
    overrides: { mailer: { send: async (mail) => void mails.push(mail) } },
  });
  const minute = async () => {
    clock.advanceMinutes(1);
    await mailMerchants(deps);
    return mails.splice(0).map(({ to, subject }) => [to, subject]);
  };
  expect(await minute()).toEqual([]);
  // A store that goes live later brings nothing up, either.
  await bindings.DB.prepare('UPDATE stores SET test_mode = 0').run();
  expect(await minute()).toEqual([]);

  await insertRows([...invoice('busy', OLD_INVOICES), ...invoice('idle', 0)].map(today));
  const announced = await minute();
  expect(announced.sort()).toEqual([
    ['ada@shop.example', expect.stringMatching(/^Paid: .* at busy$/)],
    ['ada@shop.example', expect.stringMatching(/^Paid: .* at idle$/)],
  ]);
  expect(await minute()).toEqual([]);
});
