// The one error of proof/: what a block explorer, or whoever shows evidence of a payment, said does not hold. Thrown by
// every file of this folder; its callers leave that source alone.

/** `message` says what does not hold, in words that may be logged: it quotes no transaction, script or address. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}
