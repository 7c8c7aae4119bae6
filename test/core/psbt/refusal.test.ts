// What nodes say when a transaction is given to them, in Bitcoin Core's words.

import { expect, it } from 'vitest';
import { meaningOfRefusal } from '../../../src/core/psbt/refusal.ts';

const rpc = (code: number, message: string) => `sendrawtransaction RPC error: ${JSON.stringify({ code, message })}`;

it.each([
  rpc(-27, 'Transaction already in block chain'),
  rpc(-27, 'Transaction outputs already in utxo set'),
  rpc(-26, 'txn-already-in-mempool'),
  rpc(-26, 'txn-already-known'),
  'txn-same-nonwitness-data-in-mempool',
])('%s: the node has it', (words) => {
  expect(meaningOfRefusal(words)).toBeNull();
});

it.each([
  [rpc(-26, 'min relay fee not met, 10 < 14'), /fee is lower/],
  [rpc(-26, 'mempool min fee not met, 100 < 140'), /fee is lower/],
  [rpc(-26, 'insufficient fee, rejecting replacement ab; new feerate 1 <= old feerate 2'), /Raise the fee again/],
  [rpc(-26, 'txn-mempool-conflict'), /same coins waits/],
  [rpc(-25, 'bad-txns-inputs-missingorspent'), /was spent by another/],
  [rpc(-26, 'dust'), /refused it: dust$/],
])('%s is said in plain words', (words, meaning) => {
  expect(meaningOfRefusal(words)).toMatch(meaning);
});

it('shows no more than a line of what an explorer writes', () => {
  expect(meaningOfRefusal(`<html>\n\u0000\u202e${'x'.repeat(1000)}`)).toMatch(
    /^The network's nodes refused it: <html> x{1,200}$/,
  );
});
