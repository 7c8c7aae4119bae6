// Cells of CSV files (RFC 4180). Used by the dashboard's export and by the operator's fees.

/** With a byte order mark, by which spreadsheets know UTF-8. */
export const csvHead = (columns: readonly string[]): string => `\ufeff${columns.join(',')}\r\n`;

/** The full-width forms are formulas to spreadsheets in East Asian settings; a tab or line break before one hides it. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]|^[\t\r\n]/u;

type Cell = string | number | bigint | null;

export const csvRow = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/**
 * A text that a spreadsheet would take for a formula is written with an apostrophe before it: order references come from
 * buyers, too.
 */
export function csvCell(value: Cell): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;\t']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
