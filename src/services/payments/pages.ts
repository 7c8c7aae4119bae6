// Who hears that a page is open: the watcher of the chain and the Lightning object of the store look more often meanwhile. Called by
// read.ts, deposits.ts and live.ts when one asks or opens a stream, and by worker.ts when the last stream of a room is closed.

import type { Deps } from '../../deps.ts';

export interface PageWatch {
  /** The invoice or permanent address that the watcher looks at. */
  onchain: string | null;
  lightning: { storeId: string; invoiceId: string } | null;
}

/** A page was asked for: it counts as open for a minute. */
export const pageRequested = (deps: Deps, watch: PageWatch): void => announce(deps, watch, 'hot');

/** A page opened a stream: it counts as open until the room says that it is empty. */
export const pageOpened = (deps: Deps, watch: PageWatch): void => announce(deps, watch, 'opened');

/** @param note what the room was given with the stream, made by `noteOf` */
export function pageClosed(deps: Deps, note: string): void {
  announce(deps, JSON.parse(note) as PageWatch, 'closed');
}

/** What the room gives back when it is empty; null where no object heard of the page. */
export function noteOf(watch: PageWatch): string | null {
  return watch.onchain === null && watch.lightning === null ? null : JSON.stringify(watch);
}

function announce(deps: Deps, { onchain, lightning }: PageWatch, news: 'hot' | 'opened' | 'closed'): void {
  if (onchain !== null) deps.background(deps.watcher[news](onchain));
  if (lightning) deps.background(deps.lightning[news](lightning.storeId, lightning.invoiceId));
}
