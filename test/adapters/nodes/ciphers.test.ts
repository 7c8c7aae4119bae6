// NIP-44 by its published vectors, and both encryptions of Nostr Wallet Connect against themselves.

import { createHash, randomBytes } from 'node:crypto';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { conversationKey, nip04, nip44 } from '../../../src/adapters/nodes/nostr/ciphers.ts';
import { publicKeyOf } from '../../../src/adapters/nodes/nostr/event.ts';
import vectors from '../../vectors/nip44.json' with { type: 'json' };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const fixed = (nonce: string) => () => hex.decode(nonce);
const xOf = (pubkey: string) => pubkey.slice(-64);

describe('NIP-44', () => {
  test.each(vectors.conversationKeys)('shares a key: $sec1', ({ sec1, pub2, conversation_key }) => {
    expect(hex.encode(conversationKey(hex.decode(sec1), xOf(pub2)))).toBe(conversation_key);
  });

  test.each(vectors.wrongKeys)('refuses keys: $note', ({ sec1, pub2 }) => {
    expect(() => conversationKey(hex.decode(sec1), pub2)).toThrow();
  });

  test.each(vectors.messages)('seals and opens: $plaintext', async ({ sec1, sec2, nonce, plaintext, payload }) => {
    const mine = nip44(conversationKey(hex.decode(sec1), publicKeyOf(hex.decode(sec2))), fixed(nonce));
    const theirs = nip44(conversationKey(hex.decode(sec2), publicKeyOf(hex.decode(sec1))), fixed(nonce));
    expect(await mine.encrypt(plaintext)).toBe(payload);
    expect(await theirs.decrypt(payload)).toBe(plaintext);
  });

  test.each(vectors.longMessages)('seals and opens $repeat times $pattern', async (vector) => {
    const cipher = nip44(hex.decode(vector.conversation_key), fixed(vector.nonce));
    const text = vector.pattern.repeat(vector.repeat);
    const payload = await cipher.encrypt(text);
    expect([sha256(text), sha256(payload)]).toEqual([vector.plaintext_sha256, vector.payload_sha256]);
    expect(await cipher.decrypt(payload)).toBe(text);
  });

  test.each(vectors.wrongPayloads)('refuses a payload: $note', async ({ conversation_key, nonce, payload }) => {
    await expect(nip44(hex.decode(conversation_key), fixed(nonce)).decrypt(payload)).rejects.toThrow();
  });

  test.each(vectors.wrongLengths)('seals no text of %i bytes', async (length) => {
    await expect(nip44(randomBytes(32), randomBytes).encrypt('x'.repeat(length))).rejects.toThrow();
  });
});

test.each(['', 'a', 'x'.repeat(15), 'x'.repeat(16), 'Käse 😀'.repeat(100)])(
  'NIP-04 seals and opens: %s',
  async (text) => {
    const [a, b] = [randomBytes(32), randomBytes(32)];
    const payload = await nip04(a, publicKeyOf(b), randomBytes).encrypt(text);
    expect(payload).toMatch(/^[A-Za-z\d+/]+=*\?iv=[A-Za-z\d+/]{22}==$/);
    expect(await nip04(b, publicKeyOf(a), randomBytes).decrypt(payload)).toBe(text);
  },
);
