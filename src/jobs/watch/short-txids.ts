// What a block holds, short enough to be kept with its header: so that a reorg can tell what a block that was left held when
// no explorer has it any more. Called by scan.ts, which writes it, and left-blocks.ts, which reads it.

/** Of 64: in one block of 5 000 transactions another one begins with the same digits once in two hundred million. */
const DIGITS = 10;

export function shortTxids(txids: readonly string[]): string {
  return txids.map((txid) => txid.slice(0, DIGITS)).join('');
}

export function readShortTxids(text: string): { has(txid: string): boolean } {
  const held = new Set<string>();
  for (let at = 0; at < text.length; at += DIGITS) held.add(text.slice(at, at + DIGITS));
  return { has: (txid) => held.has(txid.slice(0, DIGITS)) };
}
