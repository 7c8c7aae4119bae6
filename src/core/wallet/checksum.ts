// The BIP 380 descriptor checksum: eight characters after `#` that catch a slip of the hand. Called by
// descriptor.ts to check what was pasted and by wallet.ts to sign off what is stored.
import { WalletError } from './errors.ts';

// Three groups of 32 in the BIP's own order, so that the common mistakes change one symbol only.
const INPUT_CHARSET =
  '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM_CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

/**
 * The eight checksum characters of a descriptor without its checksum (BIP 380).
 * @throws WalletError `malformed` on a character that no descriptor may hold
 */
export function descriptorChecksum(body: string): string {
  const checksum = polymod([...expand(body), 0, 0, 0, 0, 0, 0, 0, 0]) ^ 1n;
  const symbols = Array.from({ length: 8 }, (_, i) => Number((checksum >> BigInt(5 * (7 - i))) & 31n));
  return symbols.map((symbol) => CHECKSUM_CHARSET.charAt(symbol)).join('');
}

/**
 * The descriptor without its checksum, once that has been checked. A descriptor without any checksum passes: BIP 380
 * leaves it optional and some wallets export none.
 * @throws WalletError `bad_checksum`, or `malformed` on a character that no descriptor may hold
 */
export function withoutChecksum(descriptor: string): string {
  const hash = descriptor.indexOf('#');
  if (hash === -1) {
    expand(descriptor);
    return descriptor;
  }
  const body = descriptor.slice(0, hash);
  if (descriptorChecksum(body) !== descriptor.slice(hash + 1)) {
    throw new WalletError(
      'bad_checksum',
      'The checksum after # does not match the descriptor: a character is missing, added or changed. Copy the whole ' +
        'descriptor from the wallet again.',
    );
  }
  return body;
}

function polymod(symbols: readonly number[]): bigint {
  let checksum = 1n;
  for (const symbol of symbols) {
    const top = checksum >> 35n;
    checksum = ((checksum & 0x7ffffffffn) << 5n) ^ BigInt(symbol);
    for (const [bit, generator] of GENERATOR.entries()) {
      if ((top >> BigInt(bit)) & 1n) checksum ^= generator;
    }
  }
  return checksum;
}

/** One symbol per character for its place in the group, and one per three characters for the groups themselves. */
function expand(body: string): number[] {
  const symbols: number[] = [];
  let groups: number[] = [];
  for (const character of body) {
    const value = INPUT_CHARSET.indexOf(character);
    if (value === -1) {
      throw new WalletError(
        'malformed',
        'The descriptor holds a character that descriptors cannot have. Copy it again.',
      );
    }
    symbols.push(value & 31);
    groups.push(value >> 5);
    if (groups.length === 3) {
      symbols.push(inBaseThree(groups));
      groups = [];
    }
  }
  if (groups.length > 0) symbols.push(inBaseThree(groups));
  return symbols;
}

function inBaseThree(digits: readonly number[]): number {
  return digits.reduce((number, digit) => number * 3 + digit, 0);
}
