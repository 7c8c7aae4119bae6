// What the shop's routes work with; built by server.ts.

import type { Control, LightningControl } from './control.ts';
import type { OrderStore } from './order-store.ts';
import type { ShopOrder } from './orders.ts';
import type { SatLane } from './satlane.ts';
import type { ShopPayouts } from './satlane-payouts.ts';

export interface ShopDeps {
  /** The shop's own origin. */
  url: string;
  orderStore: OrderStore;
  satlane: SatLane;
  payouts: ShopPayouts;
  webhookSecret: string;
  control: Control | null;
  /** The customer's Lightning node; null where the world has none. */
  lightning: LightningControl | null;
}

/** A button of the desk. Answers with what is said of its outcome. */
export type DeskAction = (control: Control, order: ShopOrder | undefined, form: FormData) => Promise<string>;
