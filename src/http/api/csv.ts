// CSV files (RFC 4180): their cells, and files of any length. Used by the exports of invoices and payouts and by the operator's fees.

/** With a byte order mark, by which spreadsheets know UTF-8. */
export const csvHead = (columns: readonly string[]): string => `\ufeff${columns.join(',')}\r\n`;

interface Table<Next> {
  /** Of the file, without its ending. */
  name: string;
  columns: readonly string[];
  /** @param after the `next` of the page before; null for the first */
  read: (after: Next | null) => Promise<{ rows: readonly (readonly Cell[])[]; next: Next | null }>;
}

/** A download, read as fast as it is taken: one page in memory at a time. */
export function csvFile<Next>({ name, columns, read }: Table<Next>): Response {
  const encoder = new TextEncoder();
  let after: Next | null = null;
  let head = csvHead(columns);
  const body = new ReadableStream({
    async pull(controller) {
      const { rows, next } = await read(after);
      controller.enqueue(encoder.encode(head + rows.map(csvRow).join('')));
      head = '';
      after = next;
      if (next === null) controller.close();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}.csv"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}

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
