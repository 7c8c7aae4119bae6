// What a scenario is, and the world that it is told to: a shop of support/shop.ts on a chain, one of whose explorers may
// have a fault. Called by scenarios.test.ts and test/bcoin.

import { expect, it } from 'vitest';
import { type Evidence, verifyEvidence } from '../../../src/core/proof/evidence.ts';
import { type ChainKind, openShop } from '../../support/shop.ts';

export interface Order {
  id: string;
  address: string;
}

export interface Ending {
  status: string;
  /** Sats credited and confirmed. */
  confirmedSats?: number;
  /** Sats that blocks hold for the address, credited or not, each proven by its evidence; `confirmedSats` if left out. */
  provenSats?: number;
  reviewReason?: string;
  /** All events after `invoice.created`, without their prefix and without `updated`. */
  events: string[];
}

/** A shop on a chain. What it does to the chain an explorer may show late or wrong; `ends` says what comes of it. */
export interface World {
  order(sats: number, minutes?: number): Promise<Order>;
  cancel(order: Order): Promise<void>;
  /** `also`: further outputs of the same transaction; `from`: spends the change of that transaction. */
  pay(order: Order, sats: number, how?: { also?: [Order, number][]; from?: string }): Promise<string>;
  mine(blocks?: number): Promise<void>;
  /** A branch one block longer wins. The transactions of the blocks that lost are mined again, wait, or vanish. */
  reorg(depth: number, fate: 'remine' | 'wait' | 'vanish'): Promise<void>;
  /** Spends a transaction's coins again: to an order, or to a stranger. */
  replace(txid: string, to?: Order, sats?: number): Promise<string>;
  /** Mempools forget it. */
  drop(txid: string): Promise<void>;
  rebroadcast(txid: string): Promise<void>;
  passMinutes(minutes: number): Promise<void>;
  /** Reads new blocks and looks at no mempool. */
  follow(): Promise<void>;
  /** Looks for this order; answers its status, which is what the explorers make of it. */
  look(order: Order): Promise<string>;
  /** Looks, and finds the payment waiting – unless an explorer's fault may hide it. */
  seen(order: Order): Promise<void>;
  /** Follows, looks, and asserts how the order stands while the fault is on and after it was mended. */
  ends(order: Order, ending: Ending): Promise<void>;
}

export interface Scenario {
  name: string;
  run(world: World): Promise<void>;
}

export interface Fault {
  name: string;
  /** Body of the control desk's /control/fault; made afresh for each order, for faults that name an address. */
  of?: (order: Order) => Record<string, unknown>;
  /** Frozen again before each thing that happens, so that the explorer is always one step behind. */
  lagsBySteps?: boolean;
  /** It may hide what waits in the mempool, or show it longer than it does. */
  blurs?: boolean;
  /** It shows payments that do not exist, which may make an invoice look seen. */
  invents?: boolean;
}

/** How long the explorer with the fault may take; the honest one has the time it needs. */
const HANG_MS = 150;
const APART_MINUTES = 2;

export interface WorldOptions {
  fault?: Fault;
  /** Which explorer has the fault: 0 is asked first. */
  view?: number;
  kind?: ChainKind;
}

/** A test for each scenario, each in a world of its own. */
export function tell(scenarios: Scenario[], options: WorldOptions = {}): void {
  for (const { name, run } of scenarios) {
    it(name, async () => run(await openWorld(options)));
  }
}

async function openWorld({ fault = { name: 'none' }, view = 0, kind = 'simulated' }: WorldOptions): Promise<World> {
  const shop = await openShop({
    kind,
    timeoutMs: (of) => (of === view ? HANG_MS : undefined),
    overrides: { log: () => {} },
  });
  const honest = shop.chain.explorers[view === 0 ? 1 : 0];
  const raw = new Map<string, string>();
  await shop.chain.setClock(shop.merchant.clock.ms);

  /** The control desk does something to the chain. */
  const act = async <T>(action: string, body: Record<string, unknown>): Promise<T> => {
    if (fault.lagsBySteps) {
      await shop.fault(view);
      await shop.fault(view, { freeze: true });
    }
    return shop.chain.control<T>(action, body);
  };
  const keep = async (txid: string) => {
    raw.set(txid, await (await fetch(`${honest}/tx/${txid}/hex`)).text());
    return txid;
  };
  const passMinutes = async (minutes: number) => {
    shop.merchant.clock.advanceMinutes(minutes);
    await shop.chain.setClock(shop.merchant.clock.ms);
  };
  /** What is missed by both of two looks that are far enough apart is gone. */
  const lookTwice = async ({ id }: Order) => {
    await shop.look(id);
    await passMinutes(APART_MINUTES);
    return shop.look(id);
  };

  const world: World = {
    async order(sats, minutes = 15) {
      const { id, address } = await shop.invoiceOf(sats, minutes);
      if (fault.of) await shop.fault(view, fault.of({ id, address }));
      return { id, address };
    },
    async cancel({ id }) {
      await shop.merchant.request('POST', `/v1/invoices/${id}/cancel`);
    },
    async pay({ address }, sats, { also = [], from } = {}) {
      const others = also.map(([order, sats]) => ({ address: order.address, sats }));
      return keep((await act<{ txid: string }>('pay', { address, sats, also: others, from })).txid);
    },
    mine: async (blocks = 1) => act('mine', { blocks }),
    reorg: async (depth, fate) => act('reorg', { depth, drop: fate === 'vanish', remine: fate === 'remine' }),
    async replace(txid, to, sats) {
      return (await act<{ txid: string }>('replace', { txid, address: to?.address, sats })).txid;
    },
    drop: async (txid) => act('drop', { txid }),
    rebroadcast: async (txid) => act('broadcast', { hex: raw.get(txid) }),
    passMinutes,
    follow: shop.follow,
    look: async ({ id }) => (await shop.look(id)).status,
    async seen({ id }) {
      const { status } = await shop.look(id);
      if (!fault.blurs) expect(status).toBe('seen');
    },

    async ends(order, ending) {
      const { status, confirmedSats = 0, provenSats = confirmedSats, reviewReason = null } = ending;
      const during = await lookTwice(order);
      expect(during.amount_confirmed_sats).toBe(String(confirmedSats));
      expect(fault.invents ? [status, 'seen'] : [status]).toContain(during.status);

      await shop.fault(view);
      // A payment that only it had shown goes after two looks.
      if (fault.blurs) await lookTwice(order);
      expect(await shop.look(order.id)).toMatchObject({
        status,
        review_reason: reviewReason,
        amount_confirmed_sats: String(confirmedSats),
      });
      expect(sharp(fault, await eventsOf(order))).toEqual(sharp(fault, ending.events));
      expect(await provenOf(order)).toBe(BigInt(provenSats));
    },
  };
  return world;

  async function eventsOf({ id }: Order): Promise<string[]> {
    return (await shop.events(id)).slice(1).map((type) => type.replace('invoice.', ''));
  }

  /** What the evidence of the order proves offline, in sats. */
  async function provenOf({ id }: Order): Promise<bigint> {
    const response = await shop.merchant.request('GET', `/v1/invoices/${id}/evidence`);
    const { script, evidence } = (await response.json()) as {
      script: string;
      evidence: (Evidence & { txid: string; vout: number })[];
    };
    return evidence.reduce((sum, { txid, vout, ...proof }) => {
      const verdict = verifyEvidence(proof, { script });
      expect(verdict.txid).toBe(txid);
      return sum + (verdict.outputs.find((output) => output.vout === vout)?.valueSats ?? 0n);
    }, 0n);
  }
}

/** The events that a fault cannot change: what was made of the mempool on the way is left out where it blurs that. */
function sharp({ blurs, invents }: Fault, events: string[]): string[] {
  if (!blurs) return events;
  const passing = ['payment_seen', 'payment_replaced', ...(invents ? ['expired'] : [])];
  return events.filter((event, i) => i === events.length - 1 || !passing.includes(event));
}
