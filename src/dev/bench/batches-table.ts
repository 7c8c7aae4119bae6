// The report of `npm run bench:batches`, in GitHub's markdown. Called by batches.ts.

import { median } from './load.ts';
import { machine } from './machine.ts';
import { figure, msText } from './watch-figures.ts';

export interface TimedBlock {
  /** Coins that the wallet had. */
  before: number;
  brings: number;
  bytes: number;
  /** From the block's appearance at the explorer to the end of the watcher's work on it. */
  tookMs: number;
}

export interface TimedBatch {
  claims: number;
  /** Coins that are spent. */
  inputs: number;
  /** Of the PSBT. */
  bytes: number;
  claimsMs: number;
  batchMs: number;
  psbtMs: number;
}

export function batchesMarkdown(blocks: TimedBlock[], batches: TimedBatch[]): string {
  const claims = [...new Set(batches.map((batch) => batch.claims))];
  return `${machine('bench:batches')}

From the first of the claims (eight under way together) to the PSBT, by the API, in a wallet of ${figure(coinsAfter(blocks))} coins. Medians.

| claims | coins spent | PSBT | claimed | batch made | PSBT given out | all | longest |
|---:|---:|---:|---:|---:|---:|---:|---:|
${claims.map((count) => batchRow(batches.filter((batch) => batch.claims === count))).join('\n')}

A block of 2 500 transactions, from its appearance at the explorer to the end of the watcher's work on it:

| coins before | coins in the block | bytes of the block | wall clock |
|---:|---:|---:|---:|
${blocks.map(blockRow).join('\n')}
`;
}

const allMs = ({ claimsMs, batchMs, psbtMs }: TimedBatch) => claimsMs + batchMs + psbtMs;

function coinsAfter(blocks: TimedBlock[]): number {
  const last = blocks.at(-1);
  return last ? last.before + last.brings : 0;
}

function batchRow(batches: TimedBatch[]): string {
  const of = (value: (batch: TimedBatch) => number) => median(batches.map(value));
  const times = [(b: TimedBatch) => b.claimsMs, (b: TimedBatch) => b.batchMs, (b: TimedBatch) => b.psbtMs, allMs].map(
    of,
  );
  const [first] = batches;
  const shown = [...times, Math.max(...batches.map(allMs))].map(msText);
  return `| ${first?.claims} | ${of((b) => b.inputs)} | ${(of((b) => b.bytes) / 1_000).toFixed(1)} kB | ${shown.join(' | ')} |`;
}

function blockRow({ before, brings, bytes, tookMs }: TimedBlock): string {
  return `| ${figure(before)} | ${figure(brings)} | ${figure(bytes)} | ${msText(tookMs)} |`;
}
