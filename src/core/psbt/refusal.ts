// What a node's refusal of a transaction means to the merchant. Pure. Called by jobs/watch for what explorers answer to a broadcast.

/** In Bitcoin Core's words (src/validation.cpp, src/node/transaction.cpp): the node has it, in its mempool or in a block. */
const HAS_IT =
  /txn-already-in-mempool|txn-already-known|txn-same-nonwitness-data-in-mempool|already in (?:the )?(?:block ?chain|utxo set|mempool)/i;

const MEANINGS: [words: RegExp, meaning: string][] = [
  [
    /insufficient fee|rejecting replacement|replacement-adds-unconfirmed|too many potential replacements/i,
    'Another version of this transaction waits already, and this one does not pay enough to take its place. Raise the fee again.',
  ],
  [
    /min relay fee not met|mempool min fee not met|mempool full/i,
    'The fee is lower than what the network takes now. Raise the fee, or wait: it is sent again by itself.',
  ],
  [
    /txn-mempool-conflict/i,
    'Another transaction that spends the same coins waits already. See in your wallet what spent them.',
  ],
  [
    /missingorspent|missing-inputs|missing inputs/i,
    'A coin that it spends was spent by another transaction. See in your wallet what spent it.',
  ],
  [/too-long-mempool-chain/i, 'Too many transactions wait in front of it. It is sent again by itself.'],
];

/** @returns null where the node has the transaction already; else a sentence for the merchant */
export function meaningOfRefusal(words: string): string | null {
  if (HAS_IT.test(words)) return null;
  const known = MEANINGS.find(([pattern]) => pattern.test(words));
  return known ? known[1] : `The network's nodes refused it: ${reasonIn(words)}`;
}

/** Explorers wrap the node's reason: `sendrawtransaction RPC error: {"code":-26,"message":"dust"}`. */
function reasonIn(words: string): string {
  const [, message] = /"message"\s*:\s*"([^"]*)"/.exec(words) ?? [];
  // Anything may stand in it.
  return (message ?? words).replaceAll(/[^ -~]+/g, ' ').slice(0, 200);
}
