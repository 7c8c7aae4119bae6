// What the wallet tests share: the BIPs' reference accounts, keys under other version bytes, and the shape of a refusal.
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { createBase58check, hex } from '@scure/base';
import { expect } from 'vitest';
import { type ScriptType, SINGLE_KEY_TYPES } from '../../../src/core/wallet/address.ts';
import { WalletError } from '../../../src/core/wallet/errors.ts';
import { NETWORKS, type Network } from '../../../src/core/wallet/network.ts';
import reference from '../../vectors/bip44-49-84-86.json';

export type Account = {
  name: string;
  key: string;
  network: Network;
  scriptType: ScriptType;
  /** Whether the key itself says its script type. */
  declared: boolean;
  origin: string;
  receive: string[];
};

export const ACCOUNTS: Account[] = reference.accounts.map((account) => ({
  ...account,
  network: oneOf(NETWORKS, account.network),
  scriptType: oneOf(SINGLE_KEY_TYPES, account.scriptType),
}));

export const VERSIONS = {
  public: {
    xpub: 0x0488b21e,
    ypub: 0x049d7cb2,
    zpub: 0x04b24746,
    tpub: 0x043587cf,
    upub: 0x044a5262,
    vpub: 0x045f1cf6,
  },
  multisig: { Ypub: 0x0295b43f, Zpub: 0x02aa7ed3, Upub: 0x024289ef, Vpub: 0x02575483 },
  private: {
    xprv: 0x0488ade4,
    yprv: 0x049d7878,
    zprv: 0x04b2430c,
    tprv: 0x04358394,
    uprv: 0x044a4e28,
    vprv: 0x045f18bc,
    Yprv: 0x0295b005,
    Zprv: 0x02aa7a99,
    Uprv: 0x024285b5,
    Vprv: 0x02575048,
  },
};

const base58check = createBase58check(sha256);

/** The reference account of a script type on mainnet. */
export function accountOf(scriptType: ScriptType): Account {
  const account = ACCOUNTS.find((one) => one.scriptType === scriptType && one.network === 'mainnet');
  if (account === undefined) throw new Error(`No reference account for ${scriptType}`);
  return account;
}

/** The same key under other version bytes, with its bytes changed first where a test wants that. */
export function respell(key: string, version: number, change: (bytes: Uint8Array) => void = () => {}): string {
  const bytes = base58check.decode(key);
  change(bytes);
  new DataView(bytes.buffer).setUint32(0, version);
  return base58check.encode(bytes);
}

/** HASH160, in hex, of the public key that an extended key carries. */
export function publicKeyHash(key: string): string {
  return hex.encode(ripemd160(sha256(base58check.decode(key).slice(45))));
}

/** Runs what must be refused and returns the refusal, having checked that it repeats nothing of `secret`. */
export function refusalOf(secret: string, run: () => unknown): WalletError {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    expect(error.cause).toBeUndefined();
    const announced = `${error.message}\n${error.stack}\n${JSON.stringify(error)}`;
    for (let i = 0; i + 10 <= secret.length; i++) expect(announced).not.toContain(secret.slice(i, i + 10));
    return error;
  }
  throw new Error('Nothing was refused');
}

function oneOf<T extends string>(known: readonly T[], value: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Error(`Unknown value in the vectors: ${value}`);
  return found;
}
