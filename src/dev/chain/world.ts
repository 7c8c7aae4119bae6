// The simulated chain, its demo wallet and its explorers as one thing that can be saved and restored.
// Called by server.ts; tests use it directly, without HTTP.
import { type SavedChain, SimulatedChain } from './chain.ts';
import { ExplorerView } from './esplora.ts';
import type { Flavour } from './shapes.ts';
import { DemoWallet, walletKey } from './wallet.ts';

export interface SavedWorld {
  format: 1;
  walletSeed: string;
  chain: SavedChain;
}

export interface WorldOptions {
  /** Milliseconds since 1970; the wall clock if left out. */
  now?: (() => number) | undefined;
  /** One explorer per flavour. */
  flavours?: readonly Flavour[] | undefined;
  walletSeed?: string | undefined;
  /** Of the merchant's wallet, hex; without it the desk signs nothing. */
  merchantSeed?: string | undefined;
  saved?: SavedWorld | undefined;
  sleep?: ((ms: number) => Promise<void>) | undefined;
}

const START_BLOCKS = 120;
const BLOCK_INTERVAL_MS = 600_000;
const COINS_PER_COINBASE = 50;
const COIN_SATS = 95_000_000;

export class ChainWorld {
  readonly chain: SimulatedChain;
  readonly wallet: DemoWallet;
  readonly views: readonly ExplorerView[];
  readonly merchantSeed: string | undefined;
  readonly #seed: string;

  constructor(options: WorldOptions = {}) {
    const { now = Date.now, flavours = ['esplora'], walletSeed, merchantSeed, saved, sleep } = options;
    this.merchantSeed = merchantSeed;
    this.#seed = saved?.walletSeed ?? walletSeed ?? 'demo wallet of the local world';
    const minerScript = walletKey(this.#seed).script;
    if (saved !== undefined) {
      this.chain = SimulatedChain.fromJSON(saved.chain, { now, minerScript });
      this.wallet = new DemoWallet(this.chain, this.#seed);
    } else {
      const clock = { ms: now() - START_BLOCKS * BLOCK_INTERVAL_MS, isRunning: false };
      this.chain = new SimulatedChain({ now: () => (clock.isRunning ? now() : clock.ms), minerScript });
      this.wallet = new DemoWallet(this.chain, this.#seed);
      furnish(this.chain, this.wallet, () => {
        clock.ms += BLOCK_INTERVAL_MS;
      });
      clock.isRunning = true;
    }
    this.views = flavours.map((flavour, i) => {
      return new ExplorerView({ chain: this.chain, name: String.fromCharCode(97 + i), flavour, sleep });
    });
  }

  /** By index or name. */
  view(key: number | string): ExplorerView | undefined {
    return this.views.find((view, i) => view.name === key || i === Number(key));
  }

  toJSON(): SavedWorld {
    return { format: 1, walletSeed: this.#seed, chain: this.chain.toJSON() };
  }
}

/** Twenty hours of blocks, then the matured coinbases split into coins for a thousand independent payments. */
function furnish(chain: SimulatedChain, wallet: DemoWallet, tick: () => void): void {
  for (let i = 1; i < START_BLOCKS; i++) {
    tick();
    chain.mine();
  }
  wallet.fanOut(COINS_PER_COINBASE, COIN_SATS);
  tick();
  chain.mine();
}
