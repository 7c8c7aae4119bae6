// What a Nostr Wallet Connect service needs of Nostr: events and their signatures (NIP-01), and both ciphers (NIP-04, NIP-44 v2)
// by Node's own crypto. Called by relay.ts and nwc.ts.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { hex } from '@scure/base';

export interface NostrEvent {
  id: string;
  pubkey: string;
  created_at: number;
  kind: number;
  tags: string[][];
  content: string;
  sig: string;
}

export type NwcCipher = 'nip04' | 'nip44_v2';

/** X-only public key, hex. */
export function nostrKeyOf(secret: string): string {
  return hex.encode(schnorr.getPublicKey(hex.decode(secret)));
}

export function signNostr(
  secret: string,
  of: Pick<NostrEvent, 'kind' | 'tags' | 'content'>,
  nowMs: number,
): NostrEvent {
  const unsigned = { ...of, pubkey: nostrKeyOf(secret), created_at: Math.floor(nowMs / 1000) };
  const id = idOf(unsigned);
  return { ...unsigned, id, sig: hex.encode(schnorr.sign(hex.decode(id), hex.decode(secret))) };
}

export function isAuthentic(event: NostrEvent): boolean {
  return (
    event.id === idOf(event) && schnorr.verify(hex.decode(event.sig), hex.decode(event.id), hex.decode(event.pubkey))
  );
}

export function encryptFor(cipher: NwcCipher, secret: string, peer: string, text: string): string {
  const shared = sharedX(secret, peer);
  if (cipher === 'nip44_v2') return encrypt44(shared, text);
  const iv = randomBytes(16);
  const aes = createCipheriv('aes-256-cbc', shared, iv);
  return `${aes.update(text, 'utf8', 'base64')}${aes.final('base64')}?iv=${iv.toString('base64')}`;
}

/** @throws Error where it was not encrypted for this key by that peer */
export function decryptFrom(cipher: NwcCipher, secret: string, peer: string, content: string): string {
  const shared = sharedX(secret, peer);
  if (cipher === 'nip44_v2') return decrypt44(shared, content);
  const [text = '', iv = ''] = content.split('?iv=');
  const aes = createDecipheriv('aes-256-cbc', shared, Buffer.from(iv, 'base64'));
  return aes.update(text, 'base64', 'utf8') + aes.final('utf8');
}

function idOf({ pubkey, created_at, kind, tags, content }: Omit<NostrEvent, 'id' | 'sig'>): string {
  return createHash('sha256')
    .update(JSON.stringify([0, pubkey, created_at, kind, tags, content]))
    .digest('hex');
}

function sharedX(secret: string, peer: string): Buffer {
  return Buffer.from(secp256k1.getSharedSecret(hex.decode(secret), hex.decode(`02${peer}`)).subarray(1, 33));
}

function encrypt44(shared: Buffer, text: string): string {
  const nonce = randomBytes(32);
  const { key, iv, mac } = keys44(shared, nonce);
  const plain = Buffer.from(text);
  const padded = Buffer.alloc(2 + paddedLength(plain.length));
  padded.writeUInt16BE(plain.length);
  plain.copy(padded, 2);
  const sealed = createCipheriv('chacha20', key, iv).update(padded);
  const tag = createHmac('sha256', mac).update(nonce).update(sealed).digest();
  return Buffer.concat([Buffer.of(2), nonce, sealed, tag]).toString('base64');
}

function decrypt44(shared: Buffer, content: string): string {
  const bytes = Buffer.from(content, 'base64');
  const [nonce, sealed, tag] = [bytes.subarray(1, 33), bytes.subarray(33, -32), bytes.subarray(-32)];
  const { key, iv, mac } = keys44(shared, nonce);
  const expected = createHmac('sha256', mac).update(nonce).update(sealed).digest();
  if (bytes[0] !== 2 || !timingSafeEqual(expected, tag)) throw new Error('not encrypted for this key');
  const padded = createDecipheriv('chacha20', key, iv).update(sealed);
  return padded.subarray(2, 2 + padded.readUInt16BE()).toString();
}

/** HKDF-SHA256: the conversation's key is extracted, the message's are expanded. OpenSSL wants the counter, 0, before the nonce. */
function keys44(shared: Buffer, nonce: Buffer) {
  const conversation = createHmac('sha256', 'nip44-v2').update(shared).digest();
  const blocks: Buffer[] = [];
  for (let i = 1; i <= 3; i++) {
    const hmac = createHmac('sha256', conversation).update(blocks.at(-1) ?? Buffer.alloc(0));
    blocks.push(hmac.update(nonce).update(Buffer.of(i)).digest());
  }
  const all = Buffer.concat(blocks);
  const iv = Buffer.concat([Buffer.alloc(4), all.subarray(32, 44)]);
  return { key: all.subarray(0, 32), iv, mac: all.subarray(44, 76) };
}

function paddedLength(length: number): number {
  if (length <= 32) return 32;
  const power = 2 ** (Math.floor(Math.log2(length - 1)) + 1);
  const chunk = power <= 256 ? 32 : power / 8;
  return chunk * (Math.floor((length - 1) / chunk) + 1);
}
