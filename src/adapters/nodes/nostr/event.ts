// Nostr events (NIP-01): signed, and checked. Called by session.ts.

import { schnorr } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hex } from '@scure/base';
import * as z from 'zod';

export const nostrEvent = z.object({
  id: z.string(),
  pubkey: z.string(),
  created_at: z.number(),
  kind: z.number(),
  tags: z.array(z.array(z.string())),
  content: z.string(),
  sig: z.string(),
});
type NostrEvent = z.infer<typeof nostrEvent>;

/** The x coordinate of the public key, hex. */
export const publicKeyOf = (key: Uint8Array): string => hex.encode(schnorr.getPublicKey(key));

export function signEvent(draft: Omit<NostrEvent, 'id' | 'pubkey' | 'sig'>, key: Uint8Array): NostrEvent {
  const event = { ...draft, pubkey: publicKeyOf(key) };
  const id = idOf(event);
  return { ...event, id: hex.encode(id), sig: hex.encode(schnorr.sign(id, key)) };
}

/** Whether it is of this author and as its author signed it. */
export function isSignedBy(event: NostrEvent, pubkey: string): boolean {
  try {
    const id = idOf(event);
    const isOfId = hex.encode(id) === event.id && event.pubkey === pubkey;
    return isOfId && schnorr.verify(hex.decode(event.sig), id, hex.decode(pubkey));
  } catch {
    return false;
  }
}

function idOf({ pubkey, created_at, kind, tags, content }: Omit<NostrEvent, 'id' | 'sig'>): Uint8Array {
  return sha256(utf8ToBytes(JSON.stringify([0, pubkey, created_at, kind, tags, content])));
}
