// The demo shop of the local world: a small merchant that takes bitcoin through SatLane's public API and webhooks.
// Started by the local world and by tests; everything but `verifySignature` is what an integrator would write.

import { shopApp } from './app.ts';
import { controlClient, lightningClient } from './control.ts';
import { serve } from './http.ts';
import { OrderStore } from './order-store.ts';
import { satlaneClient } from './satlane.ts';
import { payoutClient } from './satlane-payouts.ts';

interface ShopOptions {
  /** 0 takes any free port. */
  port: number;
  host?: string | undefined;
  /** SatLane's origin, such as https://api.satlane.com. */
  api: string;
  apiKey: string;
  webhookSecret: string;
  /** Origin of the simulated chain's controls; without it the control desk is not there. */
  control?: string | undefined;
  /** Origin of the Lightning nodes' controls; without it there is no button for Lightning. */
  lightning?: string | undefined;
  /** Where orders are kept between runs; in memory only if left out. */
  file?: string | undefined;
}

export interface Shop {
  url: string;
  close(): Promise<void>;
}

export async function startShop(options: ShopOptions): Promise<Shop> {
  const { port, host = '127.0.0.1', api, apiKey, webhookSecret, control, lightning, file } = options;
  const orderStore = await OrderStore.open(file);
  const server = await serve(port, host, (url) =>
    shopApp({
      url,
      orderStore,
      webhookSecret,
      satlane: satlaneClient({ api, apiKey }),
      payouts: payoutClient({ api, apiKey }),
      control: control === undefined ? null : controlClient(control),
      lightning: lightning === undefined ? null : lightningClient(lightning),
    }),
  );
  const close = async () => {
    await server.close();
    await orderStore.flush();
  };
  return { url: server.url, close };
}
