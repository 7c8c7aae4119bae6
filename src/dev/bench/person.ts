// A person who can log in and owns the measured stores. Called by many.ts.

import { randomUUID } from 'node:crypto';
import { personStatements } from '../seed-person.ts';
import type { BenchWorld, Merchant } from './bench-world.ts';
import type { Call } from './load.ts';

const EMAIL = 'owner@shop.example';
const PASSWORD = 'correct horse battery';

/** @param merchants whose stores belong to one account from now on */
export async function seedPerson(place: BenchWorld, merchants: Merchant[]): Promise<void> {
  const accountId = `account-${merchants[0]?.id}`;
  const person = { id: randomUUID(), name: 'Owner', email: EMAIL, password: PASSWORD };
  await place.sql([
    ...(await personStatements(person, accountId, Date.now())),
    ...merchants.map(({ id }) => ({ sql: 'UPDATE stores SET account_id = ? WHERE id = ?', params: [accountId, id] })),
  ]);
}

let addresses = 0;

/** A log-in, each from an address of its own: one address may try five times a second. */
export function logInCall(): Required<Call> {
  addresses += 1;
  return {
    method: 'POST',
    path: '/v1/auth/login',
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cf-connecting-ip': `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`,
    },
    body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
  };
}

/** The cookie of a new session. */
export async function newSessionCookie(place: BenchWorld): Promise<string> {
  const { path, method, headers, body } = logInCall();
  const response = await fetch(new URL(path, place.url), { method, headers, body });
  const [cookie] = response.headers.getSetCookie();
  if (!response.ok || !cookie) throw new Error(`the log-in answered ${response.status}: ${await response.text()}`);
  return cookie.split(';')[0] ?? '';
}
