// A deployment with a past: a request that is repeated across the upgrade gets the answer that it got before.

import { beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { useOfKey } from '../../../src/adapters/db/idempotency.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const INVOICES = 120;
const db = openDatabase(bindings.DB);
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Made with a key of its own; every third one has a second event. */
function invoice(nth: number): Row[] {
  const id = uuid(nth);
  const log = nth % 3 === 0 ? [2 * nth + 1, 2 * nth + 2] : [2 * nth + 1];
  const events = log.map(
    (log_seq, index): Row => [
      'events',
      {
        ...{
          store_id: 'store',
          log_seq,
          subject: 'invoice',
          subject_id: id,
          seq: index + 1,
          created_at: 1,
          livemode: 1,
        },
        ...{ type: index === 0 ? 'invoice.created' : 'invoice.paid', snapshot_version: 3 },
        snapshot: JSON.stringify({ id, event: index }),
      },
    ],
  );
  return [
    [
      'invoices',
      {
        ...{ id, store_id: 'store', environment: 'live', network: 'regtest', wallet_id: 'wallet', address_index: nth },
        ...{ address: id, script: id, amount_sats: 5000, tolerance_below_sats: 0, tolerance_above_sats: 0 },
        ...{
          conf_threshold: 1,
          fee_sats: 50,
          late_grace_minutes: 1,
          created_at: 1,
          expires_at: 1,
          late_deadline_at: 1,
        },
        ...{ metadata: '{}', payment_uri: '', status: 'pending', version: log.length, marks: '[]', history: '{}' },
        log: JSON.stringify(log),
      },
    ],
    ...events,
    [
      'idempotency_keys',
      { store_id: 'store', key: `key-${nth}`, request_hash: `hash-${nth}`, invoice_id: id, created_at: 1000 + nth },
    ],
  ];
}

beforeAll(async () => {
  await databaseBefore('0029_keys_of_events');
  await insertRows(Array.from({ length: INVOICES }, (_, nth) => invoice(nth)).flat());
  await migrate();
});

it('each key names the invoice that it made, as it was made', async () => {
  for (let nth = 0; nth < INVOICES; nth++) {
    expect(await useOfKey(db, 'store', `key-${nth}`, 0)).toEqual({
      requestHash: `hash-${nth}`,
      subjectId: uuid(nth),
      snapshot: JSON.stringify({ id: uuid(nth), event: 0 }),
    });
  }
});

it('and counts for its time alone, and in its store', async () => {
  expect(await useOfKey(db, 'store', 'key-7', 1006)).toBeDefined();
  expect(await useOfKey(db, 'store', 'key-7', 1007)).toBeUndefined();
  expect(await useOfKey(db, 'other', 'key-7', 0)).toBeUndefined();
});
