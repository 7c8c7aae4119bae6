// What two Nostr keys say to each other: NIP-44 version 2, and NIP-04 for wallets from before it. Called by session.ts.

import { chacha20 } from '@noble/ciphers/chacha.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64, hex } from '@scure/base';

/** Both throw where the other side has another key, or the text was changed. */
export interface Cipher {
  encrypt(text: string): Promise<string>;
  decrypt(payload: string): Promise<string>;
}

const VERSION = 2;
/** In bytes of UTF-8; longer texts have a form of their own, which no wallet needs. */
const MAX_TEXT = 65_535;
/** Of a payload in base64: of the shortest text, and of the longest. */
const [MIN_PAYLOAD, MAX_PAYLOAD] = [132, 87_472];

/** What two keys share by NIP-44. @param key private, 32 bytes. @param peer the other's public key, hex */
export function conversationKey(key: Uint8Array, peer: string): Uint8Array {
  return extract(sha256, sharedX(key, peer), utf8ToBytes('nip44-v2'));
}

/** @param randomBytes a nonce for each message */
export function nip44(conversation: Uint8Array, randomBytes: (size: number) => Uint8Array): Cipher {
  return {
    async encrypt(text) {
      const nonce = randomBytes(32);
      const { chachaKey, chachaNonce, hmacKey } = messageKeys(conversation, nonce);
      const sealed = chacha20(chachaKey, chachaNonce, padded(utf8ToBytes(text)));
      return base64.encode(concatBytes(Uint8Array.of(VERSION), nonce, sealed, mac(hmacKey, nonce, sealed)));
    },
    async decrypt(payload) {
      if (payload.length < MIN_PAYLOAD || payload.length > MAX_PAYLOAD) throw new Error('wrong length');
      const bytes = base64.decode(payload);
      if (bytes[0] !== VERSION) throw new Error('unknown version');
      const [nonce, sealed] = [bytes.subarray(1, 33), bytes.subarray(33, -32)];
      const { chachaKey, chachaNonce, hmacKey } = messageKeys(conversation, nonce);
      if (!isSame(mac(hmacKey, nonce, sealed), bytes.subarray(-32))) throw new Error('wrong MAC');
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        unpadded(chacha20(chachaKey, chachaNonce, sealed)),
      );
    },
  };
}

/** AES-CBC under the shared x coordinate: what is changed on the way is not noticed. */
export function nip04(key: Uint8Array, peer: string, randomBytes: (size: number) => Uint8Array): Cipher {
  const aes = crypto.subtle.importKey('raw', bufferOf(sharedX(key, peer)), 'AES-CBC', false, ['encrypt', 'decrypt']);
  return {
    async encrypt(text) {
      const iv = bufferOf(randomBytes(16));
      const sealed = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, await aes, bufferOf(utf8ToBytes(text)));
      return `${base64.encode(new Uint8Array(sealed))}?iv=${base64.encode(iv)}`;
    },
    async decrypt(payload) {
      const [sealed = '', iv = ''] = payload.split('?iv=');
      const algorithm = { name: 'AES-CBC', iv: bufferOf(base64.decode(iv)) };
      return new TextDecoder().decode(
        await crypto.subtle.decrypt(algorithm, await aes, bufferOf(base64.decode(sealed))),
      );
    },
  };
}

/** Not hashed, as both NIPs have it. */
function sharedX(key: Uint8Array, peer: string): Uint8Array {
  return secp256k1.getSharedSecret(key, hex.decode(`02${peer}`)).subarray(1, 33);
}

function messageKeys(conversation: Uint8Array, nonce: Uint8Array) {
  const keys = expand(sha256, conversation, nonce, 76);
  return { chachaKey: keys.subarray(0, 32), chachaNonce: keys.subarray(32, 44), hmacKey: keys.subarray(44) };
}

const mac = (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array) => hmac(sha256, key, concatBytes(nonce, sealed));

/** Its length, the text, and zeros up to one of few lengths. */
function padded(text: Uint8Array): Uint8Array {
  if (text.length < 1 || text.length > MAX_TEXT) throw new Error('wrong length');
  const bytes = new Uint8Array(2 + paddedLength(text.length));
  new DataView(bytes.buffer).setUint16(0, text.length);
  bytes.set(text, 2);
  return bytes;
}

function unpadded(bytes: Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);
  const text = bytes.subarray(2, 2 + length);
  if (length < 1 || text.length !== length || bytes.length !== 2 + paddedLength(length))
    throw new Error('wrong padding');
  return text;
}

function paddedLength(length: number): number {
  if (length <= 32) return 32;
  const power = 2 ** (32 - Math.clz32(length - 1));
  const chunk = power <= 256 ? 32 : power / 8;
  return chunk * (Math.floor((length - 1) / chunk) + 1);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.reduce((different, byte, i) => different | (byte ^ (b[i] ?? 0)), 0) === 0;
}

/** WebCrypto's types want bytes that no other thread shares. */
const bufferOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);
