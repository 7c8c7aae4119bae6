// What the shop's routes work with; built by server.ts.

import type { Control, LightningControl } from './control.ts';
import type { OrderStore } from './order-store.ts';
import type { SatLane } from './satlane.ts';

export interface ShopDeps {
  /** The shop's own origin. */
  url: string;
  orderStore: OrderStore;
  satlane: SatLane;
  webhookSecret: string;
  control: Control | null;
  /** The customer's Lightning node; null where the world has none. */
  lightning: LightningControl | null;
}
