// The merchant's questions follow an index too, and what they cost does not grow with the other merchants.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { redirectRetries } from '../../../src/adapters/db/deliveries.ts';
import { deliveryLog, deliveryOf, requeue, requeueFailed } from '../../../src/adapters/db/delivery-log.ts';
import { endpointsOf, insertEndpoint, switchOff } from '../../../src/adapters/db/endpoints.ts';
import { insertKey, keyOf, keysOf, touchKey } from '../../../src/adapters/db/keys.ts';
import { insertStore, storesOf } from '../../../src/adapters/db/stores.ts';
import { forgetPeople, peopleAfter } from '../../../src/adapters/db/unconfirmed.ts';
import {
  addressMap,
  fundedAddresses,
  fundedSpan,
  highestIssuedIndex,
  walletOf,
  walletsDeriving,
  walletsOf,
} from '../../../src/adapters/db/wallets.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';

const key = { createdAtMs: 1, storeId: 's', logSeq: 1, target: 0, resent: 0 };
const store = {
  id: 's',
  accountId: 'a',
  name: 'Shop',
  defaultExpiryMinutes: 15,
  lateGraceMinutes: 60,
  callbackSecretSealed: '',
  createdAtMs: 1,
};
const apiKey = { hash: 'h', storeId: 's', environment: 'test' as const, label: '', createdAtMs: 1 };
const endpoint = { id: 'e', storeId: 's', url: 'u', dialect: 'native', secretSealed: '', createdAtMs: 1 };

type Question = (db: ReturnType<typeof openDatabase>) => PromiseLike<unknown>;

const QUESTIONS: [what: string, ask: Question][] = [
  ['an account’s stores', (db) => storesOf(db, 'a', { archived: true })],
  ['one more, if they are few', (db) => insertStore(db, store, 0)],
  ['a store’s keys', (db) => keysOf(db, 's', 10)],
  ['one of them', (db) => keyOf(db, 's', 'k')],
  ['one more, if few of them work', (db) => insertKey(db, apiKey, 0)],
  ['that a key was used', (db) => touchKey(db, 'h', 2, 1)],
  ['a store’s wallets', (db) => walletsOf(db, 's')],
  ['one of those', (db) => walletOf(db, 's', 'w')],
  ['who derives a script', (db) => walletsDeriving(db, 'script')],
  ['the highest index given out', (db) => highestIssuedIndex(db, 'w')],
  ['which invoice had which address', (db) => addressMap(db, 'w', 0, 1_000)],
  ['where money lies', (db) => fundedAddresses(db, 'w', 0, 1_000)],
  ['how far apart', (db) => fundedSpan(db, 'w')],
  ['a store’s endpoints', (db) => endpointsOf(db, 's')],
  ['one more, if they are few', (db) => insertEndpoint(db, endpoint, 0)],
  ['people in the order of their ids', (db) => peopleAfter(db, 'u', 100)],
  ['forgetting some of them', (db) => forgetPeople(db, ['u'])],
  ['switching one off', (db) => switchOff(db, 'e', 1, 2)],
  [
    'a page of deliveries',
    (db) => deliveryLog(db, { storeId: 's', endpointId: 'e' }, { before: key, sinceMs: 0, limit: 25 }),
  ],
  ['one delivery', (db) => deliveryOf(db, 's', { createdAtMs: 1, subjectId: 'i', seq: 1, target: 0 })],
  ['making it due', (db) => requeue(db, key, { url: 'u', line: null }, 1)],
  ['making due what failed', (db) => requeueFailed(db, { id: 'e', url: 'u' }, 1, 2)],
  ['sending retries elsewhere', (db) => redirectRetries(db, 'e', 'u')],
];

describe('No query reads a whole table', () => {
  it.each(QUESTIONS)('%s', async (_, ask) => {
    const watched = watchD1(bindings.DB);
    await ask(openDatabase(watched.d1));
    const tables =
      /^SCAN (stores|wallets|api_keys|endpoints|addresses|invoices|payments|events|deliveries|users|members|accounts|p|i|a|e|m|o)\b/;
    for (const { sql, steps } of await plansOf(bindings.DB, watched.trips)) {
      const scans = steps.map(({ detail }) => detail).filter((detail) => tables.test(detail));
      expect({ sql, scans }).toEqual({ sql, scans: [] });
      const byState = steps.filter(({ detail }) => detail.includes('payments_on_chain'));
      expect(byState).toEqual([]);
    }
  });
});
