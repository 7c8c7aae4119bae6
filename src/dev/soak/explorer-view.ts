// One explorer of a history: the simulated view behind the product's own adapter, and a record of what it has shown,
// which is what the oracle holds the product to. Called by world.ts; read by the oracle.

import { esplora } from '../../adapters/explorers/esplora.ts';
import type { Explorer } from '../../adapters/explorers/explorer.ts';
import type { ChainBlock } from '../chain/block.ts';
import type { SimulatedChain } from '../chain/chain.ts';
import { ExplorerView } from '../chain/esplora.ts';
import type { Fault } from '../chain/faults.ts';

export class SoakView {
  readonly explorer: Explorer;
  readonly #view: ExplorerView;
  readonly #chain: SimulatedChain;
  #frozen: readonly ChainBlock[] | null = null;
  /** The branch whose tip it has answered with in this step, genesis first; null while it has not. */
  shown: readonly ChainBlock[] | null = null;
  /** Paths it has answered in this step. */
  readonly answered = new Set<string>();
  /** Every tip it has ever answered with. */
  readonly tips = new Set<string>();

  constructor(chain: SimulatedChain, name: string, flavour: 'esplora' | 'mempool') {
    this.#chain = chain;
    this.#view = new ExplorerView({ chain, name, flavour, sleep: async () => {} });
    const url = `http://${name}.test/api`;
    this.explorer = esplora({ url, fetch: (input, init) => this.#fetch(String(input), init, url) });
  }

  /** Blocks are shown, addresses are not: the index behind is broken. */
  hasNoIndex = false;

  get fault(): Fault {
    return this.#view.fault;
  }

  /** Shows the truth, and all of it: what it answers is so. */
  get isHonest(): boolean {
    if (this.hasNoIndex) return false;
    return Object.keys(this.fault).every((key) => key === 'duplicates');
  }

  /** @param hasNoIndex a trouble that the simulated explorer does not have */
  setFault(fault: Fault, hasNoIndex = false): void {
    this.hasNoIndex = hasNoIndex;
    this.#frozen = fault.freeze ? (this.#frozen ?? this.#chain.frame().best) : null;
    this.#view.setFault(fault);
  }

  beginStep(): void {
    this.shown = null;
    this.answered.clear();
  }

  /** Has it answered with a list that names all of an address's transactions? */
  hasListed(address: string): boolean {
    return [...this.answered].some((path) => path.includes(`/${address}/`) || path.includes(`"${address}"`));
  }

  async #fetch(input: string, init: RequestInit | undefined, base: string): Promise<Response> {
    if (this.hasNoIndex && input.includes('/address')) return new Response('Sorry', { status: 503 });
    const body = typeof init?.body === 'string' ? init.body : '';
    // As much of a request as the view reads; a real one costs more than the answer.
    const request = { url: input, method: init?.method ?? 'GET', text: async () => body };
    const response = await this.#view.fetch(request as unknown as Request);
    const bytes = await response.arrayBuffer();
    const { html, garbage } = this.fault;
    if (response.ok && !html && !garbage) this.#record(input.slice(base.length) + body);
    const headers = new Headers(response.headers);
    headers.set('content-length', String(bytes.byteLength));
    return { status: response.status, ok: response.ok, headers, arrayBuffer: async () => bytes } as unknown as Response;
  }

  #record(path: string): void {
    this.answered.add(path);
    if (path !== '/blocks/tip/hash') return;
    const best = this.#frozen ?? this.#chain.frame().best;
    const shown = best.slice(0, Math.max(1, best.length - (this.fault.lagBlocks ?? 0)));
    this.shown = shown;
    const tip = shown.at(-1);
    if (tip) this.tips.add(tip.hash);
  }
}
