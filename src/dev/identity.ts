// Who the local world's merchant is: a log-in, keys, secrets and wallets made at the first start and kept, so that a shop
// which was given a key can go on using it. Called by main.ts.

import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { merchantKey } from './chain/merchant-wallet.ts';
import type { SeedPerson } from './seed-person.ts';

interface IdentityStore {
  id: string;
  apiKey: string;
  webhookSecret: string;
  /** The wallet's extended public key. */
  xpub: string;
  /** Of that wallet, hex: the chain desk signs with it. A world that an earlier version made has none. */
  seed?: string;
}

export interface Identity {
  encryptionKey: string;
  accountId: string;
  person: SeedPerson;
  stores: Record<'live' | 'test', IdentityStore>;
}

export async function openIdentity(file: string): Promise<Identity> {
  const kept = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Partial<Identity>)
    .catch(() => ({}));
  const identity: Identity = {
    encryptionKey: randomBytes(32).toString('hex'),
    accountId: randomUUID(),
    person: makePerson(),
    stores: { live: makeStore('live'), test: makeStore('test') },
    // One that an earlier version made lacks what came later.
    ...kept,
  };
  await writeFile(file, JSON.stringify(identity, null, 2), { mode: 0o600 });
  return identity;
}

function makePerson(): SeedPerson {
  const password = `demo-${randomBytes(6).toString('hex')}`;
  return { id: randomUUID(), email: 'demo@satlane.test', password, name: 'Demo owner' };
}

function makeStore(mode: 'live' | 'test'): IdentityStore {
  const seed = randomBytes(32).toString('hex');
  return {
    id: randomUUID(),
    apiKey: `sl_${mode}_${randomBytes(24).toString('hex')}`,
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    xpub: merchantKey(seed),
    seed,
  };
}
