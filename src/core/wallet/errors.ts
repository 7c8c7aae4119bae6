// The refusals of wallet/: what a merchant pasted cannot be used, and what to paste instead.
// Thrown by every parser in this folder; the dashboard and the wallet routes show `message` as it is.

type WalletErrorCode =
  | 'private_key'
  | 'multisig'
  | 'wrong_network'
  | 'script_type_needed'
  | 'bad_checksum'
  | 'unsupported'
  | 'malformed';

/**
 * A wallet text that was refused. `message` is advice for a person and never quotes the text: a refused text may
 * be a private key, and messages travel to logs and responses. For the same reason there is never a `cause`.
 */
export class WalletError extends Error {
  override readonly name = 'WalletError';
  readonly code: WalletErrorCode;

  constructor(code: WalletErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
