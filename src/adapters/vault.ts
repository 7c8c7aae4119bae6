// Seals what the database must hold but a reader of the database must not use: descriptors and webhook secrets.
// AES-256-GCM under the deployment's ENCRYPTION_KEY; called by accounts/, payments/ and webhooks/.

import { base64 } from '@scure/base';

export interface Vault {
  /** `context` names what is sealed (a table and an id): a value moved to another row does not open. */
  seal(plaintext: string, context: string): Promise<string>;
  /** Throws when the text was sealed under another key or context, or was altered. */
  open(sealed: string, context: string): Promise<string>;
  /** A secret of its own for one purpose, in hex: it reveals neither the key nor the secret of another purpose. */
  derive(purpose: string): Promise<string>;
}

const NONCE_BYTES = 12;

/** `keyHex`: 32 random bytes in hex. */
export function createVault(keyHex: string): Vault {
  const bytes = Uint8Array.from(keyHex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const key = crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const encoder = new TextEncoder();
  const derived = new Map<string, Promise<string>>();
  const derive = async (purpose: string): Promise<string> => {
    const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
    const info = encoder.encode(`satlane:${purpose}`);
    return hexOf(
      await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, root, 256),
    );
  };
  return {
    derive(purpose) {
      const known = derived.get(purpose) ?? derive(purpose);
      derived.set(purpose, known);
      return known;
    },
    async seal(plaintext, context) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(context) };
      const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, await key, encoder.encode(plaintext)));
      const sealed = new Uint8Array(iv.length + ciphertext.length);
      sealed.set(iv);
      sealed.set(ciphertext, iv.length);
      return base64.encode(sealed);
    },
    async open(sealed, context) {
      const bytes = base64.decode(sealed);
      const iv = bytes.slice(0, NONCE_BYTES);
      const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(context) };
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await key, bytes.slice(NONCE_BYTES)));
    },
  };
}

/** SHA-256 in hex, for what only needs comparing: API keys, request bodies, descriptors. */
export async function sha256Hex(text: string): Promise<string> {
  return hexOf(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
