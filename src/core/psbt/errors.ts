// Why a transaction cannot be made, or what came back cannot be accepted. Thrown by psbt/; services show the message to
// the merchant as it is.

type PsbtErrorCode =
  // Of what is to be paid
  | 'below_dust'
  | 'too_many_outputs'
  | 'too_many_inputs'
  | 'insufficient_coins'
  | 'fee_above_limit'
  | 'fee_too_low'
  | 'nothing_to_pay'
  // Of what came back
  | 'unreadable'
  | 'too_large'
  | 'different_transaction'
  | 'unsigned'
  | 'wrong_sighash'
  | 'bad_signature'
  // Of what explorers and the database say
  | 'bad_previous';

/** `message` says what is wrong and what to do, and quotes nothing that was uploaded. */
export class PsbtError extends Error {
  override readonly name = 'PsbtError';
  readonly code: PsbtErrorCode;

  constructor(code: PsbtErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
