// Everything the spine and the edges need from outside, as one type. What would make a layer point upward comes in through
// it; wiring.ts builds it.

import type { Database } from './adapters/db/database.ts';
import type { Explorer } from './adapters/explorers/explorer.ts';
import type { OpenHints } from './adapters/explorers/socket.ts';
import type { RequestLimit } from './adapters/limits/requests.ts';
import type { Mailer } from './adapters/mail/mailer.ts';
import type { Node } from './adapters/nodes/node.ts';
import type { Payer } from './adapters/nodes/payer.ts';
import type { ToResolve } from './adapters/nodes/resolve-pay.ts';
import type { RateSource } from './adapters/rates/source.ts';
import type { Rooms } from './adapters/rooms/rooms.ts';
import type { Vault } from './adapters/vault.ts';
import type { Deliver, Dispatcher } from './adapters/webhooks/dispatcher.ts';
import type { Credential } from './core/lightning/connection.ts';
import type { Bolt11ToPay } from './core/payout/facts.ts';
import type { Config } from './env.ts';
import type { PayoutClient } from './jobs/pay/client.ts';
import type { LightningClient } from './jobs/poll/client.ts';
import type { WatcherClient } from './jobs/watch/client.ts';
import type { Log } from './log.ts';

export interface Deps {
  config: Config;
  db: Database;
  now: () => number;
  log: Log;
  /** Work that may outlive the response. */
  background: (work: Promise<unknown>) => void;
  vault: Vault;
  rooms: Rooms;
  watcher: WatcherClient;
  lightning: LightningClient;
  payouts: PayoutClient;
  /** @param onHint a wallet said over its socket that this payment hash was paid @throws NodeError where its server may not be called */
  openNode: (credential: Credential, onHint?: (paymentHash: string) => void) => Promise<Node>;
  /** @throws NodeError where its server may not be called, or its kind cannot pay */
  openPayer: (credential: Credential) => Promise<Payer>;
  /** A new BOLT11 of a Lightning address or an LNURL. @throws NodeError as resolvePay */
  resolvePay: (to: ToResolve) => Promise<Bolt11ToPay>;
  dispatcher: Dispatcher;
  deliver: Deliver;
  explorers: Explorer[];
  /** Opens an explorer's socket; null where none is configured. */
  openHints: OpenHints | null;
  rateSources: RateSource[];
  /** Those that the operator has chosen instead, by name. */
  rateSourcesNamed: (names: readonly string[]) => RateSource[];
  /** Counts a create by an API key; false when the key has used up its minute. */
  allowCreate: (keyHash: string) => Promise<boolean>;
  /** Counts an attempt to log in, sign up and the like from an IP address; false when it has used up its second. */
  allowAuth: (ip: string) => Promise<boolean>;
  /** Counts all other requests, in memory. */
  requests: RequestLimit;
  /** null where no mail is sent. */
  mailer: Mailer | null;
}
