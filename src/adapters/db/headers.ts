// Our own header chain, as far as it is kept.

import { and, desc, eq, getTableColumns, gte, sql } from 'drizzle-orm';
import { saveChainState, type TipState } from './chain-state.ts';
import type { Database } from './database.ts';
import { headers } from './schema.ts';

export type HeaderRow = Omit<typeof headers.$inferSelect, 'txids'>;

/** A block as it is written down: what it holds too, where it was read. */
export type JoinedRow = HeaderRow & { txids?: string | null };

const { txids: _, ...HEADER } = getTableColumns(headers);

/** More than any reorg that is followed, and than any payment that is not buried. */
const KEPT_BLOCKS = 300;

/** The best chain from its tip downwards. */
export function bestBranch(db: Database, network: string): Promise<HeaderRow[]> {
  return db
    .select(HEADER)
    .from(headers)
    .where(and(eq(headers.network, network), eq(headers.stale, false)))
    .orderBy(desc(headers.height))
    .limit(KEPT_BLOCKS);
}

/** One block of our chain; undefined when it is not kept. */
export async function headerAt(
  db: Database,
  network: string,
  height: number,
  hash: string,
): Promise<HeaderRow | undefined> {
  const rows = await db
    .select(HEADER)
    .from(headers)
    .where(and(eq(headers.network, network), eq(headers.height, height), eq(headers.hash, hash)));
  return rows[0];
}

/** What a block holds, as it was written down (`headers.txids`); null where that is not known. */
export async function txidsHeldBy(db: Database, { network, height, hash }: HeaderRow): Promise<string | null> {
  const rows = await db
    .select({ txids: headers.txids })
    .from(headers)
    .where(and(eq(headers.network, network), eq(headers.height, height), eq(headers.hash, hash)));
  return rows[0]?.txids ?? null;
}

export interface StaleBlock extends HeaderRow {
  txids: string;
}

/** Blocks that were read before a moment and are in our chain no longer, with what they hold; highest first. As a rule none. */
export async function staleBlocks(db: Database, network: string, beforeMs: number): Promise<StaleBlock[]> {
  const rows = await db
    .select()
    .from(headers)
    .where(sql`network = ${network} AND stale AND noted_at < ${beforeMs} AND txids IS NOT NULL`)
    .orderBy(desc(headers.height));
  return rows.flatMap(({ txids, ...row }) => (txids === null ? [] : [{ ...row, txids }]));
}

/** When a block was first read, on whichever branch; null for one that is not kept. */
export async function knownSince(
  db: Database,
  network: string,
  block: { height: number; hash: string },
): Promise<number | null> {
  return (await headerAt(db, network, block.height, block.hash))?.notedAtMs ?? null;
}

interface KeptBlocks {
  /** By hash, of the blocks asked about: when each was first read. */
  notedAtMs: Map<string, number>;
  /** The lowest block that is kept; null before any. */
  lowest: { height: number; notedAtMs: number } | null;
}

/** What is known of these blocks, and how far down our headers reach. */
export async function keptBlocks(db: Database, network: string, hashes: string[]): Promise<KeptBlocks> {
  const rows = await db
    .select({ hash: headers.hash, height: headers.height, notedAtMs: headers.notedAtMs })
    .from(headers)
    .where(
      sql`network = ${network} AND (hash IN (SELECT value FROM json_each(${JSON.stringify(hashes)}))
        OR height = (SELECT min(height) FROM headers WHERE network = ${network}))`,
    );
  const lowest = rows.toSorted((a, b) => a.height - b.height || a.notedAtMs - b.notedAtMs)[0] ?? null;
  return { notedAtMs: new Map(rows.map(({ hash, notedAtMs }) => [hash, notedAtMs])), lowest };
}

/** Notes blocks before what they hold is: until they join, they count as orphans. */
export async function noteBlocks(db: Database, noted: HeaderRow[]): Promise<void> {
  const [first, ...rest] = noted.map((header) =>
    db
      .insert(headers)
      .values({ ...header, stale: true })
      .onConflictDoNothing(),
  );
  if (first) await db.batch([first, ...rest]);
}

/** Hashes of noted blocks from a height on that are not in our best chain, without `joining`. */
export async function orphansFrom(db: Database, network: string, height: number, joining: string[]): Promise<string[]> {
  const rows = await db
    .select({ hash: headers.hash })
    .from(headers)
    .where(and(eq(headers.network, network), gte(headers.height, height), eq(headers.stale, true)));
  return rows.map(({ hash }) => hash).filter((hash) => !joining.includes(hash));
}

/** One step of the chain in one batch: disconnected blocks, connected blocks, the new tip. */
export async function joinBlocks(db: Database, left: string[], joined: JoinedRow[], state: TipState): Promise<void> {
  const { network, tipHeight } = state;
  await db.batch([
    db
      .update(headers)
      .set({ stale: true })
      .where(sql`network = ${network} AND hash IN (SELECT value FROM json_each(${JSON.stringify(left)}))`),
    ...joined.map((header) =>
      db
        .insert(headers)
        .values(header)
        .onConflictDoUpdate({
          target: [headers.network, headers.height, headers.hash],
          set: { stale: false, txids: sql`coalesce(excluded.txids, txids)` },
        }),
    ),
    db.delete(headers).where(sql`network = ${network} AND height < ${tipHeight - KEPT_BLOCKS}`),
    saveChainState(db, state),
  ]);
}
