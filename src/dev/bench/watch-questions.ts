// Which question of src/adapters/db each statement belongs to, for the table that tells what each costs. Called by watch-table.ts.

import { figure, rowsRead, sum } from './watch-figures.ts';
import type { Asked } from './worker/watch-costs.ts';

/** By what only its statements contain. */
const QUESTIONS: Record<string, RegExp> = {
  'whom the block pays (`ownersOfScripts`)': /AS wanted\s+JOIN addresses/,
  'when the newest of these was created (`newestCreationMs`)': /AS newest/,
  'which unconfirmed payments it may double-spend (`unconfirmedInputs`)': /json_each\(p\.details/,
  'what a new tip moves (`invoicesMovedByTip`)': /p\.block_height >/,
  'which wallet to look up (`uncheckedWallets`)': /history_checked_at IS NULL/,
  'our headers and the tip': /"headers"|"chain_state" \(|from "chain_state" where "chain_state"\."network" = /,
  'which are due (`duePlaces`)': /watch_until <= [\s\S]*ORDER BY watch_until, id LIMIT/,
  'which are open (`openPlaces`)': /watch_until > [\s\S]*ORDER BY watch_until LIMIT/,
  'these in full (`watchedAmong`)':
    /from "(invoices|payments|former_holders|deposit_addresses)" [\s\S]*IN \(SELECT value FROM json_each/,
  'the invoices concerned (`factsOf`, `factsOfAll`)':
    /^select [\s\S]* = \?\)*( limit \?)?$|UNION SELECT (store_id|network)/,
  'their change (`commit`)': /^\s*(insert into|update) "?(events|invoices|payments|deliveries)\b/i,
};
const UNKNOWN = 'not attributed';

/** A row for each question that was asked. */
export function questionRows(when: string, askedByCount: Asked[][]): string {
  return [...Object.keys(QUESTIONS), UNKNOWN]
    .map((name) => ({ name, asked: askedByCount.map((asked) => asked.filter(({ sql }) => questionOf(sql) === name)) }))
    .filter(({ asked }) => asked.flat().length > 0)
    .map(({ name, asked }) => `| ${when}: ${name} | ${asked.map(cell).join(' | ')} |`)
    .join('\n');
}

function cell(asked: Asked[]): string {
  return `${figure(rowsRead(asked))} in ${sum(asked.map(({ tookMs }) => tookMs)).toFixed(0)} ms`;
}

function questionOf(sql: string): string {
  return Object.entries(QUESTIONS).find(([, marks]) => marks.test(sql))?.[0] ?? UNKNOWN;
}
