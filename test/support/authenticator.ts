// A software authenticator: makes passkeys and signs with them as a browser's `credential.toJSON()` would tell.

import { base64urlnopad } from '@scure/base';

type Kind = 'ES256' | 'EdDSA' | 'RS256';

const KINDS = {
  ES256: { id: -7, generate: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' } },
  EdDSA: { id: -8, generate: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
  RS256: {
    id: -257,
    generate: {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    sign: { name: 'RSASSA-PKCS1-v1_5' },
  },
} as const;

export interface Ceremony {
  challenge: string;
  origin?: string;
  rpId?: string;
  type?: string;
  /** Flags of the authenticator: present 1, verified 4. */
  flags?: number;
}

const encode = (bytes: ArrayBuffer | Uint8Array) => base64urlnopad.encode(new Uint8Array(bytes));
const utf8 = (text: string) => new TextEncoder().encode(text);
const sha256 = async (bytes: Uint8Array) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

export async function makeAuthenticator(kind: Kind = 'ES256', counts = true) {
  const { id: algorithm, generate, sign } = KINDS[kind];
  const pair = (await crypto.subtle.generateKey(generate, true, ['sign', 'verify'])) as CryptoKeyPair;
  const credential = crypto.getRandomValues(new Uint8Array(20));
  const id = encode(credential);
  let counter = 0;

  const clientData = ({ challenge, origin = 'https://pay.test' }: Ceremony, type: string) =>
    utf8(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const authenticatorData = async ({ rpId = 'pay.test' }: Ceremony, flags: number) => {
    const data = new Uint8Array(37);
    data.set(await sha256(utf8(rpId)));
    data[32] = flags;
    new DataView(data.buffer).setUint32(33, counter);
    return data;
  };

  return {
    id,
    /** Where a copy of the device would be. */
    setCounter: (value: number) => {
      counter = value;
    },
    async create(ceremony: Ceremony) {
      const head = await authenticatorData(ceremony, (ceremony.flags ?? 5) | 64);
      const length = new Uint8Array([credential.length >> 8, credential.length & 255]);
      const data = new Uint8Array([...head, ...new Uint8Array(16), ...length, ...credential]);
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: encode(clientData(ceremony, ceremony.type ?? 'webauthn.create')),
          authenticatorData: encode(data),
          publicKey: encode((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer),
          publicKeyAlgorithm: algorithm as number,
          transports: ['internal'],
        },
      };
    },
    async get(ceremony: Ceremony) {
      if (counts) counter += 1;
      const client = clientData(ceremony, ceremony.type ?? 'webauthn.get');
      const data = await authenticatorData(ceremony, ceremony.flags ?? 5);
      const signed = new Uint8Array([...data, ...(await sha256(client))]);
      const raw = new Uint8Array(await crypto.subtle.sign(sign, pair.privateKey, signed));
      return {
        id,
        type: 'public-key',
        response: {
          clientDataJSON: encode(client),
          authenticatorData: encode(data),
          signature: encode(kind === 'ES256' ? derOf(raw) : raw),
        },
      };
    },
  };
}

/** ECDSA's r and s as DER, the way authenticators give them. */
function derOf(raw: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array) => {
    const digits = bytes.slice(bytes.findIndex((byte) => byte !== 0));
    const padded = (digits[0] ?? 0) > 127 ? [0, ...digits] : [...digits];
    return [2, padded.length, ...padded];
  };
  const body = [...number(raw.slice(0, 32)), ...number(raw.slice(32))];
  return new Uint8Array([0x30, body.length, ...body]);
}
