// The one error of proof/: the data of a block explorer, or the evidence of a payment, does not hold. Thrown by
// every file of this folder; its callers leave that source alone.

/** `message` says what does not hold, in words that may be logged: it quotes no transaction, script or address. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}
