// Addresses, script types and script assembly of the regtest network, in the words Esplora uses.
// Called by the wallet (where to pay) and by shapes.ts (what an explorer shows).
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import { Address, OutScript } from '@scure/btc-signer';
import { OPNames } from '@scure/btc-signer/script.js';

export const REGTEST = { bech32: 'bcrt', pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef } as const;

const ADDRESS = Address(REGTEST);

/** @throws Error when the text is no regtest address */
export function addressToScript(address: string): string {
  return hex.encode(OutScript.encode(ADDRESS.decode(address)));
}

const KNOWN = new Map<string, string | undefined>();

export function scriptToAddress(script: string): string | undefined {
  if (KNOWN.has(script)) return KNOWN.get(script);
  const address = encodeAddress(script);
  KNOWN.set(script, address);
  return address;
}

function encodeAddress(script: string): string | undefined {
  if (['p2pk', 'multisig', 'op_return', 'empty', 'unknown'].includes(scriptType(script))) return undefined;
  try {
    return ADDRESS.encode(OutScript.decode(hex.decode(script)));
  } catch {
    return undefined;
  }
}

/** Electrum's index key, in the byte order the REST interface uses (not reversed). */
export function scripthash(script: string): string {
  return hex.encode(sha256(hex.decode(script)));
}

const TYPES: [RegExp, string][] = [
  [/^$/, 'empty'],
  [/^6a/, 'op_return'],
  [/^(21[0-9a-f]{66}|41[0-9a-f]{130})ac$/, 'p2pk'],
  [/^76a914[0-9a-f]{40}88ac$/, 'p2pkh'],
  [/^a914[0-9a-f]{40}87$/, 'p2sh'],
  [/^0014[0-9a-f]{40}$/, 'v0_p2wpkh'],
  [/^0020[0-9a-f]{64}$/, 'v0_p2wsh'],
  [/^5120[0-9a-f]{64}$/, 'v1_p2tr'],
  [/^51024e73$/, 'anchor'],
  [/^5[1-9a-f].*5[1-9a-f]ae$/, 'multisig'],
];

export function scriptType(script: string): string {
  return TYPES.find(([pattern]) => pattern.test(script))?.[1] ?? 'unknown';
}

/** rust-bitcoin's assembly: every push is named with its length. */
export function scriptAsm(script: string): string {
  const bytes = hex.decode(script);
  const words: string[] = [];
  let i = 0;
  while (i < bytes.length) {
    const op = bytes[i] ?? 0;
    i += 1;
    const width = op === 0x4c ? 1 : op === 0x4d ? 2 : op === 0x4e ? 4 : 0;
    if (op === 0 || (op > 0x4e && width === 0)) {
      words.push(opcodeName(op));
      continue;
    }
    let length = op;
    if (width > 0) {
      length = 0;
      for (let k = 0; k < width; k++) length += (bytes[i + k] ?? 0) * 256 ** k;
      i += width;
    }
    words.push(width > 0 ? `OP_PUSHDATA${width}` : `OP_PUSHBYTES_${op}`);
    words.push(i + length <= bytes.length ? hex.encode(bytes.subarray(i, i + length)) : '<push past end>');
    i += length;
  }
  return words.join(' ');
}

function opcodeName(op: number): string {
  if (op === 0x4f) return 'OP_PUSHNUM_NEG1';
  if (op >= 0x51 && op <= 0x60) return `OP_PUSHNUM_${op - 0x50}`;
  const name = OPNames[op];
  if (name === undefined) return `OP_RETURN_${op}`;
  return name.startsWith('OP_') ? name : `OP_${name}`;
}
