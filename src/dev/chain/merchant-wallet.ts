// The wallet of the local world's merchant: the key that SatLane receives at, and signatures, which the merchant alone can give. The coins
// of this chain are worth nothing. Called by identity.ts for the key, by control.ts to sign.
import { base64, hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { type Signer, Transaction } from '@scure/btc-signer/transaction.js';
import { ControlError } from '../control.ts';

/** vpub and vprv: SegWit on a test network (SLIP 132). */
const VERSIONS = { public: 0x045f1cf6, private: 0x045f18bc };
const ACCOUNT = "84'/1'/0'";

/** With its origin, by which a signing device knows its own coins in a PSBT. @param seed hex */
export function merchantKey(seed: string): string {
  const master = masterOf(seed);
  const fingerprint = master.fingerprint.toString(16).padStart(8, '0');
  return `[${fingerprint}/${ACCOUNT.replaceAll("'", 'h')}]${master.derive(`m/${ACCOUNT}`).publicExtendedKey}`;
}

/**
 * Signs every coin of the merchant's in a PSBT, as a hot wallet does.
 * @param seed hex @param psbt base64
 * @throws ControlError
 */
export function signPsbt(seed: string, psbt: string): { psbt: string; hex: string; txid: string } {
  const transaction = readPsbt(psbt);
  try {
    transaction.sign(masterOf(seed));
  } catch {
    throw new ControlError("psbt: it spends no coin of the merchant's wallet");
  }
  const signed = base64.encode(transaction.toPSBT(0));
  try {
    transaction.finalize();
  } catch {
    throw new ControlError("psbt: it spends coins that are not the merchant's wallet's");
  }
  return { psbt: signed, hex: transaction.hex, txid: transaction.id };
}

function readPsbt(psbt: string): Transaction {
  try {
    return Transaction.fromPSBT(base64.decode(psbt.replaceAll(/\s/g, '')), { allowUnknownOutputs: true });
  } catch {
    throw new ControlError('psbt: expected a PSBT in base64');
  }
}

function masterOf(seed: string) {
  return HDKey.fromMasterSeed(hex.decode(seed), VERSIONS) as HDKey & Exclude<Signer, Uint8Array>;
}
