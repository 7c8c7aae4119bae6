// What the shop's routes work with; built by server.ts.
import type { Book } from './book.ts';
import type { Control } from './control.ts';
import type { SatLane } from './satlane.ts';

export interface ShopDeps {
  /** The shop's own origin. */
  url: string;
  book: Book;
  satlane: SatLane;
  webhookSecret: string;
  control: Control | null;
}
